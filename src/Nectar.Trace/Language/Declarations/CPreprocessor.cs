// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Language.Declarations;

/// <summary>
/// Directives of C. Headers of the system are not read: their types are the kernel's own (BTF), of their constants those that scripts use
/// are in <see cref="HeaderConstants"/>. Headers beside the script and in <c>-I</c> folders are read.
/// </summary>
internal sealed class CPreprocessor(ParseOptions options, DiagnosticBag diagnostics)
{
    private const int MaxIncludes = 200;

    // For each open #if: is this branch read, and was one of its branches.
    private readonly Stack<(bool IsActive, bool WasTaken)> _conditions = [];
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private int _depth;

    public Dictionary<string, CMacro> Macros { get; } = new(StringComparer.Ordinal);

    /// <summary>Headers that were named but not read.</summary>
    public List<string> SystemHeaders { get; } = [];

    /// <summary>What is left for <see cref="CParser"/>: declarations.</summary>
    public List<CToken> Output { get; } = [];

    private bool IsActive => _conditions.Count == 0 || _conditions.Peek().IsActive;

    /// <summary>Reads a piece of text.</summary>
    public void Read(SourceText source, int start, int end)
    {
        List<CToken> tokens = CLexer.Read(source, start, end);
        for (int i = 0; i < tokens.Count;)
        {
            if (!tokens[i].IsLineStart || !tokens[i].Is("#"))
            {
                if (IsActive) i = CExpansion.Next(tokens, i, Macros, Output, []);
                else i++;
                continue;
            }

            int next = i + 1;
            while (next < tokens.Count && !tokens[next].IsLineStart) next++;
            if (next > i + 1) Directive(tokens[i + 1], tokens.GetRange(i + 2, next - i - 2));
            i = next;
        }
    }

    private void Directive(CToken name, List<CToken> rest)
    {
        switch (name.Text)
        {
            case "if":
                Open(IsActive && Evaluate(rest));
                return;
            case "ifdef" or "ifndef":
                Open(IsActive && rest.Count > 0 && Macros.ContainsKey(rest[0].Text) == (name.Text == "ifdef"));
                return;
            case "elif" or "else" when _conditions.TryPop(out (bool IsActive, bool WasTaken) last):
                bool isTaken = IsActive && !last.WasTaken && (name.Text == "else" || Evaluate(rest));
                _conditions.Push((isTaken, last.WasTaken || isTaken));
                return;
            case "endif" when _conditions.Count > 0:
                _conditions.Pop();
                return;
            case "elif" or "else" or "endif":
                Error(name.Span, $"#{name.Text} without #if");
                return;
        }

        if (!IsActive) return;
        switch (name.Text)
        {
            case "define" when rest.Count > 0: Define(rest); break;
            case "undef" when rest.Count > 0: Macros.Remove(rest[0].Text); break;
            case "include" when rest.Count > 0: Include(rest); break;
            case "error": Error(name.Span, "#error " + string.Join(' ', rest.Select(t => t.Text))); break;
            case "define" or "undef" or "include": Error(name.Span, $"#{name.Text} needs a name"); break;
            case "pragma" or "warning" or "line": break;
            default: Error(name.Span, $"unknown directive #{name.Text}"); break;
        }
    }

    private void Open(bool isActive) => _conditions.Push((isActive, isActive || !IsActive));

    private bool Evaluate(List<CToken> condition)
    {
        List<CToken> expanded = [];
        for (int i = 0; i < condition.Count;)
        {
            if (condition[i].IsWord("defined"))
            {
                bool hasParenthesis = i + 1 < condition.Count && condition[i + 1].Is("(");
                int at = i + (hasParenthesis ? 2 : 1);
                string word = at < condition.Count ? condition[at].Text : "";
                expanded.Add(condition[i] with { Kind = CTokenKind.Number, Text = Macros.ContainsKey(word) ? "1" : "0" });
                i = at + (hasParenthesis ? 2 : 1);
            }
            else
            {
                i = CExpansion.Next(condition, i, Macros, expanded, []);
            }
        }

        return new CConstant(expanded, static _ => 0, static _ => 0).TryEvaluate(out long value) && value != 0;
    }

    private void Define(List<CToken> rest)
    {
        CToken name = rest[0];
        if (name.Kind != CTokenKind.Word)
        {
            Error(name.Span, $"#define needs a name, found '{name.Text}'");
            return;
        }

        List<string>? parameters = null;
        int at = 1;
        if (rest.Count > 1 && rest[1].Is("(") && !rest[1].HasSpace)
        {
            parameters = [];
            for (at = 2; at < rest.Count && !rest[at].Is(")"); at++)
            {
                if (rest[at].Kind == CTokenKind.Word) parameters.Add(rest[at].Text);
                else if (!rest[at].Is(",")) Error(rest[at].Span, $"'{rest[at].Text}' is no name of a parameter");
            }

            at++;
        }

        Macros[name.Text] = new CMacro(name.Text, parameters, rest[Math.Min(at, rest.Count)..]);
    }

    private void Include(List<CToken> rest)
    {
        CToken first = rest[0];
        SourceText source = first.Span.Source!;
        string text = source.Text[first.Span.Start..rest[^1].Span.End];
        TextSpan place = first.Span.To(rest[^1].Span);
        bool isSystem = text.StartsWith('<');
        string name = text.Trim('<', '>', '"', ' ');
        string? folder = _depth > 0 ? Path.GetDirectoryName(source.Name) : options.Folder;
        string? path = Find(name, isSystem ? null : folder ?? ".");
        if (path is not null)
        {
            ReadFile(path, place);
        }
        else if (IsSystemHeader(name))
        {
            SystemHeaders.Add(name);
            HeaderConstants.AddTo(Macros);
        }
        else
        {
            Error(place, $"'{name}' file not found", "help: name the folder that it is in with -I");
        }
    }

    // Folders of the kernel's and of libc's headers, and libc's headers that are in none: whether they are installed does not matter.
    private static readonly HashSet<string> s_folders =
    [
        "linux", "asm", "asm-generic", "uapi", "net", "sys", "bits", "netinet", "arpa", "bpf", "crypto", "rdma", "scsi", "sound", "drm", "video", "trace", "kvm", "xen", "media", "misc",
        "acpi", "pci", "ras", "soc", "target", "keys", "memory", "vdso", "clocksource", "dt-bindings", "kernel", "fs", "mm", "block", "drivers", "include",
    ];

    private static readonly HashSet<string> s_headers =
    [
        "stdio.h", "stdlib.h", "stdint.h", "stddef.h", "stdbool.h", "stdarg.h", "string.h", "strings.h", "limits.h", "errno.h", "signal.h", "fcntl.h", "unistd.h", "time.h", "ctype.h", "inttypes.h",
        "poll.h", "sched.h", "pthread.h", "dirent.h", "netdb.h", "assert.h", "math.h", "float.h", "elf.h", "endian.h", "byteswap.h", "mqueue.h", "semaphore.h", "termios.h", "utmp.h", "pwd.h", "grp.h",
        "vmlinux.h", "bpf.h",
    ];

    private static bool IsSystemHeader(string name)
    {
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        return (slash < 0 ? s_headers.Contains(name) : s_folders.Contains(name[..slash])) || File.Exists(Path.Combine("/usr/include", name));
    }

    private string? Find(string name, string? folder)
    {
        foreach (string candidate in folder is null ? options.IncludeFolders : options.IncludeFolders.Insert(0, folder))
        {
            string path = Path.Combine(candidate, name);
            if (File.Exists(path)) return path;
        }

        return null;
    }

    /// <summary>Reads a header as a whole.</summary>
    public void ReadFile(string path, TextSpan at)
    {
        // A header that guards itself is read once; one that does not would be read for ever.
        if (!_read.Add(Path.GetFullPath(path))) return;
        if (_read.Count > MaxIncludes)
        {
            Error(at, $"more than {MaxIncludes} headers");
            return;
        }

        try
        {
            SourceText header = new(path, ScriptFile.Read(path));
            _depth++;
            Read(header, 0, header.Text.Length);
            _depth--;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Error(at, $"'{path}' cannot be read: {e.Message}");
        }
    }

    private void Error(TextSpan span, string message, params ReadOnlySpan<string> notes) =>
        diagnostics.Add(Diagnostic.Error(TraceCodes.Declaration, message, span.ToSourceSpan(), span.SourceLine, notes));
}

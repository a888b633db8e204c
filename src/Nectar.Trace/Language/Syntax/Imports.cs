// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Trace.Language.Syntax;

/// <summary>Reads what a script imports and merges it in: scripts, folders of them, headers. Each file once.</summary>
internal sealed class Imports(Script script, ParseOptions options, DiagnosticBag diagnostics)
{
    private const int MaxFiles = 1000;

    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private readonly List<Probe> _probes = [];

    public static void Merge(Script script, ParseOptions options, DiagnosticBag diagnostics)
    {
        Imports imports = new(script, options, diagnostics);
        foreach (Import import in script.Imports.ToArray()) imports.Resolve(import, options.Folder ?? ".");
        // imported probes are first, so that a library's begin runs before the script's
        script.Probes.InsertRange(0, imports._probes);
    }

    private void Resolve(Import import, string folder)
    {
        List<string> tried = [];
        foreach (string candidate in options.IncludeFolders.Insert(0, folder))
        {
            string path = Path.Combine(candidate, import.Path);
            tried.Add(path);
            if (!File.Exists(path) && !Directory.Exists(path)) continue;
            Read(import, path, isNamed: true);
            return;
        }

        // our standard library is part of the compiler: its functions are always there
        if (import.Path is "stdlib" || import.Path.StartsWith("stdlib/", StringComparison.Ordinal)) return;
        Error(import, "Unable to find suitable path for import", $"help: checked: {string.Join(',', tried)}");
    }

    private void Read(Import import, string path, bool isNamed)
    {
        if (IsWritableByAll(path))
        {
            Error(import, $"cowardly refusing to import from a directory with global write permissions: \"{path}\"", "help: chmod o-w the file and its folder");
            return;
        }

        if (Directory.Exists(path))
        {
            if (!isNamed) return;
            foreach (string entry in Directory.EnumerateFileSystemEntries(path).Order(StringComparer.Ordinal)) Read(import, entry, isNamed: false);
            return;
        }

        if (!_read.Add(Path.GetFullPath(path)) || _read.Count > MaxFiles) return;
        switch (Path.GetExtension(path))
        {
            case ".bt":
                ReadScript(import, path);
                break;
            case ".h":
                SourceText include = new(path, $"#include \"{Path.GetFullPath(path)}\"");
                script.C.Add(new TextSpan(include, 0, include.Text.Length));
                break;
            case ".c" or ".o" when path.EndsWith(".bpf.c", StringComparison.Ordinal) || path.EndsWith(".bpf.o", StringComparison.Ordinal):
                Error(import, $"import of \"{Path.GetFileName(path)}\": programs in C are not linked into scripts", "help: write the function as a macro in a .bt file, or load the C program by itself with nectar load");
                break;
            default:
                if (isNamed) Error(import, $"unknown import type: \"{Path.GetFileName(path)}\"", "help: scripts (.bt), headers (.h) and folders of them can be imported");
                break;
        }
    }

    private void ReadScript(Import import, string path)
    {
        string text;
        try
        {
            text = ScriptFile.Read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Error(import, $"error reading import '{path}': {e.Message}");
            return;
        }

        Script imported = Parser.ParseAlone(new SourceText(path, text), options, diagnostics);
        if (imported.Config.Count > 0)
        {
            TextSpan config = imported.ConfigSpan ?? imported.Span;
            diagnostics.Add(Diagnostic.Error(TraceCodes.Import, "invalid `config` within import", config.ToSourceSpan(), config.SourceLine));
        }

        foreach (Import inner in imported.Imports) Resolve(inner, Path.GetDirectoryName(path) ?? ".");
        script.C.AddRange(imported.C);
        script.Maps.AddRange(imported.Maps);
        script.Functions.AddRange(imported.Functions);
        script.Macros.AddRange(imported.Macros);
        _probes.AddRange(imported.Probes);
    }

    /// <summary>Others may have changed it: the file, or what is in its folder.</summary>
    private static bool IsWritableByAll(string path)
    {
        string folder = Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".";
        return IsOpen(path) || IsOpen(folder);

        static bool IsOpen(string of) => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(of) & UnixFileMode.OtherWrite) != 0;
    }

    private void Error(Import import, string message, params ReadOnlySpan<string> notes) =>
        diagnostics.Add(Diagnostic.Error(TraceCodes.Import, message, import.Span.ToSourceSpan(), import.Span.SourceLine, notes));
}

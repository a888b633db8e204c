// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Trace.Language.Syntax;

/// <summary>Errors of scripts as bpftrace prints them: <c>stdin:1:9-12: ERROR: message</c>, the line, <c>~~~</c> under the place, hints.</summary>
internal static class ScriptDiagnostics
{
    // Columns and lines of the script that are quoted, characters of a message: nobody reads more of what a generator wrote.
    private const int MaxWidth = 400, MaxLines = 40, MaxMessage = 2000;

    /// <summary>One diagnostic, each line with its end.</summary>
    /// <param name="diagnostic">Notes that begin with <c>help: </c> are printed as hints.</param>
    /// <param name="output">Where to.</param>
    /// <param name="isColored">Errors red, warnings yellow.</param>
    public static void Print(Diagnostic diagnostic, TextWriter output, bool isColored = false)
    {
        string kind = diagnostic.Severity switch { Severity.Error => "ERROR", Severity.Warning => "WARNING", _ => "NOTE" };
        string place = diagnostic.Span is { File.Length: > 0 } span ? $"{Place(span)}: " : "";
        string color = !isColored ? "" : diagnostic.Severity == Severity.Error ? "\x1b[31m" : "\x1b[33m";
        if (diagnostic.Message.Length > 0) output.Write($"{color}{place}{kind}: {Shorten(diagnostic.Message)}{(isColored ? "\x1b[0m" : "")}\n");
        if (diagnostic.Span is { File.Length: > 0 } quoted && diagnostic.SourceLine is { } source) Quote(quoted, source, output);
        foreach (string full in diagnostic.Notes)
        {
            string note = Shorten(full);
            output.Write(note.StartsWith("help: ", StringComparison.Ordinal) ? $"HINT: {note.AsSpan(6)}\n" : note.StartsWith("note: ", StringComparison.Ordinal) ? $"{note.AsSpan(6)}\n" : $"{note}\n");
        }
    }

    /// <summary>All of them: errors first, then warnings.</summary>
    public static void Print(IEnumerable<Diagnostic> diagnostics, TextWriter output, bool isColored = false, bool withWarnings = true)
    {
        List<Diagnostic> all = [.. diagnostics];
        foreach (Diagnostic d in all)
        {
            if (d.Severity == Severity.Error) Print(d, output, isColored);
        }

        foreach (Diagnostic d in all)
        {
            if (d.Severity != Severity.Error && withWarnings) Print(d, output, isColored);
        }
    }

    /// <summary><c>file:line:column-column</c>, or <c>file:line-line</c> over several lines.</summary>
    public static string Place(SourceSpan span) => span.Line == span.EndLine
        ? string.Create(CultureInfo.InvariantCulture, $"{span.File}:{span.Line}:{span.Column}-{span.EndColumn}")
        : string.Create(CultureInfo.InvariantCulture, $"{span.File}:{span.Line}-{span.EndLine}");

    private static void Quote(SourceSpan span, string source, TextWriter output)
    {
        if (span.Line != span.EndLine)
        {
            int lines = 0;
            foreach (ReadOnlySpan<char> one in source.AsSpan().EnumerateLines())
            {
                if (++lines > MaxLines) break;
                output.Write(one.Length > MaxWidth ? $"{one[..MaxWidth]}…\n" : $"{one}\n");
            }

            if (lines > MaxLines) output.Write("…\n");
            return;
        }

        // of a long line what is around the place
        int start = source.Length <= MaxWidth ? 0 : Math.Clamp(span.Column - 1 - (MaxWidth / 4), 0, source.Length - MaxWidth), end = Math.Min(source.Length, start + MaxWidth);
        StringBuilder line = new(), marks = new();
        if (start > 0)
        {
            line.Append('…');
            marks.Append(' ');
        }

        for (int i = start; i < end; i++)
        {
            int width = source[i] == '\t' ? 4 : 1;
            if (source[i] == '\t') line.Append(' ', 4);
            else line.Append(source[i]);
            if (i < span.EndColumn - 1) marks.Append(i < span.Column - 1 ? ' ' : '~', width);
        }

        if (end < source.Length) line.Append('…');
        output.Write($"{line}\n{marks}\n");
    }

    /// <summary>Names that a script made endless.</summary>
    private static string Shorten(string text) => text.Length <= MaxMessage ? text : $"{text.AsSpan(0, MaxMessage)}…";
}

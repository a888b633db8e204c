// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Explanations;

/// <summary>Finds the place of an instruction in its source, with the lines around it from the file, if it is there, else from line info.</summary>
internal static class SourceReader
{
    private const int Around = 2, LongestFile = 4 << 20, LongestLine = 400;

    internal static SourceExcerpt? Find(ProgramText program, int slot)
    {
        if (!program.Contains(slot) || program.Line(slot) is not { } line) return null;
        int column = Math.Max(1, line.Column);
        string text = line.Text;
        // some compilers record the line without its indentation: put it back, so that the caret is under the right place
        if (column > 1 && text.Length > 0 && !char.IsWhiteSpace(text[0])) text = new string(' ', Math.Min(column - 1, 64)) + text;
        SortedDictionary<int, string> lines = [];
        if (!ReadFile(line, lines))
        {
            foreach (LineInfo near in program.Lines)
            {
                if (near.File == line.File && Math.Abs(near.Line - line.Line) <= Around && near.Text.Length > 0) lines.TryAdd(near.Line, near.Text);
            }

            if (text.Length > 0) lines[line.Line] = text;
        }

        string shown = lines.GetValueOrDefault(line.Line, text);
        return new SourceExcerpt(new SourceSpan(line.File, line.Line, column, line.Line, EndOf(shown, column)), program.Function(slot),
            [.. lines.Select(pair => new SourceLine(pair.Key, Cut(pair.Value)))]);
    }

    /// <summary>A place that only a log names.</summary>
    internal static SourceExcerpt Make(string file, int line, string text) =>
        new(new SourceSpan(file, line, 1, line, 2), null, text.Length > 0 ? [new SourceLine(line, Cut(text))] : []);

    private static int EndOf(string text, int column)
    {
        int end = column - 1;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '_' or '.' or '-' or '>')) end++;
        return Math.Max(column + 1, end + 1);
    }

    /// <summary>
    /// Reads the lines from the file. The name comes from an object that may be anybody's: what is no regular file of sensible size, or has
    /// another text at that line than the object says, is not shown.
    /// </summary>
    private static bool ReadFile(LineInfo line, SortedDictionary<int, string> lines)
    {
        if (line.Text.Trim().Length < 2) return false;
        try
        {
            FileInfo file = new(line.File);
            if (!file.Exists || file.Length is 0 or > LongestFile) return false; // pipes and devices have no length
            int number = 0;
            foreach (string text in File.ReadLines(line.File, Encoding.UTF8))
            {
                number++;
                if (number > line.Line + Around) break;
                if (number >= line.Line - Around) lines[number] = text;
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            lines.Clear();
            return false;
        }

        if (lines.TryGetValue(line.Line, out string? found) && found.Trim() == line.Text.Trim()) return true;
        lines.Clear();
        return false;
    }

    private static string Cut(string text) => text.Length <= LongestLine ? text : text[..LongestLine];
}

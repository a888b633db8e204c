// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Explanations;

/// <summary>Finds the place of an instruction in its source, with the lines around it as far as the object's line info has them.</summary>
internal static class SourceReader
{
    private const int Around = 2, LongestLine = 400;

    internal static SourceExcerpt? Find(ProgramText program, int slot)
    {
        if (!program.Contains(slot) || program.Line(slot) is not { } line) return null;
        int column = Math.Max(1, line.Column);
        string text = line.Text;
        // some compilers record the line without its indentation: put it back, so that the caret is under the right place
        if (column > 1 && text.Length > 0 && !char.IsWhiteSpace(text[0])) text = new string(' ', Math.Min(column - 1, 64)) + text;
        SortedDictionary<int, string> lines = [];
        foreach (LineInfo near in program.Lines)
        {
            if (near.File == line.File && Math.Abs((long)near.Line - line.Line) <= Around && near.Text.Length > 0) lines.TryAdd(near.Line, near.Text);
        }

        if (text.Length > 0) lines[line.Line] = text;
        return new SourceExcerpt(new SourceSpan(line.File, line.Line, column, line.Line, EndOf(text, column)), program.Function(slot),
            [.. lines.Select(pair => new SourceLine(pair.Key, Cut(pair.Value)))]);
    }

    /// <summary>A place that only a log names.</summary>
    internal static SourceExcerpt Make(string file, int line, string text) =>
        new(new SourceSpan(file, line, 1, line, 2), null, text.Length > 0 ? [new SourceLine(line, Cut(text))] : []);

    /// <summary>The place with the lines around it from the file; unchanged if the file has another text there than the object says.</summary>
    internal static SourceExcerpt Widen(SourceExcerpt source, IEnumerable<string> file)
    {
        if (source.Text is not { } known || known.Trim().Length < 2) return source;
        List<SourceLine> lines = [];
        int number = 0;
        foreach (string text in file)
        {
            number++;
            if (number > source.Span.Line + Around) break;
            if (number >= source.Span.Line - Around) lines.Add(new SourceLine(number, Cut(text)));
        }

        return lines.Find(line => line.Number == source.Span.Line)?.Text.Trim() == known.Trim() ? source with { Lines = [.. lines] } : source;
    }

    private static int EndOf(string text, int column)
    {
        int end = column - 1;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '_' or '.' or '-' or '>')) end++;
        return Math.Max(column + 1, end + 1);
    }

    private static string Cut(string text) => text.Length <= LongestLine ? text : text[..LongestLine];
}

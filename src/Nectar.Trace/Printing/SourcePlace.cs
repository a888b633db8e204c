// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Trace.Printing;

/// <summary>Places in scripts as bpftrace writes them.</summary>
internal static class SourcePlace
{
    /// <summary><c>file:line:first-last</c>, or <c>file:line-line</c> over several lines.</summary>
    public static string Describe(SourceSpan span) => span.Line != span.EndLine && span.EndLine != 0
        ? string.Create(CultureInfo.InvariantCulture, $"{span.File}:{span.Line}-{span.EndLine}")
        : string.Create(CultureInfo.InvariantCulture, $"{span.File}:{span.Line}:{span.Column}-{span.EndColumn}");

    /// <summary>The line and a mark under the place; empty where the source is not known.</summary>
    public static string Context(SourceSpan span, string source)
    {
        string[] lines = source.Split('\n');
        if (span.Line <= 0 || span.Line > lines.Length) return "";
        if (span.EndLine > span.Line) return string.Concat(lines[(span.Line - 1)..Math.Min(span.EndLine, lines.Length)].Select(l => l + "\n"));
        StringBuilder shown = new(), marks = new();
        string line = lines[span.Line - 1];
        for (int i = 0; i < line.Length; i++)
        {
            int width = line[i] == '\t' ? 4 : 1;
            if (line[i] == '\t') shown.Append(' ', width);
            else shown.Append(line[i]);
            if (i < span.EndColumn - 1) marks.Append(i < span.Column - 1 ? ' ' : '~', width);
        }

        return shown.Append('\n').Append(marks).Append('\n').ToString();
    }
}

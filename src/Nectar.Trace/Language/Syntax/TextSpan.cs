// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Trace.Language.Syntax;

/// <summary>A piece of a script.</summary>
/// <param name="Source">Which; null for what the compiler made itself.</param>
/// <param name="Start">First character.</param>
/// <param name="End">Behind the last.</param>
internal readonly record struct TextSpan(SourceText? Source, int Start, int End)
{
    public string Text => Source is null ? "" : Source.Text[Start..End];

    /// <summary>The line, or all lines, that it is on.</summary>
    public string? SourceLine
    {
        get
        {
            if (Source is null) return null;
            int first = Source.Position(Start).Line, last = Source.Position(End).Line;
            if (first == last) return Source.Line(first);
            SourceText source = Source;
            return string.Join('\n', Enumerable.Range(first, last - first + 1).Select(source.Line));
        }
    }

    public TextSpan To(TextSpan other) => new(Source, Start, Math.Max(End, other.End));

    public SourceSpan ToSourceSpan()
    {
        if (Source is null) return new SourceSpan("", 1, 1, 1, 1);
        (int line, int column) = Source.Position(Start);
        (int endLine, int endColumn) = Source.Position(End);
        return new SourceSpan(Source.Name, line, column, endLine, endColumn);
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Trace.Language.Syntax;

/// <summary>A script's text and where its lines begin.</summary>
internal sealed class SourceText
{
    private readonly int[] _lineStarts;

    /// <param name="name">As errors name it: the file, or <c>stdin</c> for <c>-e</c> and standard input.</param>
    /// <param name="text">All of it.</param>
    public SourceText(string name, string text)
    {
        (Name, Text) = (name, text);
        List<int> starts = [0];
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n') starts.Add(i + 1);
        }

        _lineStarts = [.. starts];
    }

    public string Name { get; }

    public string Text { get; }

    public int LineCount => _lineStarts.Length;

    /// <summary>Line and column, both from 1.</summary>
    public (int Line, int Column) Position(int offset)
    {
        int index = Array.BinarySearch(_lineStarts, offset);
        if (index < 0) index = ~index - 1;
        return (index + 1, offset - _lineStarts[index] + 1);
    }

    /// <summary>A line's text without its end.</summary>
    public string Line(int number)
    {
        int start = _lineStarts[number - 1];
        int end = number < _lineStarts.Length ? _lineStarts[number] - 1 : Text.Length;
        return Text[start..end].TrimEnd('\r');
    }
}

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

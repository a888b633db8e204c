// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Syntax;

/// <summary>A script's text and where its lines begin.</summary>
internal sealed class SourceText
{
    private readonly int[] _lineStarts;
    // Many errors may be about one long line: they share its text.
    private LineText? _lastLine;

    private sealed record LineText(int Number, string Text);

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
        if (_lastLine is { } last && last.Number == number) return last.Text;
        int start = _lineStarts[number - 1];
        int end = number < _lineStarts.Length ? _lineStarts[number] - 1 : Text.Length;
        string line = Text[start..end].TrimEnd('\r');
        _lastLine = new LineText(number, line);
        return line;
    }
}

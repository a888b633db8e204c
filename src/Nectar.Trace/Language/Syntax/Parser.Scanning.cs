// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Syntax;

// Characters, layout, words.
internal sealed partial class Parser
{
    private readonly List<TextSpan> _comments = [];
    private int _commentsEnd;

    private bool AtEnd => _position >= _text.Length;

    private char At(int position) => (uint)position < (uint)_text.Length ? _text[position] : '\0';

    private char Peek() => At(_position);

    private char Peek(int offset) => At(_position + offset);

    private static bool IsWordStart(char c) => char.IsAsciiLetter(c) || c == '_';

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    /// <summary>Behind white space and comments.</summary>
    private int ScanLayout(int position)
    {
        while (position < _text.Length)
        {
            char c = _text[position];
            if (c is ' ' or '\n' or '\t' or '\r' or '\v' or '\f')
            {
                position++;
            }
            else if (c == '/' && At(position + 1) == '/')
            {
                int end = _text.IndexOf('\n', position);
                position = NoteComment(position, end < 0 ? _text.Length : end);
            }
            else if (c == '/' && At(position + 1) == '*')
            {
                int end = _text.IndexOf("*/", position + 2, StringComparison.Ordinal);
                position = NoteComment(position, end < 0 ? _text.Length : end + 2);
            }
            else
            {
                break;
            }
        }

        return position;
    }

    private int NoteComment(int start, int end)
    {
        if (start >= _commentsEnd)
        {
            _comments.Add(new TextSpan(_source, start, end));
            _commentsEnd = end;
        }

        return end;
    }

    private void SkipLayout() => _position = ScanLayout(_position);

    private int WordEnd(int position)
    {
        while (IsWord(At(position))) position++;
        return position;
    }

    /// <summary>The word that is here; empty if there is none. Layout is not skipped.</summary>
    private ReadOnlySpan<char> PeekWord() => IsWordStart(Peek()) ? _text.AsSpan(_position..WordEnd(_position)) : default;

    private bool IsAtWord(string word) => ScanWord(word) >= 0;

    private int ScanWord(string word)
    {
        int start = ScanLayout(_position), end = start + word.Length;
        return end <= _text.Length && string.CompareOrdinal(_text, start, word, 0, word.Length) == 0 && !IsWord(At(end)) ? end : -1;
    }

    private bool Match(char c)
    {
        SkipLayout();
        if (AtEnd || Peek() != c) return false;
        _position++;
        return true;
    }

    private bool Match(string word)
    {
        int end = ScanWord(word);
        SkipLayout();
        if (end < 0) return false;
        _position = end;
        return true;
    }

    /// <summary>A word; null if there is none, with an error if <paramref name="otherwise"/> says what.</summary>
    private string? Word(string? otherwise = null)
    {
        SkipLayout();
        if (!IsWordStart(Peek()))
        {
            if (otherwise is not null) Error(otherwise);
            return null;
        }

        int start = _position;
        _position = WordEnd(start);
        return _text[start.._position];
    }

    /// <summary><c>$name</c>, at whose <c>$</c> reading is.</summary>
    private VariableReference Variable()
    {
        int start = _position;
        if (!IsWordStart(Peek(1)))
        {
            Error("expected identifier after '$'");
            return new VariableReference { Name = "$", Span = From(start) };
        }

        _position = WordEnd(start + 1);
        return new VariableReference { Name = _text[start.._position], Span = From(start) };
    }

    /// <summary><c>@name</c> or <c>@</c>, at whose <c>@</c> reading is.</summary>
    private MapReference MapName()
    {
        int start = _position;
        _position = IsWordStart(Peek(1)) ? WordEnd(start + 1) : start + 1;
        return new MapReference { Name = _text[start.._position], Span = From(start) };
    }

    private bool IsAt(char first, char second) => Peek() == first && Peek(1) == second;
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Asm;

/// <summary>A number as it was written.</summary>
/// <param name="Bits">Its 64-bit value; negative numbers in two's complement.</param>
/// <param name="IsHex">Written in hexadecimal or binary: a bit pattern, not a quantity.</param>
/// <param name="IsNegative">Written with a minus sign.</param>
/// <param name="Fits">False if it needs more than 64 bits.</param>
internal readonly record struct NumberText(ulong Bits, bool IsHex, bool IsNegative, bool Fits)
{
    /// <summary>The value in a signed 32-bit field: decimal as a number, hexadecimal also as a bit pattern.</summary>
    public bool TryInt32(out int value)
    {
        value = (int)Bits;
        if (!Fits) return false;
        if (IsNegative) return (long)Bits >= int.MinValue && (long)Bits <= 0;
        return Bits <= (IsHex ? uint.MaxValue : (ulong)int.MaxValue);
    }

    /// <summary>The value in a signed field of fewer bits, as a quantity.</summary>
    public bool TryRange(long minimum, long maximum, out long value)
    {
        value = (long)Bits;
        return Fits && (IsNegative ? value <= 0 && value >= minimum : Bits <= (ulong)maximum);
    }
}

/// <summary>A cursor over the text: hands out the small pieces of a line and reports what is wrong where.</summary>
internal sealed class Scanner
{
    private readonly string _text;
    private readonly string _file;
    private readonly DiagnosticBag _diagnostics;
    private int _lineStart;
    private int _lineEnd;
    private int _nextLine;

    public Scanner(string text, string file, DiagnosticBag diagnostics)
    {
        _text = text;
        _file = file;
        _diagnostics = diagnostics;
    }

    /// <summary>Named constants (<c>.equ</c>) that may stand where a number may.</summary>
    public Dictionary<string, long> Constants { get; } = new(StringComparer.Ordinal);

    /// <summary>The number of the current line, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>Where the current line starts in the text.</summary>
    public int LineStart => _lineStart;

    /// <summary>The cursor, as an index into the text.</summary>
    public int Position { get; set; }

    /// <summary>True inside a C-like block, where a semicolon separates fields and starts no comment.</summary>
    public bool SemicolonSeparates { get; set; }

    /// <summary>What is left of the line.</summary>
    public ReadOnlySpan<char> Rest => _text.AsSpan(Position, _lineEnd - Position);

    /// <summary>The character at the cursor, or NUL at the end of the line.</summary>
    public char Current => Position < _lineEnd ? _text[Position] : '\0';

    /// <summary>A part of the text.</summary>
    public ReadOnlySpan<char> Slice(int start, int end) => _text.AsSpan(start, end - start);

    /// <summary>Moves to the next line.</summary>
    public bool NextLine()
    {
        if (_nextLine >= _text.Length) return false;
        _lineStart = _nextLine;
        int length = _text.AsSpan(_lineStart).IndexOf('\n');
        _lineEnd = length < 0 ? _text.Length : _lineStart + length;
        _nextLine = _lineEnd + 1;
        if (_lineEnd > _lineStart && _text[_lineEnd - 1] == '\r') _lineEnd--;
        Position = _lineStart;
        Line++;
        return true;
    }

    /// <summary>Skips blanks.</summary>
    public void SkipBlanks()
    {
        while (Position < _lineEnd && _text[Position] is ' ' or '\t') Position++;
    }

    /// <summary>Skips blanks; true if nothing but a comment is left.</summary>
    public bool AtEnd()
    {
        SkipBlanks();
        if (Position >= _lineEnd) return true;
        char c = _text[Position];
        return c == '#' || (c == ';' && !SemicolonSeparates) || (c == '/' && Position + 1 < _lineEnd && _text[Position + 1] == '/');
    }

    /// <summary>Skips blanks and takes one character if it is next.</summary>
    public bool Take(char c)
    {
        SkipBlanks();
        if (Current != c) return false;
        Position++;
        return true;
    }

    /// <summary>Skips blanks and takes a word if it is next and ends there.</summary>
    public bool TakeWord(string word)
    {
        SkipBlanks();
        if (!Rest.StartsWith(word, StringComparison.Ordinal)) return false;
        int after = Position + word.Length;
        if (after < _lineEnd && IsNameCharacter(_text[after])) return false;
        Position = after;
        return true;
    }

    /// <summary>Takes a character or reports what stands there instead.</summary>
    public bool Expect(char c, string context)
    {
        if (Take(c)) return true;
        return Unexpected($"'{c}' {context}");
    }

    /// <summary>Skips blanks and takes a name; empty if there is none.</summary>
    public ReadOnlySpan<char> TakeName()
    {
        SkipBlanks();
        int start = Position;
        if (Position < _lineEnd && IsNameStart(_text[Position]))
        {
            Position++;
            while (Position < _lineEnd && IsNameCharacter(_text[Position])) Position++;
        }

        return _text.AsSpan(start, Position - start);
    }

    /// <summary>Skips blanks and takes a number or the name of a constant.</summary>
    public bool TakeNumber(out NumberText number)
    {
        SkipBlanks();
        int start = Position;
        bool negative = false;
        if (Current is '-' or '+')
        {
            negative = Current == '-';
            Position++;
            SkipBlanks();
        }

        if (!char.IsAsciiDigit(Current))
        {
            if (Current == '\'' && TakeCharacter(out number)) return true;
            ReadOnlySpan<char> word = TakeName();
            if (!word.IsEmpty && Constants.Count > 0 && Constants.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(word, out long constant))
            {
                number = negative ? new((ulong)-constant, false, constant > 0, true) : new((ulong)constant, constant >= 0, constant < 0, true);
                return true;
            }

            Position = start;
            number = default;
            return false;
        }

        bool hex = false, fits = true;
        ulong bits = 0;
        if (Current == '0' && Position + 1 < _lineEnd && (_text[Position + 1] | 0x20) is 'x' or 'b')
        {
            hex = true;
            int shift = (_text[Position + 1] | 0x20) == 'x' ? 4 : 1;
            Position += 2;
            int digits = Position;
            while (Position < _lineEnd && char.IsAsciiHexDigit(_text[Position]))
            {
                int digit = HexValue(_text[Position]);
                if (digit >> shift != 0) break;
                if (bits >> (64 - shift) != 0) fits = false;
                bits = (bits << shift) | (uint)digit;
                Position++;
            }

            if (Position == digits) fits = false;
        }
        else
        {
            while (Position < _lineEnd && char.IsAsciiDigit(_text[Position]))
            {
                UInt128 next = ((UInt128)bits * 10) + (uint)(_text[Position] - '0');
                if (next > ulong.MaxValue) fits = false;
                bits = (ulong)next;
                Position++;
            }
        }

        if (negative && bits > 1UL << 63) fits = false;
        number = new NumberText(negative ? 0UL - bits : bits, hex, negative, fits);
        if (Position < _lineEnd && IsNameCharacter(_text[Position]) && _text[Position] != '.')
        {
            // "5x" is no number; the caller will say what it wanted
            Position = start;
            return false;
        }

        return true;
    }

    /// <summary>Takes a string in double quotes with C escapes.</summary>
    public bool TakeString(out byte[] bytes)
    {
        bytes = [];
        SkipBlanks();
        int start = Position;
        if (Current != '"') return Unexpected("a string in double quotes");
        Position++;
        List<byte> result = [];
        Span<byte> utf8 = stackalloc byte[4];
        while (Position < _lineEnd && _text[Position] != '"')
        {
            if (_text[Position] == '\\' && Position + 1 < _lineEnd)
            {
                Position++;
                if (!TakeEscape(result)) return Fail(AsmCodes.Syntax, Position - 1, Position + 1, $"unknown escape '\\{Current}' in a string", "help: use \\n, \\t, \\r, \\0, \\\\, \\\", \\xNN");
                continue;
            }

            if (!System.Text.Rune.TryGetRuneAt(_text, Position, out System.Text.Rune rune)) rune = System.Text.Rune.ReplacementChar;
            int length = rune.EncodeToUtf8(utf8);
            result.AddRange(utf8[..length]);
            Position += rune.Utf16SequenceLength;
        }

        if (Position >= _lineEnd) return Fail(AsmCodes.Syntax, start, _lineEnd, "the string does not end on this line");
        Position++;
        bytes = [.. result];
        return true;
    }

    /// <summary>Reports that something else was expected at the cursor.</summary>
    public bool Unexpected(string expected, params ReadOnlySpan<string> notes)
    {
        if (AtEnd()) return Fail(AsmCodes.Syntax, Position, Position, $"the line ends here, expected {expected}", notes);
        int end = TokenEnd();
        return Fail(AsmCodes.Syntax, Position, end, $"found '{Slice(Position, end)}', expected {expected}", notes);
    }

    /// <summary>Reports an error on the current line and returns false.</summary>
    public bool Fail(DiagnosticCode code, int start, int end, string message, params ReadOnlySpan<string> notes)
    {
        Report(Severity.Error, code, Line, _lineStart, start, end, message, notes);
        return false;
    }

    /// <summary>Reports a warning on the current line.</summary>
    public void Warn(DiagnosticCode code, int start, int end, string message, params ReadOnlySpan<string> notes) =>
        Report(Severity.Warning, code, Line, _lineStart, start, end, message, notes);

    /// <summary>Reports a problem on any line.</summary>
    public void Report(Severity severity, DiagnosticCode code, int line, int lineStart, int start, int end, string message, params ReadOnlySpan<string> notes)
    {
        int length = _text.AsSpan(lineStart).IndexOf('\n');
        string source = _text.Substring(lineStart, length < 0 ? _text.Length - lineStart : length).TrimEnd('\r');
        int column = start - lineStart + 1;
        SourceSpan span = new(_file, line, column, line, Math.Max(column + 1, end - lineStart + 1));
        _diagnostics.Add(new Diagnostic(code, severity, message, span, null, [.. notes]) { SourceLine = source });
    }

    /// <summary>The text from a place to the end of its line or to a comment, for line info.</summary>
    public string TextFrom(int start)
    {
        ReadOnlySpan<char> line = _text.AsSpan(start);
        int end = line.IndexOfAny('\n', ';');
        if (end >= 0) line = line[..end];
        return line.TrimEnd().ToString();
    }

    /// <summary>The end of the word or sign at the cursor, for carets.</summary>
    public int TokenEnd()
    {
        int end = Position;
        if (end >= _lineEnd) return end;
        if (IsNameCharacter(_text[end]) || _text[end] is '%' or '-' or '+')
        {
            end++;
            while (end < _lineEnd && IsNameCharacter(_text[end])) end++;
            return end;
        }

        return end + 1;
    }

    internal static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c is '_' or '.' or '$';

    internal static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '$';

    private static int HexValue(char c) => c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;

    private bool TakeCharacter(out NumberText number)
    {
        number = default;
        int start = Position;
        List<byte> bytes = [];
        Position++;
        bool good = Position < _lineEnd;
        if (good && _text[Position] == '\\')
        {
            Position++;
            good = TakeEscape(bytes);
        }
        else if (good && char.IsAscii(_text[Position]))
        {
            bytes.Add((byte)_text[Position++]);
        }

        if (!good || bytes.Count != 1 || Current != '\'')
        {
            Position = start;
            return false;
        }

        Position++;
        number = new NumberText(bytes[0], true, false, true);
        return true;
    }

    private bool TakeEscape(List<byte> result)
    {
        char c = Current;
        int value = c switch { 'n' => 10, 't' => 9, 'r' => 13, '0' => 0, '\\' => 92, '"' => 34, '\'' => 39, _ => -1 };
        if (c == 'x' && Position + 2 < _lineEnd && char.IsAsciiHexDigit(_text[Position + 1]) && char.IsAsciiHexDigit(_text[Position + 2]))
        {
            value = (HexValue(_text[Position + 1]) << 4) | HexValue(_text[Position + 2]);
            Position += 2;
        }

        if (value < 0) return false;
        result.Add((byte)value);
        Position++;
        return true;
    }
}

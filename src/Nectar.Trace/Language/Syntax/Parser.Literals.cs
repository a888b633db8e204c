// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;

namespace Nectar.Trace.Language.Syntax;

// Numbers and texts.
internal sealed partial class Parser
{
    /// <summary>The characters of a number: digits, exponent, suffix. Errors in its form are reported here, those of its value by <see cref="IntegerText"/>.</summary>
    private string NumberText()
    {
        SkipLayout();
        int start = _position;
        bool isHex = Peek() == '0' && Peek(1) is 'x' or 'X';
        bool isBinary = !isHex && Peek() == '0' && Peek(1) is 'b' or 'B' && Peek(2) is '0' or '1';
        if (isHex || isBinary) _position += 2;
        while (isHex ? char.IsAsciiHexDigit(Peek()) || Peek() == '_' : char.IsAsciiDigit(Peek()) || Peek() == '_') _position++;
        RefuseTrailingUnderscore(start);
        if (!isHex && !isBinary && Peek() is 'e' or 'E')
        {
            _position++;
            while (char.IsAsciiDigit(Peek()) || Peek() == '_') _position++;
            RefuseTrailingUnderscore(start);
        }

        if (!isHex || Peek() is 'u' or 'U' or 'l' or 'L') _position += SuffixLength();
        string text = _text[start.._position];
        if (IsWordStart(Peek()))
        {
            int bad = _position;
            _position = WordEnd(bad);
            ErrorAt($"invalid integer suffix '{_text[bad.._position]}'", bad, _position, "help: durations end in ns, us, ms, s, m, h or d; C's u, l, ul, ll and ull are read too");
        }

        return text;
    }

    private void RefuseTrailingUnderscore(int start)
    {
        if (_position > start && At(_position - 1) == '_') ErrorAt("trailing underscore in integer literal", _position - 1, _position);
    }

    private int SuffixLength()
    {
        char c = Peek(), next = Peek(1);
        if (c is 'n' or 'u' or 'm' && next == 's') return 2;
        if (c is 's' or 'm' or 'h' or 'd') return 1;
        int length = c is 'u' or 'U' ? 1 : 0;
        if (Peek(length) is not ('l' or 'L')) return length;
        return length + (Peek(length + 1) is 'l' or 'L' ? 2 : 1);
    }

    private IntegerLiteral Number()
    {
        SkipLayout();
        int start = _position;
        string text = NumberText();
        if (!IntegerText.TryParse(text, out ulong value, out string problem)) ErrorAt(problem, start, _position);
        return new IntegerLiteral { Value = value, Span = From(start) };
    }

    /// <summary><c>"text"</c>, at whose quote reading is. Bytes that are no UTF-8 become lone low surrogates (<see cref="ScriptText"/>).</summary>
    private string QuotedText()
    {
        _position++;
        int plain = _position;
        StringBuilder? text = null;
        bool hasBytes = false;
        while (true)
        {
            if (AtEnd || Peek() == '\n')
            {
                Error("unterminated string");
                break;
            }

            char c = Peek();
            if (c == '"')
            {
                _position++;
                break;
            }

            if (c != '\\')
            {
                _position++;
                text?.Append(c);
                continue;
            }

            text ??= new StringBuilder().Append(_text, plain, _position - plain);
            int value = Escape();
            if (value < 0) continue;
            hasBytes |= value >= 0x80;
            text.Append(value >= 0x80 ? (char)(ScriptText.ByteBase + value) : (char)value);
        }

        if (text is null) return _text[plain..Math.Max(plain, At(_position - 1) == '"' ? _position - 1 : _position)];
        return hasBytes ? ScriptText.Normalize(text.ToString()) : text.ToString();
    }

    /// <summary>The byte that an escape stands for; negative after an error.</summary>
    private int Escape()
    {
        int start = _position++;
        if (AtEnd)
        {
            Error("unterminated string");
            return -1;
        }

        char c = Peek();
        int end = _position + 1;
        if (c is >= '0' and <= '7')
        {
            while (end < _position + 3 && At(end) is >= '0' and <= '7') end++;
            int value = Convert.ToInt32(_text[_position..end], 8);
            _position = end;
            if (value <= 0xff) return value;
            ErrorAt($"octal escape sequence out of range '{_text[start..end]}'", start, end);
            return -1;
        }

        if (c is 'x' or 'X')
        {
            while (end < _position + 3 && char.IsAsciiHexDigit(At(end))) end++;
            ReadOnlySpan<char> digits = _text.AsSpan((_position + 1)..end);
            _position = end;
            if (digits.Length > 0) return int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            Error("invalid hex escape sequence");
            return -1;
        }

        int known = c switch { 'n' => '\n', 't' => '\t', 'r' => '\r', '"' => '"', '\\' => '\\', _ => -1 };
        if (known < 0) Error($"invalid escape character '\\{c}'");
        _position++;
        return known;
    }
}

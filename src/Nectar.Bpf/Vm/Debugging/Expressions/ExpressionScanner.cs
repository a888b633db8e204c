// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>Cuts an expression into names, numbers and signs.</summary>
internal sealed class ExpressionScanner
{
    private static readonly string[] s_signs = ["<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "->"];
    private readonly string _text;

    internal ExpressionScanner(string text)
    {
        _text = text;
        Next();
    }

    /// <summary>The current piece; empty at the end.</summary>
    internal string Piece { get; private set; } = "";

    /// <summary>Where it begins.</summary>
    internal int At { get; private set; }

    /// <summary>Its value if it is a number or a character.</summary>
    internal ulong? Number { get; private set; }

    internal bool IsName => Piece.Length > 0 && (char.IsLetter(Piece[0]) || Piece[0] is '_' or '$' or '.') && Number is null && Piece != ".";

    internal void Next()
    {
        int at = At + Piece.Length;
        while (at < _text.Length && char.IsWhiteSpace(_text[at])) at++;
        At = at;
        Number = null;
        Piece = Scan(at);
    }

    /// <summary>Goes back to a piece that was there before.</summary>
    internal void Return(int at)
    {
        At = at;
        Piece = "";
        Next();
    }

    internal bool Take(string sign)
    {
        if (Piece != sign) return false;
        Next();
        return true;
    }

    internal void Expect(string sign)
    {
        if (!Take(sign)) throw Wrong($"expected '{sign}'");
    }

    internal DebugException Wrong(string what) => new(DebugCodes.Syntax, $"'{_text}': {what}{(Piece.Length == 0 ? " at the end" : $" instead of '{Piece}' at column {At + 1}")}",
        "help: numbers, registers (r1, w1), names of globals and maps, ctx, packet; C's operators, casts and members");

    private string Scan(int at)
    {
        if (at >= _text.Length) return "";
        char c = _text[at];
        int end = at + 1;
        if (char.IsAsciiDigit(c))
        {
            while (end < _text.Length && (char.IsAsciiLetterOrDigit(_text[end]))) end++;
            string word = _text[at..end];
            bool isHex = word.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
            string digits = (isHex ? word[2..] : word).TrimEnd('u', 'U', 'l', 'L');
            Piece = word;
            if (!ulong.TryParse(digits, isHex ? NumberStyles.HexNumber : NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)) throw Wrong("expected a number");
            Number = number;
            return word;
        }

        if (char.IsLetter(c) || c is '_' or '$' || (c == '.' && end < _text.Length && char.IsLetter(_text[end]) && (at == 0 || !IsEndOfValue(_text[at - 1]))))
        {
            // a section such as .bss is a name, unless what stands before it has members
            while (end < _text.Length && (char.IsLetterOrDigit(_text[end]) || _text[end] is '_' || (c == '.' && _text[end] == '.'))) end++;
            return _text[at..end];
        }

        if (c == '\'' && at + 2 < _text.Length && _text[at + 2] == '\'')
        {
            Number = _text[at + 1];
            return _text[at..(at + 3)];
        }

        foreach (string sign in s_signs)
        {
            if (string.CompareOrdinal(_text, at, sign, 0, 2) == 0) return sign;
        }

        return _text[at..end];
    }

    private static bool IsEndOfValue(char c) => char.IsLetterOrDigit(c) || c is '_' or ')' or ']';
}

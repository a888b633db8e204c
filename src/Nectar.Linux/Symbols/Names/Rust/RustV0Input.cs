// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Names.Rust;

/// <summary>The letters of one v0 name, and the numbers and identifiers that it is made of. What is malformed makes it bad for good.</summary>
internal sealed class RustV0Input(string name)
{
    private int _at = 2; // behind _R

    internal bool IsBad { get; private set; }

    /// <summary>Where the next letter is.</summary>
    internal int At { get => _at; set => _at = value; }

    internal int Length => name.Length;

    /// <summary>What was not read yet.</summary>
    internal string Rest => name[_at..];

    internal char Peek => _at < name.Length ? name[_at] : '\0';

    internal char Next() => _at < name.Length ? name[_at++] : Bad();

    internal char Bad()
    {
        IsBad = true;
        return '\0';
    }

    internal bool Take(char c)
    {
        if (Peek != c) return false;
        _at++;
        return true;
    }

    internal string Hex(out ulong value)
    {
        int start = _at;
        value = 0;
        while (char.IsAsciiHexDigitLower(Peek)) value = (value << 4) | (uint)Convert.ToInt32(name[_at++].ToString(), 16);
        string digits = name[start.._at];
        if (digits.Length == 0 || !Take('_')) Bad();
        return digits;
    }

    internal ulong Disambiguator() => Take('s') ? Base62() + 1 : 0;

    internal ulong Base62()
    {
        if (Take('_')) return 0;
        ulong value = 0;
        while (!IsBad && !Take('_'))
        {
            char c = Next();
            int digit = c switch { >= '0' and <= '9' => c - '0', >= 'a' and <= 'z' => c - 'a' + 10, >= 'A' and <= 'Z' => c - 'A' + 36, _ => -1 };
            if (digit < 0 || value > (ulong.MaxValue - 62) / 62) Bad();
            else value = (value * 62) + (uint)digit;
        }

        return value + 1;
    }

    internal string Identifier()
    {
        bool isPunycode = Take('u');
        int length = 0;
        if (!char.IsAsciiDigit(Peek)) Bad();
        if (!Take('0')) // numbers have no leading zero: digits behind one belong to what follows
        {
            while (char.IsAsciiDigit(Peek) && length < name.Length) length = (length * 10) + (name[_at++] - '0');
        }

        Take('_');
        if (IsBad || length > name.Length - _at)
        {
            Bad();
            return "";
        }

        string text = name.Substring(_at, length);
        _at += length;
        return isPunycode ? Punycode.Decode(text) ?? $"punycode{{{text}}}" : text;
    }
}

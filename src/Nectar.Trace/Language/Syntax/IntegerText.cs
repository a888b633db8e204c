// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.Trace.Language.Syntax;

/// <summary>Numbers as scripts write them: <c>42</c>, <c>0x2a</c>, <c>0b1</c>, <c>017</c>, <c>1_000</c>, <c>1e6</c>, <c>5ms</c>, <c>8ul</c>. Also those of parameters and of the environment.</summary>
internal static class IntegerText
{
    // Suffix, the most that it may hold, what it multiplies with.
    private static readonly (string Suffix, ulong Maximum, ulong Factor)[] s_suffixes =
    [
        ("", ulong.MaxValue, 1), ("u", uint.MaxValue, 1), ("ul", ulong.MaxValue, 1), ("ull", ulong.MaxValue, 1), ("l", long.MaxValue, 1), ("ll", long.MaxValue, 1),
        ("ns", ulong.MaxValue, 1), ("us", ulong.MaxValue, 1_000), ("ms", ulong.MaxValue, 1_000_000), ("s", ulong.MaxValue, 1_000_000_000),
        ("m", ulong.MaxValue, 60_000_000_000), ("h", ulong.MaxValue, 3_600_000_000_000), ("d", ulong.MaxValue, 86_400_000_000_000),
    ];

    /// <summary>Reads a number; the problem in bpftrace's words if it is none.</summary>
    public static bool TryParse(string text, out ulong value, out string problem, StringComparison suffixes = StringComparison.OrdinalIgnoreCase)
    {
        string digits = text.Contains('_') ? text.Replace("_", "") : text;
        (int radix, int position) = digits switch
        {
            ['0', 'x' or 'X', ..] => (16, 2),
            ['0', 'b' or 'B', ..] => (2, 2),
            ['0', >= '0' and <= '9', ..] => (8, 1),
            _ => (10, 0),
        };
        value = 0;
        int first = position;
        for (; position < digits.Length && Digit(digits[position]) is int digit && digit < radix; position++)
        {
            UInt128 wide = (UInt128)value * (uint)radix + (uint)digit;
            if (wide > ulong.MaxValue) return Fail(Overflow(ulong.MaxValue, text), out value, out problem);
            value = (ulong)wide;
        }

        if (position == first && radix != 8) return Fail($"invalid integer: {text}", out value, out problem);
        if (radix == 10 && position < digits.Length && digits[position] is 'e' or 'E' && position + 1 < digits.Length && digits[position + 1] is >= '1' and <= '9')
        {
            if (value is 0 or >= 10) return Fail($"coefficient part of scientific literal must be 1-9: {text}", out value, out problem);
            int exponent = 0;
            for (position++; position < digits.Length && char.IsAsciiDigit(digits[position]); position++) exponent = Math.Min(1000, exponent * 10 + digits[position] - '0');
            while (exponent-- > 0)
            {
                if (value > ulong.MaxValue / 10) return Fail(Overflow(ulong.MaxValue, text), out value, out problem);
                value *= 10;
            }
        }

        ReadOnlySpan<char> suffix = digits.AsSpan(position);
        foreach ((string name, ulong maximum, ulong factor) in s_suffixes)
        {
            if (!suffix.Equals(name, suffixes)) continue;
            if (value > maximum / factor) return Fail(Overflow(maximum, text), out value, out problem);
            value *= factor;
            problem = "";
            return true;
        }

        return Fail($"invalid trailing bytes: {text}", out value, out problem);
    }

    private static int Digit(char c) => char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiHexDigit(c) ? (c | 0x20) - 'a' + 10 : 99;

    private static string Overflow(ulong maximum, string text) => string.Create(CultureInfo.InvariantCulture, $"overflow error, maximum value is {maximum}: {text}");

    private static bool Fail(string because, out ulong value, out string problem)
    {
        (value, problem) = (0, because);
        return false;
    }
}

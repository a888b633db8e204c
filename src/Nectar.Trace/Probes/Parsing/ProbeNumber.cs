// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Numerics;

namespace Nectar.Trace.Probes.Parsing;

/// <summary>Numbers in attach points: decimal, <c>0x</c>, <c>0b</c>, octal, <c>1e6</c>, <c>1_000</c>, and with a unit of time (then nanoseconds).</summary>
internal static class ProbeNumber
{
    private static readonly (string Suffix, ulong Limit, ulong Factor)[] s_suffixes =
    [
        ("", ulong.MaxValue, 1), ("u", uint.MaxValue, 1), ("ul", ulong.MaxValue, 1), ("ull", ulong.MaxValue, 1), ("l", long.MaxValue, 1), ("ll", long.MaxValue, 1),
        ("ns", ulong.MaxValue, 1), ("us", ulong.MaxValue, 1000), ("ms", ulong.MaxValue, 1_000_000), ("s", ulong.MaxValue, 1_000_000_000),
        ("m", ulong.MaxValue, 60_000_000_000), ("h", ulong.MaxValue, 3_600_000_000_000), ("d", ulong.MaxValue, 86_400_000_000_000),
    ];

    /// <summary>Reads a number; the problem in words if it is none.</summary>
    public static bool TryParse(string text, out ulong value, out string problem)
    {
        value = 0;
        problem = $"invalid integer: {text}";
        string digits = text.Replace("_", "", StringComparison.Ordinal);
        int numberBase = 10, start = 0;
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)) (numberBase, start) = (16, 2);
        else if (digits.StartsWith("0b", StringComparison.OrdinalIgnoreCase)) (numberBase, start) = (2, 2);
        else if (digits.Length >= 2 && digits[0] == '0' && digits[1] is >= '0' and <= '7') (numberBase, start) = (8, 1);
        int end = start;
        BigInteger number = 0;
        while (end < digits.Length && Digit(digits[end]) is var digit && digit < numberBase)
        {
            number = (number * numberBase) + digit;
            if (number > ulong.MaxValue) return Overflow(text, ulong.MaxValue, out problem);
            end++;
        }

        if (end == start) return false;
        if (numberBase == 10 && end + 1 < digits.Length && digits[end] is 'e' or 'E' && digits[end + 1] is >= '1' and <= '9')
        {
            if (number < 1 || number > 9)
            {
                problem = $"coefficient part of scientific literal must be 1-9: {text}";
                return false;
            }

            int exponent = 0;
            for (end++; end < digits.Length && char.IsAsciiDigit(digits[end]); end++) exponent = Math.Min(100, (exponent * 10) + digits[end] - '0');
            number *= BigInteger.Pow(10, exponent);
            if (number > ulong.MaxValue) return Overflow(text, ulong.MaxValue, out problem);
        }

        foreach ((string suffix, ulong limit, ulong factor) in s_suffixes)
        {
            if (!digits.AsSpan(end).SequenceEqual(suffix)) continue;
            if (number > limit / factor) return Overflow(text, limit, out problem);
            value = (ulong)number * factor;
            return true;
        }

        problem = $"invalid trailing bytes: {text}";
        return false;
    }

    private static bool Overflow(string text, ulong limit, out string problem)
    {
        problem = string.Create(CultureInfo.InvariantCulture, $"overflow error, maximum value is {limit}: {text}");
        return false;
    }

    private static int Digit(char c) => char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : int.MaxValue;
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;

namespace Nectar.Linux.Symbols.Names.Rust;

/// <summary>Identifiers beyond ASCII as Rust mangles them: Punycode (RFC 3492) with <c>_</c> as the mark.</summary>
internal static class Punycode
{
    /// <summary>The identifier; null if it is malformed.</summary>
    internal static string? Decode(string text)
    {
        int mark = text.LastIndexOf('_');
        List<int> runes = [.. (mark > 0 ? text[..mark] : "").Select(c => (int)c)];
        long n = 128, i = 0, bias = 72;
        bool first = true;
        for (int at = mark + 1; at < text.Length;)
        {
            long start = i, weight = 1;
            for (long k = 36; ; k += 36)
            {
                if (at >= text.Length) return null;
                char c = text[at++];
                int digit = c switch { >= 'a' and <= 'z' => c - 'a', >= '0' and <= '9' => c - '0' + 26, _ => -1 };
                if (digit < 0) return null;
                i += digit * weight;
                long t = Math.Clamp(k - bias, 1, 26);
                if (i > int.MaxValue) return null;
                if (digit < t) break;
                weight *= 36 - t;
                if (weight > int.MaxValue) return null;
            }

            long delta = (i - start) / (first ? 700 : 2);
            first = false;
            delta += delta / (runes.Count + 1);
            long steps = 0;
            for (; delta > 455; steps += 36) delta /= 35;
            bias = steps + (36 * delta / (delta + 38));
            n += i / (runes.Count + 1);
            i %= runes.Count + 1;
            if (n > 0x10ffff || !Rune.IsValid((int)n)) return null;
            runes.Insert((int)i++, (int)n);
        }

        StringBuilder result = new();
        foreach (int rune in runes) result.Append(new Rune(rune));
        return result.ToString();
    }
}

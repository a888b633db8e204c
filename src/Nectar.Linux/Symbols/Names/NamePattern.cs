// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Names;

/// <summary>Name patterns as trace tools write them: <c>*</c> is any text, <c>?</c> one byte, everything else itself.</summary>
internal static class NamePattern
{
    /// <summary>True if a text is a pattern and not just a name.</summary>
    internal static bool Is(string text) => text.AsSpan().ContainsAny('*', '?');

    /// <summary>True if the whole name fits. Takes at most the product of both lengths, mostly their sum.</summary>
    internal static bool Matches(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> name) => Matches(pattern, name, (byte)'*', (byte)'?');

    /// <summary>As the other overload, for texts.</summary>
    internal static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name) => Matches(pattern, name, '*', '?');

    private static bool Matches<T>(ReadOnlySpan<T> pattern, ReadOnlySpan<T> name, T any, T one)
        where T : unmanaged, IEquatable<T>
    {
        int p = 0, n = 0, star = -1, retry = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p].Equals(any))
            {
                star = p++;
                retry = n;
            }
            else if (p < pattern.Length && (pattern[p].Equals(one) || pattern[p].Equals(name[n])))
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                p = star + 1; // only the last star needs to take more
                n = ++retry;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p].Equals(any)) p++;
        return p == pattern.Length;
    }

    /// <summary>A readable name up to the bracket that its parameters start with; the whole name if it has none.</summary>
    internal static ReadOnlySpan<byte> WithoutParameters(ReadOnlySpan<byte> name)
    {
        int end = name.LastIndexOf((byte)')'), depth = 0;
        for (int i = end; i >= 0; i--)
        {
            if (name[i] == ')') depth++;
            else if (name[i] == '(' && --depth == 0) return name[..i];
        }

        return name;
    }
}

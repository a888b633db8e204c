// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Asm;

/// <summary>Finds the known name that a wrong one was probably meant to be.</summary>
internal static class Suggestions
{
    /// <summary>The nearest of some names, as a help line; an empty array if none is near.</summary>
    public static string[] For(ReadOnlySpan<char> wrong, IEnumerable<string> known)
    {
        string? best = null;
        int bestDistance = wrong.Length < 4 ? 2 : (wrong.Length / 3) + 2;
        foreach (string name in known)
        {
            int distance = Distance(wrong, name, bestDistance);
            if (distance >= bestDistance) continue;
            bestDistance = distance;
            best = name;
        }

        return best is null ? [] : [$"help: did you mean '{best}'?"];
    }

    /// <summary>Counts insertions, deletions, replacements and swaps of neighbours; gives up at <paramref name="limit"/>.</summary>
    private static int Distance(ReadOnlySpan<char> a, ReadOnlySpan<char> b, int limit)
    {
        if (Math.Abs(a.Length - b.Length) >= limit || a.Length > 64 || b.Length > 64) return limit;
        Span<int> beforeLast = stackalloc int[65], last = stackalloc int[65], row = stackalloc int[65];
        for (int j = 0; j <= b.Length; j++) last[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1;
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
            }

            Span<int> free = beforeLast;
            beforeLast = last;
            last = row;
            row = free;
        }

        return last[b.Length];
    }
}

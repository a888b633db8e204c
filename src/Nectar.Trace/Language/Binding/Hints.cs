// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Binding;

/// <summary>"Did you mean": names that are near the one that is not known.</summary>
internal static class Hints
{
    /// <summary>A help line with the nearest names; empty if none is near.</summary>
    public static ReadOnlySpan<string> Nearest(string what, string name, IEnumerable<string> known)
    {
        string[] near = [.. Find(name, known)];
        if (near.Length == 0) return [];
        return new[] { $"help: did you mean {(near.Length == 1 ? $"the {what} " : "")}{string.Join(" or ", near.Select(n => $"'{n}'"))}?" };
    }

    /// <summary>At most three names, nearest first, none further away than a third of the name's length.</summary>
    public static IEnumerable<string> Find(string name, IEnumerable<string> known)
    {
        int limit = Math.Max(1, name.Length / 3);
        List<(int Distance, string Name)> near = [];
        foreach (string candidate in known)
        {
            if (Math.Abs(candidate.Length - name.Length) > limit) continue;
            int distance = Distance(name, candidate, limit);
            if (distance <= limit) near.Add((distance, candidate));
        }

        near.Sort((a, b) => a.Distance != b.Distance ? a.Distance.CompareTo(b.Distance) : string.CompareOrdinal(a.Name, b.Name));
        return near.Select(n => n.Name).Distinct().Take(3);
    }

    /// <summary>Characters to change, insert, remove, or swap with a neighbour; gives up above the limit.</summary>
    private static int Distance(string left, string right, int limit)
    {
        int width = right.Length + 1;
        Span<int> before = stackalloc int[width <= 128 ? width : 0], last = stackalloc int[width <= 128 ? width : 0], row = stackalloc int[width <= 128 ? width : 0];
        if (width > 128) return int.MaxValue;
        for (int j = 0; j < width; j++) last[j] = j;
        for (int i = 1; i <= left.Length; i++)
        {
            row[0] = i;
            int least = i;
            for (int j = 1; j < width; j++)
            {
                int cost = char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]) ? 0 : 1;
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + cost);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) row[j] = Math.Min(row[j], before[j - 2] + 1);
                least = Math.Min(least, row[j]);
            }

            if (least > limit) return int.MaxValue;
            Span<int> free = before;
            before = last;
            last = row;
            row = free;
        }

        return last[width - 1];
    }
}

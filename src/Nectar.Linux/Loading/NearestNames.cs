// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Btf;

namespace Nectar.Linux.Loading;

/// <summary>Names of the kernel's types that are close to one that is not there.</summary>
internal static class NearestNames
{
    private const int MaxDistance = 3, MaxNames = 3;

    /// <summary>At most three names without the prefix, the closest first.</summary>
    internal static string[] Find(BtfTypes types, string prefix, string name)
    {
        byte[] start = Encoding.UTF8.GetBytes(prefix), wanted = Encoding.UTF8.GetBytes(name);
        List<(int Distance, string Name)> found = [];
        int[] row = new int[wanted.Length + 1];
        for (uint id = 1; id < types.Count; id++)
        {
            BtfType type = types[id];
            if (type.Kind is not (BtfKind.Func or BtfKind.Typedef or BtfKind.Struct)) continue;
            if (prefix.Length == 0 && type.Kind == BtfKind.Typedef) continue;
            ReadOnlySpan<byte> candidate = type.NameUtf8;
            if (!candidate.StartsWith(start)) continue;
            candidate = candidate[start.Length..];
            if (Math.Abs(candidate.Length - wanted.Length) > MaxDistance) continue;
            int distance = Distance(wanted, candidate, row);
            if (distance <= Math.Min(MaxDistance, 1 + (wanted.Length / 3))) found.Add((distance, Encoding.UTF8.GetString(candidate)));
        }

        return [.. found.Distinct().OrderBy(f => f.Distance).ThenBy(f => f.Name, StringComparer.Ordinal).Take(MaxNames).Select(f => f.Name)];
    }

    /// <summary>Levenshtein's distance in one row.</summary>
    private static int Distance(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, int[] row)
    {
        for (int i = 0; i <= left.Length; i++) row[i] = i;
        for (int j = 1; j <= right.Length; j++)
        {
            int diagonal = row[0];
            row[0] = j;
            int best = j;
            for (int i = 1; i <= left.Length; i++)
            {
                int cost = left[i - 1] == right[j - 1] ? diagonal : 1 + Math.Min(diagonal, Math.Min(row[i - 1], row[i]));
                (diagonal, row[i]) = (row[i], cost);
                best = Math.Min(best, cost);
            }

            if (best > MaxDistance) return best;
        }

        return row[left.Length];
    }
}

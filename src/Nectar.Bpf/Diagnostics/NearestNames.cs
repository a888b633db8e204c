// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Text;

namespace Nectar.Bpf.Diagnostics;

/// <summary>Collects the names that are nearest to one that was not found: few typing errors away, or holding it as a part.</summary>
internal sealed class NearestNames
{
    private const int Most = 3, MaxLength = 96;
    private readonly byte[] _wanted;
    private readonly List<(int Distance, string Name)> _best = [];
    private readonly int[] _before, _row, _next;
    private readonly int _limit;

    internal NearestNames(ReadOnlySpan<char> wanted)
    {
        _wanted = Encoding.UTF8.GetBytes(wanted[..Math.Min(wanted.Length, MaxLength)].ToString());
        _limit = _wanted.Length < 4 ? 1 : (_wanted.Length / 3) + 1;
        (_before, _row, _next) = (new int[MaxLength + 1], new int[MaxLength + 1], new int[MaxLength + 1]);
    }

    /// <summary>What was found, the nearest first; at most three.</summary>
    internal ImmutableArray<string> Names => [.. _best.Select(best => best.Name)];

    /// <summary>Those of them that may have been meant: where one is a single error away, what is further is not.</summary>
    internal ImmutableArray<string> LikelyNames => [.. _best.TakeWhile(best => _best[0].Distance > 1 || best.Distance <= 1).Select(best => best.Name)];

    /// <summary>Words for a message: <c>did you mean 'a' or 'b'?</c>, or none.</summary>
    internal string[] Notes => _best.Count == 0 ? [] : ["help: did you mean " + string.Join(" or ", LikelyNames.Select(name => $"'{name}'")) + "?"];

    internal void Offer(ReadOnlySpan<byte> name)
    {
        int worst = _best.Count < Most ? int.MaxValue : _best[^1].Distance;
        int distance;
        if (Math.Abs(name.Length - _wanted.Length) <= _limit && name.Length <= MaxLength)
        {
            distance = Distance(name, Math.Min(_limit, worst));
        }
        else
        {
            distance = int.MaxValue;
        }

        // A name that holds the wanted one is a weaker offer than any near one.
        if (distance > _limit)
        {
            if (_wanted.Length < 4 || name.Length > _wanted.Length + 24 || name.IndexOf(_wanted) < 0) return;
            distance = _limit + 1 + name.Length - _wanted.Length;
        }

        if (distance >= worst) return;
        string text = Encoding.UTF8.GetString(name);
        if (_best.Exists(best => best.Name == text)) return;
        int at = _best.FindIndex(best => best.Distance > distance);
        _best.Insert(at < 0 ? _best.Count : at, (distance, text));
        if (_best.Count > Most) _best.RemoveAt(Most);
    }

    internal void Offer(string name) => Offer(Encoding.UTF8.GetBytes(name));

    /// <summary>A help line with at most three of some names, or none.</summary>
    internal static string[] Help(ReadOnlySpan<char> wanted, IEnumerable<string> known)
    {
        NearestNames nearest = new(wanted);
        foreach (string name in known) nearest.Offer(name);
        return nearest.Notes;
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours; gives up above <paramref name="limit"/>.</summary>
    private int Distance(ReadOnlySpan<byte> name, int limit)
    {
        int[] before = _before, row = _row, next = _next;
        for (int j = 0; j <= name.Length; j++) row[j] = j;
        for (int i = 1; i <= _wanted.Length; i++)
        {
            next[0] = i;
            int least = i;
            for (int j = 1; j <= name.Length; j++)
            {
                int cost = Lower(_wanted[i - 1]) == Lower(name[j - 1]) ? 0 : 1;
                int value = Math.Min(Math.Min(next[j - 1], row[j]) + 1, row[j - 1] + cost);
                if (i > 1 && j > 1 && _wanted[i - 1] == name[j - 2] && _wanted[i - 2] == name[j - 1]) value = Math.Min(value, before[j - 2] + 1);
                next[j] = value;
                least = Math.Min(least, value);
            }

            if (least > limit) return int.MaxValue;
            (before, row, next) = (row, next, before);
        }

        return row[name.Length];
    }

    // 'HASH' is what is meant by 'hash'.
    private static byte Lower(byte letter) => letter is >= (byte)'A' and <= (byte)'Z' ? (byte)(letter | 0x20) : letter;
}

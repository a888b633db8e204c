// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Trace.Language.Binding;

/// <summary>"Did you mean": names that are near the one that is not known.</summary>
internal static class Hints
{
    /// <summary>A help line that says of what the nearest name is; empty if none is near.</summary>
    public static ReadOnlySpan<string> Nearest(string what, string name, IEnumerable<string> known) => Find(name, known) switch
    {
        [] => [],
        [string one] => new[] { $"help: did you mean the {what} '{one}'?" },
        var several => new[] { $"help: did you mean {string.Join(" or ", several.Select(n => $"'{n}'"))}?" },
    };

    /// <summary>At most three names, nearest first.</summary>
    public static ImmutableArray<string> Find(string name, IEnumerable<string> known)
    {
        NearestNames nearest = new(name);
        foreach (string candidate in known) nearest.Offer(candidate);
        return nearest.LikelyNames;
    }
}

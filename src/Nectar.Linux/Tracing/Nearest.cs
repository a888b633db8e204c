// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Symbols.Names;

namespace Nectar.Linux.Tracing;

/// <summary>Offers the names nearest to one that was not found.</summary>
internal static class Nearest
{
    /// <summary>A help line with at most three names, or none.</summary>
    internal static string[] Notes(string wanted, IEnumerable<string> known)
    {
        NearestNames nearest = new(wanted);
        foreach (string name in known) nearest.Offer(name);
        return nearest.Notes;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Trace.Probes;

/// <summary>What was probably meant.</summary>
internal static class Names
{
    /// <summary>A help line with the names nearest to a wrong one; none if nothing is near.</summary>
    public static string[] Nearest(string wanted, IEnumerable<string> known)
    {
        NearestNames nearest = new(wanted);
        foreach (string name in known) nearest.Offer(name);
        return nearest.Notes;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;

namespace Nectar.Linux.Refusals;

/// <summary>What an errno means and what to do about it.</summary>
/// <param name="Meaning">As it stands behind the errno.</param>
/// <param name="Help">What to do; null where nothing general can be said.</param>
internal readonly record struct RefusalMeaning(string Meaning, string? Help);

/// <summary>What an errno means for some calls.</summary>
/// <param name="Errno">The errno.</param>
/// <param name="Calls">What the call's name contains: <c>MAP_CREATE</c>; empty for every call.</param>
/// <param name="Explain">The meaning; null if the row does not fit the machine or what the call was about.</param>
internal sealed record RefusalRow(Errno Errno, string Calls, Func<RefusalFacts, RefusalMeaning?> Explain)
{
    internal RefusalRow(Errno errno, string calls, string meaning, string? help)
        : this(errno, calls, _ => new RefusalMeaning(meaning, help))
    {
    }

    internal bool Fits(RefusalFacts facts)
    {
        if (facts.Errno != Errno) return false;
        foreach (Range part in Calls.AsSpan().Split('|'))
        {
            if (facts.Call.AsSpan().Contains(Calls.AsSpan(part), StringComparison.Ordinal)) return true;
        }

        return false;
    }
}

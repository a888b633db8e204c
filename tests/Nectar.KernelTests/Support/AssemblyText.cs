// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.KernelTests.Support;

/// <summary>Assembly text that many programs of tests need.</summary>
internal static class AssemblyText
{
    /// <summary>Finds a slot of an array: r0 points to its value. Uses four bytes of the stack and the argument registers.</summary>
    /// <param name="map">The map as a wide load names it, <c>slots ll</c>.</param>
    /// <param name="slot">Which slot.</param>
    /// <param name="otherwise">The label where it is not there.</param>
    /// <param name="stack">Where the key goes, from r10.</param>
    internal static string FindSlot(string map, int slot, string otherwise, int stack = -4) => $"""
        *(u32 *)(r10 - {-stack}) = {slot}
        r1 = {map}
        r2 = r10
        r2 += {stack}
        call bpf_map_lookup_elem
        if r0 == 0 goto {otherwise}
        """;
}

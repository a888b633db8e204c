// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>Which helpers work on which types of map.</summary>
internal static class MapHelperRules
{
    private const int Lookup = 1, TailCall = 12;

    /// <summary>True if a helper works on maps of a type.</summary>
    internal static bool Allows(MapType map, int helper, in ProgramTraits program) => map switch
    {
        MapType.ProgArray => helper == TailCall,
        MapType.StackTrace => helper != Lookup,
        _ => helper != TailCall,
    };
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Refusals;

/// <summary>
/// Calls of helpers that cannot exist, which a loader writes in place of an instruction it could not resolve. The verifier removes them if they are
/// dead code, and names them if they are not. Their numbers are those of libbpf, whose logs can so be explained too.
/// </summary>
internal static class PoisonedCalls
{
    /// <summary>A CO-RE relocation found nothing ("bad relo").</summary>
    internal const int Field = 0xbad2310;

    /// <summary>A map that was left out: this plus the map's index.</summary>
    internal const int FirstMap = 2_001_000_000;

    /// <summary>A weak kernel function that the kernel does not have: this plus the extern's index.</summary>
    internal const int FirstKfunc = 2_002_000_000;

    internal const string FieldMessage = "invalid func unknown#195896080", MapMessage = "invalid func unknown#2001{map}", KfuncMessage = "invalid func unknown#2002{function}";
}

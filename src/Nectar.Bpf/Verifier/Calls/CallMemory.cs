// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>What is remembered of a call over all paths through it.</summary>
internal struct CallMemory
{
    /// <summary>The map that all paths agree on, plus 1; 0: not seen; -1: paths differ.</summary>
    internal int Map;

    /// <summary>The instruction was seen by a check that fixes something (kind of pointer for loads): its value plus 1; 0: not seen.</summary>
    internal int Pointer;

    /// <summary>True if paths through a context access and other accesses meet here.</summary>
    internal bool Mixed;
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>What a dynptr leads to.</summary>
internal enum DynptrKind : byte
{
    /// <summary>Nothing yet.</summary>
    None,

    /// <summary>Memory of the program.</summary>
    Local,

    /// <summary>A record of a ring buffer, which has to be submitted or discarded.</summary>
    RingBuffer,

    /// <summary>A socket buffer.</summary>
    Skb,

    /// <summary>An XDP frame.</summary>
    Xdp,

    /// <summary>The metadata in front of a socket buffer.</summary>
    SkbMeta,

    /// <summary>A file.</summary>
    File,
}

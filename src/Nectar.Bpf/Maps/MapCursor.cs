// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Maps;

/// <summary>Where a walk in batches stands; new for each walk. A cursor belongs to one map and one thread.</summary>
public sealed class MapCursor
{
    /// <summary>The last key that was handed out; empty at the start.</summary>
    internal byte[] Key { get; set; } = [];

    /// <summary>The next bucket or index, for maps that number them.</summary>
    internal uint Position { get; set; }

    /// <summary>True once the walk has reached the end.</summary>
    public bool IsAtEnd { get; internal set; }
}

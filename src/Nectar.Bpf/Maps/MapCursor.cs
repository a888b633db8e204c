// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Maps;

/// <summary>Where a walk in batches stands; new for each walk. A cursor belongs to one map and one thread.</summary>
public sealed class MapCursor
{
    /// <summary>What the host handed out as its position; empty at the start.</summary>
    internal byte[] Key { get; set; } = [];

    /// <summary>A second buffer, so that a walk of many batches allocates none for each.</summary>
    internal byte[] Spare { get; set; } = [];

    /// <summary>The next bucket or index, for maps that number them.</summary>
    internal uint Position { get; set; }

    /// <summary>The walk from key to key, where the host has no batches for this map.</summary>
    internal KeyWalk? Walk { get; set; }

    /// <summary>Keys that were handed out, where the host's position can be deleted under the walk.</summary>
    internal KeySet? Seen { get; set; }

    /// <summary>True once the walk has reached the end.</summary>
    public bool IsAtEnd { get; internal set; }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Runtime;

/// <summary>What is missing in the results of a session, by cause; counted by the programs, exactly.</summary>
public sealed record TraceLosses
{
    /// <summary>Events that found the ring buffer full.</summary>
    public long Events { get; init; }

    /// <summary>Values that found their map full.</summary>
    public long MapElements { get; init; }

    /// <summary>Memory that could not be read; the script saw zeros.</summary>
    public long FailedReads { get; init; }

    /// <summary>Stacks that could not be recorded or kept.</summary>
    public long Stacks { get; init; }

    /// <summary>Other helpers of the kernel that failed.</summary>
    public long FailedHelpers { get; init; }

    /// <summary>Nothing is missing.</summary>
    public bool IsNone => this == new TraceLosses();

    /// <summary>A line for each cause that is not zero, in words.</summary>
    public IEnumerable<string> Describe()
    {
        if (MapElements != 0) yield return $"Map full; can't update element. Try increasing max_map_keys config or manually setting the max entries in a map declaration e.g. `let @a = hash(5000)` ({MapElements} values are missing)";
        if (FailedReads != 0) yield return $"{FailedReads} reads of memory failed: the script saw zeros";
        if (Stacks != 0) yield return $"{Stacks} stacks are missing";
        if (FailedHelpers != 0) yield return $"{FailedHelpers} calls of helpers failed";
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Runtime;

/// <summary>What is missing in the results of a session, by cause; counted where it happens, exactly.</summary>
public sealed record TraceLosses
{
    /// <summary>Events that found the ring buffer full.</summary>
    public long Events { get; init; }

    /// <summary>Values that found their map full.</summary>
    public long MapElements { get; init; }

    /// <summary>Values that found no memory for a new element: where interrupts are off the kernel cannot fetch more.</summary>
    public long UnallocatedElements { get; init; }

    /// <summary>Values that found their map held by another processor, or by what their own had interrupted.</summary>
    public long ContendedElements { get; init; }

    /// <summary>Memory that could not be read; the script saw zeros.</summary>
    public long FailedReads { get; init; }

    /// <summary>Texts, buffers, files and packets that were longer than what is kept of them, without a sign of it in the value.</summary>
    public long CutTexts { get; init; }

    /// <summary>Texts that were longer than what is kept of them and end with the trailer (<c>..</c>).</summary>
    public long MarkedTexts { get; init; }

    /// <summary>Stacks that could not be recorded or kept.</summary>
    public long Stacks { get; init; }

    /// <summary>Other helpers of the kernel that failed.</summary>
    public long FailedHelpers { get; init; }

    /// <summary>Runs of probes that the kernel left out because their processor was running one already.</summary>
    public long SkippedRuns { get; init; }

    /// <summary>Nothing is missing.</summary>
    public bool IsNone => this == new TraceLosses();

    /// <summary>A line for each cause that is not zero, in words; <see cref="Events"/>, which have lines of their own, are left out.</summary>
    /// <param name="withMarkedTexts">Also what the values themselves show.</param>
    public IEnumerable<string> Describe(bool withMarkedTexts = false)
    {
        if (MapElements != 0) yield return $"Map full; can't update element. Try increasing max_map_keys config or manually setting the max entries in a map declaration e.g. `let @a = hash(5000)` ({MapElements} values are missing)";
        if (UnallocatedElements != 0) yield return $"{UnallocatedElements} values are missing: the kernel had no memory for new elements of the map at that moment";
        if (ContendedElements != 0) yield return $"{ContendedElements} values are missing: the map was held by another processor or by what the probe interrupted";
        if (FailedReads != 0) yield return $"{FailedReads} reads of memory failed: the script saw zeros";
        if (CutTexts != 0) yield return $"{CutTexts} texts or buffers were cut: they are longer than what is kept of them (see max_strlen, max_cat_bytes)";
        if (withMarkedTexts && MarkedTexts != 0) yield return $"{MarkedTexts} texts were cut and end with the trailer (see max_strlen)";
        if (Stacks != 0) yield return $"{Stacks} stacks are missing";
        if (FailedHelpers != 0) yield return $"{FailedHelpers} calls of helpers failed";
        if (SkippedRuns != 0) yield return $"{SkippedRuns} runs of probes were skipped: another was running on the same processor";
    }
}

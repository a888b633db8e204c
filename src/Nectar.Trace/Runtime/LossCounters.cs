// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using Nectar.Linux.Loading;
using Nectar.Linux.Programs;
using Nectar.Trace.Planning;

namespace Nectar.Trace.Runtime;

/// <summary>What the programs count as missing.</summary>
internal sealed class LossCounters
{
    private readonly KernelObject _loaded;
    private readonly KernelGlobal? _counters;

    public LossCounters(KernelObject loaded)
    {
        _loaded = loaded;
        if (loaded.Globals.TryGet(TracePlan.LossesName, out KernelGlobal? counters)) _counters = counters;
    }

    /// <summary>Events that found the ring buffer full.</summary>
    public long Events => _counters is null ? 0 : _counters.Get<Counts>()[(int)LossCause.RingFull];

    /// <summary>The present state.</summary>
    public TraceLosses Read()
    {
        TraceLosses counted = ReadCounters();
        long skipped = 0;
        foreach (KernelProgram program in _loaded.Programs) skipped += (long)program.GetInfo().RecursionMisses;
        return skipped == 0 ? counted : counted with { SkippedRuns = skipped };
    }

    private TraceLosses ReadCounters()
    {
        if (_counters is null) return new TraceLosses();
        Counts counts = _counters.Get<Counts>();
        return new TraceLosses
        {
            Events = counts[(int)LossCause.RingFull],
            MapElements = counts[(int)LossCause.MapFull],
            UnallocatedElements = counts[(int)LossCause.MapWithoutMemory],
            ContendedElements = counts[(int)LossCause.MapBusy],
            FailedReads = counts[(int)LossCause.ReadFailed],
            CutTexts = counts[(int)LossCause.TextCut],
            MarkedTexts = counts[(int)LossCause.TextMarked],
            Stacks = counts[(int)LossCause.StackLost],
            FailedHelpers = counts[(int)LossCause.HelperFailed],
        };
    }

    [InlineArray((int)LossCause.HelperFailed + 1)]
    private struct Counts
    {
        private long _first;
    }
}

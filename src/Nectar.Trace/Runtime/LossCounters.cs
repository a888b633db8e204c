// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using Nectar.Linux.Loading;
using Nectar.Trace.Planning;

namespace Nectar.Trace.Runtime;

/// <summary>What the programs count as missing.</summary>
internal sealed class LossCounters
{
    private readonly KernelGlobal? _counters;

    public LossCounters(KernelObject loaded)
    {
        if (loaded.Globals.TryGet(TracePlan.LossesName, out KernelGlobal? counters)) _counters = counters;
    }

    /// <summary>The present state.</summary>
    public TraceLosses Read()
    {
        if (_counters is null) return new TraceLosses();
        Counts counts = _counters.Get<Counts>();
        return new TraceLosses
        {
            Events = counts[(int)LossCause.RingFull],
            MapElements = counts[(int)LossCause.MapFull],
            FailedReads = counts[(int)LossCause.ReadFailed],
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

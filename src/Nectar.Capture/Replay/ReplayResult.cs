// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Vm;

namespace Nectar.Capture.Replay;

/// <summary>What a program decided over a capture.</summary>
public sealed class ReplayResult
{
    private const int Small = 64;
    private readonly long[] _small = new long[Small];
    private readonly Dictionary<uint, long> _large = [];

    /// <summary>Packets of the capture.</summary>
    public long Packets { get; internal set; }

    /// <summary>Runs of the program: packets times passes.</summary>
    public long Runs { get; internal set; }

    /// <summary>Bytes that the program saw in one pass.</summary>
    public long Bytes { get; internal set; }

    /// <summary>Time in nanoseconds that all runs took together, reading the capture included, writing and reporting not.</summary>
    public long ElapsedNs { get; internal set; }

    /// <summary>Runs that ended in a fault.</summary>
    public long Faults { get; internal set; }

    /// <summary>The first fault; null if there was none.</summary>
    public VmFault? FirstFault { get; internal set; }

    /// <summary>The number, from 1, of the packet of <see cref="FirstFault"/>.</summary>
    public long FirstFaultPacket { get; internal set; }

    /// <summary>Packets that went on, in one pass; those that were written where a writer was given.</summary>
    public long Kept { get; internal set; }

    /// <summary>How often each value was returned, in all passes; the most frequent first. Faults are not among them.</summary>
    public IReadOnlyList<(uint Value, long Count)> Verdicts =>
        [.. _small.Select((count, value) => ((uint)value, count)).Where(v => v.count > 0).Concat(_large.Select(v => (v.Key, v.Value))).OrderByDescending(v => v.Item2)];

    internal void Count(uint value)
    {
        if (value < Small) _small[value]++;
        else _large[value] = _large.GetValueOrDefault(value) + 1;
    }
}

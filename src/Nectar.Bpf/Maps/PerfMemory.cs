// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Maps;

/// <summary>The buffers of a perf event array, as a host opened them for their one reader.</summary>
internal abstract class PerfMemory : EventMemory
{
    /// <summary>The buffers; more can come (<see cref="Refresh"/>), none goes before the end.</summary>
    internal abstract ReadOnlySpan<PerfRing> Rings { get; }

    /// <summary>Samples that found no room in a buffer, as the host counts them; -1 if it leaves that to the records of the buffer.</summary>
    internal abstract long CountLost(PerfRing ring);

    /// <summary>Stops or resumes writing; programs get an error meanwhile.</summary>
    internal abstract void Pause(bool isPaused);

    /// <summary>Opens buffers for processors that came online.</summary>
    /// <returns>How many.</returns>
    internal abstract int Refresh();
}

/// <summary>One processor's buffer: records of <c>perf_event_open(2)</c> in a ring that its reader sees once, so that a record can be in two pieces.</summary>
internal sealed unsafe class PerfRing
{
    internal const uint LostRecord = 2, SampleRecord = 9, LostSamplesRecord = 13;
    internal const int HeaderSize = 8;

    /// <summary>The processor.</summary>
    internal required int Cpu { get; init; }

    /// <summary>Where writing is, in bytes since the start.</summary>
    internal required ulong* Head { get; init; }

    /// <summary>Where reading is; null in a buffer that is written over without end.</summary>
    internal required ulong* Tail { get; init; }

    /// <summary>The data.</summary>
    internal required byte* Data { get; init; }

    /// <summary>Bytes of data: a power of two.</summary>
    internal required ulong Size { get; init; }

    /// <summary>The reader's own position.</summary>
    internal ulong Position { get; set; }

    /// <summary>Samples that records of the buffer reported as lost, and those that the reader could not make out.</summary>
    internal long Lost { get; set; }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Maps;

/// <summary>
/// How perf buffers are opened. In the kernel a wake-up for each sample costs the program some 5 microseconds, thirty times what
/// writing the sample costs; so by default it wakes the reader when an eighth of a buffer is full, and the reader looks every
/// <see cref="MaxDelay"/>.
/// </summary>
public sealed record PerfBufferOptions
{
    /// <summary>Bytes of each processor's buffer: a power of two, at least a page. Default 256 KiB.</summary>
    public int BytesPerCpu { get; init; } = 1 << 18;

    /// <summary>Wake the reader after so many samples of a processor (1: after each); 0 to go by <see cref="WakeupBytes"/>.</summary>
    public int WakeupEvents { get; init; }

    /// <summary>Wake the reader when so many bytes are in a buffer; 0 for an eighth of it.</summary>
    public int WakeupBytes { get; init; }

    /// <summary>Loops look so often also if nobody wakes them. Zero or less: never. Default 10 ms.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// A flight recorder: programs write without end over the oldest samples, and the reader takes a look back, newest first
    /// (<see cref="PerfBufferReader.ReadNewest"/>). Kernel only.
    /// </summary>
    public bool IsOverwritable { get; init; }

    /// <summary>Each sample carries the time at which it was written, which <see cref="PerfBufferReader.ReadInOrder"/> needs.</summary>
    public bool HasTimestamps { get; init; }

    /// <summary>The processors to listen to; null for all that are online.</summary>
    public IReadOnlyList<int>? Cpus { get; init; }
}

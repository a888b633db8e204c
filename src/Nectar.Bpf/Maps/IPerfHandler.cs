// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Maps;

/// <summary>Gets the samples of perf buffers. A struct that implements it is compiled into the reading loop.</summary>
public interface IPerfHandler
{
    /// <summary>Gets one sample.</summary>
    /// <param name="cpu">The processor that wrote it.</param>
    /// <param name="sample">
    /// The buffer's own memory, which ends with the call. The kernel pads samples, so that up to 7 bytes more than the program gave are here.
    /// </param>
    void OnSample(int cpu, ReadOnlySpan<byte> sample);

    /// <summary>Hears of samples that found no room between the last sample of this processor and the next.</summary>
    void OnLost(int cpu, long count);
}

/// <summary>Gets one sample; the bytes are the buffer's own memory and end with the call.</summary>
public delegate void PerfBufferCallback(int cpu, ReadOnlySpan<byte> sample);

/// <summary>Hears of samples that found no room.</summary>
public delegate void PerfLostCallback(int cpu, long count);

/// <summary>One sample of an enumeration.</summary>
/// <param name="Cpu">The processor that wrote it.</param>
/// <param name="Time">When, in nanoseconds of the machine's monotonic clock; 0 without <see cref="PerfBufferOptions.HasTimestamps"/>.</param>
/// <param name="Lost">Samples of this processor that found no room just before this one.</param>
/// <param name="Data">The bytes; the next sample reuses their memory.</param>
public readonly record struct PerfSample(int Cpu, ulong Time, long Lost, ReadOnlyMemory<byte> Data);

/// <summary>Delegates as a handler.</summary>
internal readonly struct PerfCallbackHandler(PerfBufferCallback callback, PerfLostCallback? lost) : IPerfHandler
{
    public void OnSample(int cpu, ReadOnlySpan<byte> sample) => callback(cpu, sample);

    public void OnLost(int cpu, long count) => lost?.Invoke(cpu, count);
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Maps;

/// <summary>Gets one sample; the bytes are the buffer's own memory and end with the call.</summary>
public delegate void PerfBufferCallback(int cpu, ReadOnlySpan<byte> sample);

/// <summary>Opens and reads the buffers of a perf event array of this process, one for each processor.</summary>
public sealed class PerfBufferReader : IDisposable
{
    private readonly RingBufferReader[] _readers;

    /// <summary>Opens the buffers; from now on programs can write samples.</summary>
    /// <param name="map">A perf event array.</param>
    /// <param name="bytesPerCpu">Size of a buffer: a power of two, at least 4096.</param>
    /// <exception cref="InvalidOperationException">They are open already.</exception>
    public PerfBufferReader(BpfMap map, int bytesPerCpu = 65536)
    {
        VmPerfEventArray array = map as VmPerfEventArray ?? throw new ArgumentException($"map '{map?.Name}' is not a perf event array of this process", nameof(map));
        if (bytesPerCpu < 4096 || !int.IsPow2(bytesPerCpu)) throw new ArgumentOutOfRangeException(nameof(bytesPerCpu), bytesPerCpu, "a power of two, at least 4096");
        VmRingBuffer[] buffers = array.Open((uint)bytesPerCpu) ?? throw new InvalidOperationException($"perf event array '{map.Name}' is open already");
        _readers = Array.ConvertAll(buffers, b => new RingBufferReader(b));
    }

    /// <summary>Samples that found no room, over all processors.</summary>
    public long Lost => _readers.Sum(r => r.Lost);

    /// <summary>Samples that found no room on one processor.</summary>
    public long LostOn(int cpu) => _readers[cpu].Lost;

    /// <summary>Hands out all samples that are ready, processor by processor.</summary>
    /// <returns>How many.</returns>
    public int Read(PerfBufferCallback callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        int count = 0;
        for (int cpu = 0; cpu < _readers.Length; cpu++)
        {
            int here = cpu;
            count += _readers[cpu].Read(sample =>
            {
                callback(here, sample);
                return true;
            });
        }

        return count;
    }

    /// <summary>Stops reading. The buffers stay open, and lose samples when full.</summary>
    public void Dispose()
    {
        foreach (RingBufferReader reader in _readers) reader.Dispose();
    }
}

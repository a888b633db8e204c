// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>The ring buffer in the other direction: users write, a program drains.</summary>
internal sealed unsafe class VmUserRingBuffer : VmSpecialMap
{
    private const int MaxSamples = 128 * 1024; // BPF_MAX_USER_RINGBUF_SAMPLES

    private readonly VmRingBuffer _ring;
    private int _busy;

    internal VmUserRingBuffer(MapDefinition definition, int cpuCount, VmMapOptions options)
        : base(definition, cpuCount, options, Errno.ENOTSUPP)
    {
        MapDefinition ring = new() { Name = definition.Name, Type = MapType.RingBuf, MaxEntries = definition.MaxEntries };
        _ring = new VmRingBuffer(ring, cpuCount, options);
    }

    /// <summary>Writes one sample; false if there is no room.</summary>
    internal bool TryWrite(ReadOnlySpan<byte> sample)
    {
        byte* record = _ring.Reserve((ulong)sample.Length, 0);
        if (record is null) return false;
        sample.CopyTo(new Span<byte>(record, sample.Length));
        _ring.Commit(record, VmRingBuffer.NoWakeup, false);
        return true;
    }

    /// <summary><c>bpf_user_ringbuf_drain</c>.</summary>
    /// <param name="callback">Gets a sample's address, its size and <paramref name="state"/>; anything but 0 ends the draining.</param>
    /// <param name="state">Handed through.</param>
    /// <param name="flags">Wake-up flags.</param>
    /// <returns>How many samples were drained; -EBUSY if another program is at it.</returns>
    internal long Drain(delegate*<byte*, uint, nint, long> callback, nint state, ulong flags)
    {
        if ((flags & ~(VmRingBuffer.NoWakeup | VmRingBuffer.ForceWakeup)) != 0) return -(long)Errno.EINVAL;
        if (Interlocked.Exchange(ref _busy, 1) != 0) return -(long)Errno.EBUSY;
        long count = 0;
        long result = 0;
        while (result == 0 && count < MaxSamples)
        {
            ulong position = _ring.ConsumerPosition;
            if (position >= _ring.ProducerPosition) break;
            uint header = _ring.HeaderAt(position);
            if ((header & VmRingBuffer.BusyBit) != 0) break;
            if ((header & VmRingBuffer.DiscardBit) == 0)
            {
                fixed (byte* sample = _ring.RecordAt(position, header)) result = callback(sample, header, state); // native memory: fixed costs nothing
                count++;
            }

            _ring.ConsumerPosition = position + VmRingBuffer.RecordLength(header);
        }

        Volatile.Write(ref _busy, 0);
        if ((flags & VmRingBuffer.ForceWakeup) != 0 || (count > 0 && (flags & VmRingBuffer.NoWakeup) == 0)) _ring.Wake(); // there is room now
        return count;
    }

    internal override RingMemory OpenUserRing() => _ring.Open(this);

    protected override void FreeMemory() => _ring.Dispose();
}

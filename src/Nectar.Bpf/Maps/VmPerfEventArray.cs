// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>
/// Perf events by processor. A reader opens one buffer for each processor; until then output finds no event (ENOENT), as in a
/// kernel. The buffers are rings as in <see cref="VmRingBuffer"/>; a sample that finds no room is counted.
/// </summary>
internal sealed unsafe class VmPerfEventArray : VmSlotMap
{
    /// <summary><c>BPF_F_CURRENT_CPU</c>, also the mask of the index.</summary>
    internal const ulong CurrentCpu = 0xFFFFFFFF;

    private VmRingBuffer[]? _buffers;

    internal VmPerfEventArray(MapDefinition definition, int cpuCount, VmMapOptions options)
        : base(definition, cpuCount, options)
    {
    }

    private protected override bool UsersCanLookUp => false;

    /// <summary>Makes the buffers; null if there are some already.</summary>
    /// <param name="bytesPerCpu">A power of two, at least 4096.</param>
    internal VmRingBuffer[]? Open(uint bytesPerCpu)
    {
        lock (Copier)
        {
            if (_buffers is not null) return null;
            VmRingBuffer[] buffers = new VmRingBuffer[Math.Min(CpuCount, (int)Math.Min(int.MaxValue, Header->MaxEntries))];
            for (int i = 0; i < buffers.Length; i++)
            {
                MapDefinition ring = new() { Name = $"{Name}[{i}]", Type = MapType.RingBuf, MaxEntries = bytesPerCpu };
                buffers[i] = new VmRingBuffer(ring, CpuCount, VmMapOptions.Default);
            }

            Volatile.Write(ref _buffers, buffers);
            return buffers;
        }
    }

    /// <summary><c>bpf_perf_event_output</c>: 0 or a negative errno.</summary>
    /// <param name="flags">The processor's index or <see cref="CurrentCpu"/>; bits 32 to 51, the length of context bytes, are the caller's.</param>
    /// <param name="data">The sample.</param>
    /// <param name="size">Its bytes.</param>
    /// <param name="context">More bytes that follow it.</param>
    /// <param name="contextSize">How many.</param>
    /// <param name="cpu">The processor of the program.</param>
    internal long Output(ulong flags, byte* data, ulong size, byte* context, ulong contextSize, uint cpu)
    {
        if ((flags & ~(CurrentCpu | (0xFFFFFul << 32))) != 0) return -(long)Errno.EINVAL;
        ulong index = (flags & CurrentCpu) == CurrentCpu ? cpu : flags & CurrentCpu;
        if (index >= Header->MaxEntries) return -(long)Errno.E2BIG;
        VmRingBuffer[]? buffers = Volatile.Read(ref _buffers);
        if (buffers is null || index >= (ulong)buffers.Length) return -(long)Errno.ENOENT;
        if (index != cpu) return -(long)Errno.EOPNOTSUPP;
        byte* record = buffers[index].Reserve(size + contextSize, 0);
        if (record is null) return -(long)Errno.ENOSPC;
        Buffer.MemoryCopy(data, record, size, size);
        if (contextSize != 0) Buffer.MemoryCopy(context, record + size, contextSize, contextSize);
        buffers[index].Commit(record, 0, false);
        return 0;
    }

    private protected override uint NumberOf(uint index, ulong slot) => (uint)slot;

    private protected override Errno SetNumber(uint index, uint number) => Errno.EBADF; // a descriptor of the kernel means nothing here

    protected override void FreeMemory()
    {
        foreach (VmRingBuffer buffer in _buffers ?? []) buffer.Dispose();
        base.FreeMemory();
    }
}

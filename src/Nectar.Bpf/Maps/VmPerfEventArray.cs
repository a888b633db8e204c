// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>
/// Perf events by processor. A reader opens one buffer for each processor; until then output finds no event (ENOENT), as in a
/// kernel; a sample that finds no room is counted.
/// </summary>
internal sealed unsafe class VmPerfEventArray : VmSlotMap
{
    /// <summary><c>BPF_F_CURRENT_CPU</c>, also the mask of the index.</summary>
    internal const ulong CurrentCpu = 0xFFFFFFFF;

    private VmPerfRing[]? _buffers;
    private VmPerfMemory? _reader;

    internal VmPerfEventArray(MapDefinition definition, int cpuCount, VmMapOptions options)
        : base(definition, cpuCount, options)
    {
    }

    private protected override bool UsersCanLookUp => false;

    /// <summary>Makes the buffers. They stay when their reader is gone, and lose samples when full.</summary>
    /// <exception cref="InvalidOperationException">There are some already.</exception>
    internal override PerfMemory OpenPerf(PerfBufferOptions options)
    {
        if (options.IsOverwritable || options.HasTimestamps || options.Cpus is not null) throw new NotSupportedException("perf buffers of this process have no timestamps, are not written over, and listen to all processors");
        lock (Copier)
        {
            if (_buffers is not null) throw new InvalidOperationException($"perf event array '{Name}' is open already");
            VmPerfRing[] buffers = new VmPerfRing[Math.Min(CpuCount, (int)Math.Min(int.MaxValue, Header->MaxEntries))];
            for (int i = 0; i < buffers.Length; i++) buffers[i] = new VmPerfRing(Definition, i, (uint)options.BytesPerCpu);
            _reader = new VmPerfMemory(this, buffers);
            Volatile.Write(ref _buffers, buffers);
            return _reader;
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
        VmPerfRing[]? buffers = Volatile.Read(ref _buffers);
        if (buffers is null || index >= (ulong)buffers.Length) return -(long)Errno.ENOENT;
        if (index != cpu) return -(long)Errno.EOPNOTSUPP;
        long result = buffers[index].Output(data, size, context, contextSize, _reader!.IsPaused);
        if (result == 0) _reader.Wake();
        return result;
    }

    private protected override uint NumberOf(uint index, ulong slot) => (uint)slot;

    private protected override Errno SetNumber(uint index, uint number) => Errno.EBADF; // a descriptor of the kernel means nothing here

    protected override void FreeMemory()
    {
        foreach (VmPerfRing buffer in _buffers ?? []) buffer.Free();
        base.FreeMemory();
    }
}

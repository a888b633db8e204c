// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Maps;

/// <summary>How full a ring buffer is, read from its pages without consuming anything and without being its consumer.</summary>
/// <param name="Size">Bytes of the ring.</param>
/// <param name="Produced">Bytes ever reserved by producers.</param>
/// <param name="Consumed">Bytes ever given back by the consumer.</param>
public readonly record struct RingBufferState(long Size, ulong Produced, ulong Consumed)
{
    /// <summary>Bytes that wait for the consumer, headers included.</summary>
    public long Waiting => (long)(Produced - Consumed);

    /// <summary>Reads the state of a ring buffer or user ring buffer.</summary>
    /// <exception cref="Bpf.Diagnostics.KernelException">The map is no ring, or its pages cannot be mapped (NEC4061).</exception>
    public static unsafe RingBufferState Read(KernelMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        Bpf.Maps.ViewChecks.Type(map, "a ring buffer", MapType.RingBuf, MapType.UserRingBuf);
        int page = Environment.SystemPageSize;
        // The page of the consumer's position is the first, that of the producer's the second.
        nint memory = Libc.Mmap(0, (nuint)(2 * page), Libc.ProtRead, Libc.MapShared, map.Handle.Fd, 0);
        GC.KeepAlive(map);
        if (memory == Libc.MapFailed) throw Refusal.Make(KernelMapCodes.Mapping, $"map '{map.Name}'", "map its positions", "mmap", Libc.LastErrno);
        ulong consumed = Volatile.Read(ref *(ulong*)memory);
        ulong produced = Volatile.Read(ref *(ulong*)(memory + page)); // after the consumer's, so that the difference is never negative
        _ = Libc.Munmap(memory, (nuint)(2 * page));
        return new RingBufferState(map.Definition.MaxEntries, produced, consumed);
    }
}

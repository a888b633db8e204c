// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>A ring buffer of records of one type, shared by all processors, read in order by one reader. Kernel 5.8.</summary>
/// <typeparam name="T">The record.</typeparam>
/// <param name="byteSize">Bytes of the ring: a power of two, at least a page. A record takes 8 bytes more than its size, rounded up to 8.</param>
[MapType(27)]
public sealed unsafe partial class RingBuffer<T>([MaxEntries] int byteSize) : Map(MapType.RingBuf, 0, 0, byteSize)
    where T : unmanaged
{
    /// <summary>Reserves a record, if there is room: <c>using var record = Events.Reserve(); if (record) { … record.Submit(); }</c></summary>
    public Reservation<T> Reserve() => new(ref Unsafe.AsRef<T>(Raw.RingbufReserve(this, (ulong)sizeof(T), 0)));

    /// <summary>Reserves a record, if there is room.</summary>
    /// <param name="clear">True for zeros in place of the ring's old bytes.</param>
    public Reservation<T> Reserve(bool clear)
    {
        void* record = Raw.RingbufReserve(this, (ulong)sizeof(T), 0);
        if (clear && record != null) *(T*)record = default;
        return new Reservation<T>(ref Unsafe.AsRef<T>(record));
    }

    /// <summary>Copies a record into the ring. False if there is no room.</summary>
    public bool Output(in T record) => Raw.RingbufOutput(this, in record, (ulong)sizeof(T), 0) == 0;

    /// <summary>Copies a record into the ring.</summary>
    /// <returns>0, or a negative error number.</returns>
    public long Output(in T record, RingBufferWakeup wakeup) => Raw.RingbufOutput(this, in record, (ulong)sizeof(T), (ulong)wakeup);

    /// <summary>Bytes that wait to be read.</summary>
    public ulong Available => Bpf.RingbufQuery(this, 0);
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Nectar.Probes;

/// <summary>A reserved record of a ring buffer, or nothing. <see cref="Submit()"/> publishes it; <see cref="Dispose"/> discards it unless it was submitted.</summary>
public ref struct Reservation<T>
    where T : unmanaged
{
    private ref T _record;

    internal Reservation(ref T record) => _record = ref record;

    /// <summary>The record. Its bytes are whatever the ring held before unless it was reserved with <c>clear</c>.</summary>
    [UnscopedRef]
    public ref T Value => ref _record;

    /// <summary>True if there was no room, or if it was submitted.</summary>
    public readonly bool IsNull => Unsafe.IsNullRef(ref _record);

    /// <summary>True if there is a record.</summary>
    public static bool operator true(in Reservation<T> reservation) => !Unsafe.IsNullRef(ref reservation._record);

    /// <summary>True if there is none.</summary>
    public static bool operator false(in Reservation<T> reservation) => Unsafe.IsNullRef(ref reservation._record);

    /// <summary>True if there is none.</summary>
    public static bool operator !(in Reservation<T> reservation) => Unsafe.IsNullRef(ref reservation._record);

    /// <summary>Publishes the record; wakes the reader if it has caught up.</summary>
    public void Submit() => Submit(RingBufferWakeup.Auto);

    /// <summary>Publishes the record.</summary>
    /// <param name="wakeup">Whether to wake the reader.</param>
    public void Submit(RingBufferWakeup wakeup)
    {
        Raw.RingbufSubmit(ref _record, (ulong)wakeup);
        _record = ref Unsafe.NullRef<T>();
    }

    /// <summary>Discards the record unless it was submitted.</summary>
    public void Dispose()
    {
        if (Unsafe.IsNullRef(ref _record)) return;
        Raw.RingbufDiscard(ref _record, 0);
        _record = ref Unsafe.NullRef<T>();
    }
}

/// <summary>When a ring buffer's reader is woken.</summary>
public enum RingBufferWakeup : ulong
{
    /// <summary>If it has read everything before this record.</summary>
    Auto = 0,

    /// <summary>No (<c>BPF_RB_NO_WAKEUP</c>): with a later record, for less cost.</summary>
    Never = 1,

    /// <summary>Yes (<c>BPF_RB_FORCE_WAKEUP</c>).</summary>
    Always = 2,
}

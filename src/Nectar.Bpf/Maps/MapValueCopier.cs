// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;

namespace Nectar.Bpf.Maps;

/// <summary>
/// Copies values with the kernel's rules for special fields: an update leaves them as they are in the map
/// (<c>copy_map_value</c>), a copy for a user shows zeros, a deleted element's are cleared.
/// </summary>
internal sealed unsafe class MapValueCopier
{
    private readonly MapField[] _fields;
    private readonly uint _size;

    internal MapValueCopier(uint size, ReadOnlySpan<MapField> fields)
    {
        _size = size;
        _fields = fields.ToArray();
        Array.Sort(_fields, (a, b) => a.Offset.CompareTo(b.Offset));
        SpinLockOffset = -1;
        foreach (MapField field in _fields)
        {
            if (field.Kind is MapFieldKind.SpinLock or MapFieldKind.ResilientSpinLock) SpinLockOffset = (int)field.Offset;
        }
    }

    /// <summary>Where the value's lock is, or -1.</summary>
    internal int SpinLockOffset { get; }

    /// <summary>The special fields, by offset.</summary>
    internal ReadOnlySpan<MapField> Fields => _fields;

    /// <summary>Copies a value into the map; special fields of the target stay.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void CopyIn(byte* target, byte* source)
    {
        if (_fields.Length == 0)
        {
            if (_size == 8) *(ulong*)target = Unsafe.ReadUnaligned<ulong>(source); // one store: never seen half done
            else if (_size == 4) *(uint*)target = Unsafe.ReadUnaligned<uint>(source);
            else Unsafe.CopyBlockUnaligned(target, source, _size);
        }
        else
        {
            CopyAround(target, source);
        }
    }

    /// <summary>Copies a value in or out while holding the value's own spin lock (<c>BPF_F_LOCK</c>).</summary>
    internal void CopyInLocked(byte* target, byte* source)
    {
        int* word = (int*)(target + SpinLockOffset);
        SpinWord.Enter(word);
        CopyIn(target, source);
        SpinWord.Exit(word);
    }

    /// <summary>Copies a value for a user; special fields read as zero.</summary>
    internal void CopyOut(byte* target, byte* source, bool locked = false)
    {
        int* word = locked ? (int*)(source + SpinLockOffset) : null;
        if (locked) SpinWord.Enter(word);
        if (_size == 8) Unsafe.WriteUnaligned(target, *(ulong*)source);
        else if (_size == 4) Unsafe.WriteUnaligned(target, *(uint*)source);
        else Unsafe.CopyBlockUnaligned(target, source, _size);
        if (locked) SpinWord.Exit(word);
        Clear(target);
    }

    /// <summary>Zeroes the special fields of a value.</summary>
    internal void Clear(byte* value)
    {
        foreach (MapField field in _fields) Unsafe.InitBlockUnaligned(value + field.Offset, 0, field.Size);
    }

    private void CopyAround(byte* target, byte* source)
    {
        uint at = 0;
        foreach (MapField field in _fields)
        {
            if (field.Offset > at) Unsafe.CopyBlockUnaligned(target + at, source + at, field.Offset - at);
            at = field.Offset + field.Size;
        }

        if (_size > at) Unsafe.CopyBlockUnaligned(target + at, source + at, _size - at);
    }
}

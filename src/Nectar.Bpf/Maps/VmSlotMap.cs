// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>
/// Arrays of references (<c>fd_array</c> in the kernel): 8-byte slots at <see cref="MapHeader.Values"/> that running code
/// reads with one load, 0 when empty. Users put numbers in and read numbers out; derived classes turn them into references.
/// </summary>
internal abstract unsafe class VmSlotMap : VmMap
{
    private readonly ulong* _slots;

    protected VmSlotMap(MapDefinition definition, int cpuCount, VmMapOptions options)
        : base(definition, cpuCount, options)
    {
        _slots = (ulong*)MapMemory.Allocate(definition, (UInt128)definition.MaxEntries * sizeof(ulong));
        Header->Values = (byte*)_slots;
        Header->ElementStride = sizeof(ulong);
    }

    /// <summary>The errno of a look-up by a user, for types that give none back.</summary>
    private protected virtual bool UsersCanLookUp => true;

    /// <summary>What a slot holds; 0 if it is empty or beyond the end.</summary>
    internal ulong GetSlot(uint index) => index < Header->MaxEntries ? Volatile.Read(ref _slots[index]) : 0;

    /// <summary>Sets a slot and gives the one before.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such slot.</exception>
    internal ulong ExchangeSlot(uint index, ulong value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Header->MaxEntries);
        return Interlocked.Exchange(ref _slots[index], value);
    }

    internal override byte* LookupPointer(byte* key, uint cpu) => null;

    protected override long ProgramUpdate(byte* key, byte* value, ulong flags, uint cpu) => -(long)Errno.EINVAL; // the kernel's verifier refuses the call

    protected override long ProgramDelete(byte* key) => -(long)Errno.EINVAL;

    protected override Errno UserLookup(byte* key, byte* value, bool locked)
    {
        if (!UsersCanLookUp) return Errno.ENOTSUPP;
        ulong slot = GetSlot(*(uint*)key);
        if (slot == 0) return Errno.ENOENT;
        *(uint*)value = NumberOf(*(uint*)key, slot);
        return Errno.None;
    }

    protected override Errno UserUpdate(byte* key, byte* value, MapUpdateFlags flags)
    {
        if (flags != MapUpdateFlags.Any) return Errno.EINVAL;
        return *(uint*)key >= Header->MaxEntries ? Errno.E2BIG : SetNumber(*(uint*)key, *(uint*)value);
    }

    protected override Errno UserDelete(byte* key)
    {
        if (*(uint*)key >= Header->MaxEntries) return Errno.E2BIG;
        return ClearSlot(*(uint*)key) ? Errno.None : Errno.ENOENT;
    }

    protected override Errno UserNextKey(byte* key, byte* next) => VmArrayMap.NextIndex(key, next, Header->MaxEntries);

    protected override void FreeMemory() => NativeBlocks.Free(_slots);

    /// <summary>The number that a user sees for a reference.</summary>
    private protected abstract uint NumberOf(uint index, ulong slot);

    /// <summary>Puts what a user's number stands for into a slot that exists.</summary>
    private protected abstract Errno SetNumber(uint index, uint number);

    /// <summary>Empties a slot that exists; false if it was empty.</summary>
    private protected virtual bool ClearSlot(uint index) => ExchangeSlot(index, 0) != 0;
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <content>Updates, deletes and evictions.</content>
internal sealed unsafe partial class VmHashMap
{
    /// <summary>Called with the value of each element that leaves the map, before its memory can be used again.</summary>
    internal Action<nint>? ElementLeft { get; set; }

    protected override long ProgramUpdate(byte* key, byte* value, ulong flags, uint cpu) => -(long)Update(key, value, (MapUpdateFlags)flags, (int)cpu);

    protected override Errno UserUpdate(byte* key, byte* value, MapUpdateFlags flags) => Update(key, value, flags, -1);

    protected override long ProgramDelete(byte* key) => -(long)UserDelete(key);

    protected override Errno UserDelete(byte* key) => Remove(key, null);

    protected override Errno UserLookupAndDelete(byte* key, byte* value) => Remove(key, value);

    /// <param name="key">The key.</param>
    /// <param name="value">One value, or one for each processor.</param>
    /// <param name="flags">The caller's flags.</param>
    /// <param name="cpu">The processor of the program that writes, or -1 if a user writes all values.</param>
    internal Errno Update(byte* key, byte* value, MapUpdateFlags flags, int cpu)
    {
        bool locked = (flags & MapUpdateFlags.Lock) != 0;
        MapUpdateFlags wish = flags & ~MapUpdateFlags.Lock;
        if (wish > MapUpdateFlags.Exist || (locked && (IsPerCpu || Copier.SpinLockOffset < 0))) return Errno.EINVAL;
        uint hash = MapHash.Compute(key, _keySize, _seed);
        ElementPool pool = _pools.Length == 1 ? _pools[0] : _pools[(uint)Math.Max(cpu, 0) % (uint)_pools.Length];
        while (true)
        {
            Errno result = TryUpdate(key, value, hash, wish, locked, cpu, pool);
            if (result != Errno.EAGAIN) return result;
        }
    }

    /// <returns><see cref="Errno.EAGAIN"/> if the key was there, but was evicted before its stripe was locked.</returns>
    private Errno TryUpdate(byte* key, byte* value, uint hash, MapUpdateFlags wish, bool locked, int cpu, ElementPool pool)
    {
        bool reserved = false;
        if (IsLru && Find(key, hash, out _) < 0)
        {
            if (wish == MapUpdateFlags.Exist) return Errno.ENOENT;
            reserved = ReserveByEviction(pool); // before the stripe is locked: a victim's stripe may be any
            if (!reserved) return Errno.ENOMEM;
        }

        int* stripe = LockOf(hash);
        SpinWord.Enter(stripe);
        Errno result = UpdateLocked(key, value, hash, wish, locked, cpu, pool, ref reserved);
        SpinWord.Exit(stripe);
        if (reserved) pool.Unreserve(); // the key appeared meanwhile, or there was no element
        return result;
    }

    private Errno UpdateLocked(byte* key, byte* value, uint hash, MapUpdateFlags wish, bool locked, int cpu, ElementPool pool, ref bool reserved)
    {
        int old = FindLocked(key, hash, out uint* link);
        if (old >= 0)
        {
            if (wish == MapUpdateFlags.NoExist) return Errno.EEXIST;
            if (locked || IsPerCpu)
            {
                if (locked) Copier.CopyInLocked(Value((uint)old, 0), value);
                else CopyInPerCpu((uint)old, value, cpu);
                if (_referenced is not null) _referenced[old] = 1;
                return Errno.None;
            }

            int replacement = PoolOf((uint)old).TryTake();
            if (replacement < 0) return Errno.ENOMEM;
            Fill((uint)replacement, key, value, hash, cpu);
            *(uint*)Element((uint)replacement) = Next((uint)old);
            Volatile.Write(ref *link, (uint)replacement);
            VersionOf(hash)++;
            Recycle((uint)old); // still under the lock: so no more spare elements are on the way than there are stripes
            return Errno.None;
        }

        if (wish == MapUpdateFlags.Exist) return Errno.ENOENT;
        if (!reserved && (IsLru || !pool.TryReserve())) return IsLru ? Errno.EAGAIN : Errno.E2BIG;
        reserved = true;
        int index = pool.TryTake();
        if (index < 0) return Errno.ENOMEM;
        reserved = false; // it is used: the count stays
        Fill((uint)index, key, value, hash, cpu);
        ref uint head = ref _buckets[hash >> _shift];
        *(uint*)Element((uint)index) = head;
        Volatile.Write(ref head, (uint)index);
        return Errno.None;
    }

    private Errno Remove(byte* key, byte* value)
    {
        uint hash = MapHash.Compute(key, _keySize, _seed);
        int* stripe = LockOf(hash);
        SpinWord.Enter(stripe);
        int index = FindLocked(key, hash, out uint* link);
        if (index >= 0)
        {
            if (value is not null) CopyOut((uint)index, value, false);
            Unlink((uint)index, link, hash);
        }

        SpinWord.Exit(stripe);
        if (index < 0) return Errno.ENOENT;
        ElementPool pool = PoolOf((uint)index);
        Recycle((uint)index);
        pool.Unreserve();
        return Errno.None;
    }

    private void Unlink(uint index, uint* link, uint hash)
    {
        Volatile.Write(ref *link, Next(index));
        VersionOf(hash)++;
    }

    /// <summary>Gives an element back that was unlinked and whose stripe's version has grown.</summary>
    private void Recycle(uint index)
    {
        ElementLeft?.Invoke((nint)Value(index, 0));
        if (Copier.Fields.Length != 0)
        {
            for (uint cpu = 0; cpu < (uint)_valueCopies; cpu++) Copier.Clear(Value(index, cpu));
        }

        PoolOf(index).Return(index);
    }

    /// <summary>Writes an element that no reader can reach through a chain.</summary>
    private void Fill(uint index, byte* key, byte* value, uint hash, int cpu)
    {
        byte* element = Element(index);
        Unsafe.CopyBlockUnaligned(element + 8, key, _keySize);
        if (!IsPerCpu)
        {
            Copier.CopyIn(Value(index, 0), value);
        }
        else
        {
            if (cpu >= 0)
            {
                // a program's new element shows zeros to all other processors
                for (uint i = 0; i < CpuCount; i++) Unsafe.InitBlockUnaligned(Value(index, i), 0, Header->ValueSize);
            }

            CopyInPerCpu(index, value, cpu);
        }

        if (_referenced is not null) _referenced[index] = 0;
        Volatile.Write(ref *(uint*)(element + 4), hash);
    }

    private void CopyInPerCpu(uint index, byte* value, int cpu)
    {
        if (cpu >= 0)
        {
            Copier.CopyIn(Value(index, (uint)cpu), value);
            return;
        }

        uint stride = MapMemory.Round8(Header->ValueSize);
        for (uint i = 0; i < CpuCount; i++) Copier.CopyIn(Value(index, i), value + (i * stride));
    }

    /// <summary>Counts one more element in an LRU map, evicting as long as it is full.</summary>
    private bool ReserveByEviction(ElementPool pool)
    {
        for (int tries = 0; tries < 1000; tries++)
        {
            if (pool.TryReserve()) return true;
            Evict(pool);
        }

        return false;
    }

    /// <summary>
    /// Second chance: the hand goes round, takes the mark of use from the elements that have it, and the first one without it
    /// leaves. Near to the kernel's active and inactive lists, without moving anything when an element is used.
    /// </summary>
    private void Evict(ElementPool pool)
    {
        int victim = -1;
        lock (pool.ClockLock)
        {
            uint count = pool.Touched;
            for (ulong step = 0; step < 2 * (ulong)count && victim < 0; step++)
            {
                uint index = pool.First + pool.Hand;
                pool.Hand = pool.Hand + 1 >= count ? 0 : pool.Hand + 1;
                if (_referenced[index] != 0) _referenced[index] = 0;
                else if (TryUnlink(index)) victim = (int)index;
            }
        }

        if (victim < 0) return; // all are in other threads' hands: they will be there for the next try
        Recycle((uint)victim);
        pool.Unreserve();
    }

    /// <summary>Takes an element out of its chain, if it is in one.</summary>
    private bool TryUnlink(uint index)
    {
        uint hash = Volatile.Read(ref *(uint*)(Element(index) + 4)); // a free element's is a link: no chain leads to it there
        int* stripe = LockOf(hash);
        SpinWord.Enter(stripe);
        uint* link = _buckets + (hash >> _shift);
        while ((int)*link >= 0 && *link != index) link = (uint*)Element(*link);
        bool found = *link == index;
        if (found) Unlink(index, link, hash);
        SpinWord.Exit(stripe);
        return found;
    }

    private byte* Element(uint index) => _elements + ((ulong)index * _stride);

    private ElementPool PoolOf(uint index)
    {
        if (_pools.Length == 1) return _pools[0];
        uint perPool = _pools[1].First;
        return _pools[index / perPool];
    }
}

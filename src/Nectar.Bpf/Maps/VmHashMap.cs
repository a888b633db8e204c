// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>
/// Hash maps: plain, per-CPU, LRU, and the index of a hash of maps. Memory is laid out as <see cref="MapHeader"/> says. Readers take no lock:
/// <list type="bullet">
/// <item>a new element is complete before the store that links it, at the head of its chain;</item>
/// <item>an update puts a new element into the old one's place with one store, so that a reader finds one or the other;</item>
/// <item>a freed element keeps its next field until it is used again, so that a reader standing on it gets back to the chain;</item>
/// <item>before it can be used again the stripe's version grows, so that a reader who found nothing learns that it may have
/// been led astray, and looks again. A reader who found its key needs no such test.</item>
/// </list>
/// Writers hold the lock of their bucket's stripe. This file finds; the other part changes.
/// </summary>
internal sealed unsafe partial class VmHashMap : VmMap
{
    private const uint MaxStripes = 64;
    private const uint Mark = 0x80000000;

    private readonly byte* _elements;
    private readonly uint* _buckets;
    private readonly byte* _stripes;
    private readonly byte* _referenced;
    private readonly uint _keySize;
    private readonly uint _valueOffset;
    private readonly uint _stride;
    private readonly ulong _cpuStride;
    private readonly uint _bucketCount;
    private readonly uint _stripeMask;
    private readonly int _shift;
    private readonly uint _seed;
    private readonly int _valueCopies;
    private readonly ElementPool[] _pools;
    private readonly MapRegion[] _regions;

    /// <param name="definition">A validated definition.</param>
    /// <param name="cpuCount">Processors.</param>
    /// <param name="options">What the definition does not say.</param>
    internal VmHashMap(MapDefinition definition, int cpuCount, VmMapOptions options)
        : base(definition, cpuCount, options)
    {
        IsLru = definition.Type is MapType.LruHash or MapType.LruPerCpuHash;
        uint pools = IsLru && (definition.Flags & MapFlags.NoCommonLru) != 0 ? (uint)cpuCount : 1;
        uint perPool = definition.MaxEntries / pools;
        if (perPool * pools < definition.MaxEntries && perPool < uint.MaxValue / pools) perPool++; // the kernel rounds up to whole lists
        _keySize = definition.KeySize;
        _valueOffset = 8 + MapMemory.Round8(_keySize);
        _stride = _valueOffset + MapMemory.Round8(definition.ValueSize);
        _bucketCount = Math.Max(2, BitOperations.RoundUpToPowerOf2(definition.MaxEntries));
        uint stripes = Math.Min(MaxStripes, _bucketCount);
        _stripeMask = stripes - 1;
        _shift = 32 - BitOperations.Log2(_bucketCount);
        _valueCopies = IsPerCpu ? cpuCount : 1;
        ulong perPoolElements = (ulong)perPool + stripes;
        ulong elements = perPoolElements * pools;
        ulong slab = elements * _stride;
        if (_bucketCount == 0 || elements >= Mark) throw MapCodes.Refuse(MapCodes.Memory, definition, Errno.E2BIG, "more elements than a hash map can number");
        if (IsPerCpu && slab > uint.MaxValue) throw MapCodes.Refuse(MapCodes.Memory, definition, Errno.ENOMEM, "the values of one processor need more than 4 GiB");

        // Every processor's values have the layout of the first one's elements: one stride reaches them all, at the price of the
        // key's bytes unused for each further processor.
        _cpuStride = IsPerCpu ? slab : 0;
        _elements = MapMemory.Allocate(definition, (UInt128)slab * (uint)_valueCopies);
        _buckets = (uint*)MapMemory.Allocate(definition, (UInt128)_bucketCount * sizeof(uint));
        _stripes = MapMemory.Allocate(definition, stripes * MapHeader.StripeSize);
        for (uint i = 0; i < _bucketCount; i++) _buckets[i] = Mark | i;
        _pools = new ElementPool[pools];
        for (uint i = 0; i < pools; i++) _pools[i] = new ElementPool(_elements, _stride, (uint)(i * perPoolElements), perPool, stripes);
        if (IsLru) _referenced = MapMemory.Allocate(definition, elements);
        _seed = (definition.Flags & MapFlags.ZeroSeed) != 0 ? 0 : options.HashSeed ?? (uint)Random.Shared.NextInt64();
        _regions = [new MapRegion((ulong)_elements, slab * (uint)_valueCopies, _stride, _valueOffset, definition.ValueSize, definition.IsReadOnlyToPrograms)];

        Header->Values = _elements;
        Header->ElementStride = _stride;
        Header->Buckets = _buckets;
        Header->HashShift = _shift;
        Header->HashSeed = _seed;
        Header->ValueOffset = _valueOffset;
        Header->CpuStride = (uint)_cpuStride;
        Header->Stripes = _stripes;
        Header->StripeMask = _stripeMask;
        Header->Referenced = _referenced;
    }

    internal override ReadOnlySpan<MapRegion> Regions => _regions;

    /// <summary>True if a full map gives up its least recently used element.</summary>
    internal bool IsLru { get; }

    /// <summary>Elements in the map now.</summary>
    internal int Count
    {
        get
        {
            int count = 0;
            foreach (ElementPool pool in _pools) count += pool.Count;
            return count;
        }
    }

    internal override byte* LookupPointer(byte* key, uint cpu)
    {
        int index = Find(key, MapHash.Compute(key, _keySize, _seed), out _);
        if (index < 0) return null;
        if (_referenced is not null) _referenced[index] = 1;
        return Value((uint)index, cpu);
    }

    protected override Errno UserLookup(byte* key, byte* value, bool locked)
    {
        uint hash = MapHash.Compute(key, _keySize, _seed);
        for (int tries = 0; tries < 32; tries++)
        {
            int index = Find(key, hash, out uint version);
            if (index < 0) return Errno.ENOENT;
            CopyOut((uint)index, value, locked);
            Interlocked.MemoryBarrier(); // the copy before the second look at the version
            if (Volatile.Read(ref VersionOf(hash)) == version) return Errno.None; // else the element may have been used again while it was copied
        }

        int* stripe = LockOf(hash);
        SpinWord.Enter(stripe);
        int found = FindLocked(key, hash, out _);
        if (found >= 0) CopyOut((uint)found, value, locked);
        SpinWord.Exit(stripe);
        return found >= 0 ? Errno.None : Errno.ENOENT;
    }

    protected override Errno UserNextKey(byte* key, byte* next)
    {
        uint bucket = 0;
        if (key is not null)
        {
            uint hash = MapHash.Compute(key, _keySize, _seed);
            int* stripe = LockOf(hash);
            SpinWord.Enter(stripe);
            int index = FindLocked(key, hash, out _);
            uint following = index >= 0 ? Next((uint)index) : Mark;
            if ((int)following >= 0) Unsafe.CopyBlockUnaligned(next, Key(following), _keySize);
            SpinWord.Exit(stripe);
            if ((int)following >= 0) return Errno.None;
            if (index >= 0) bucket = (hash >> _shift) + 1; // an unknown key starts again, as in the kernel
        }

        for (; bucket < _bucketCount; bucket++)
        {
            if ((int)Volatile.Read(ref _buckets[bucket]) < 0) continue;
            int* stripe = LockOfBucket(bucket);
            SpinWord.Enter(stripe);
            uint first = _buckets[bucket];
            if ((int)first >= 0) Unsafe.CopyBlockUnaligned(next, Key(first), _keySize);
            SpinWord.Exit(stripe);
            if ((int)first >= 0) return Errno.None;
        }

        return Errno.ENOENT;
    }

    internal override long ForEach(delegate*<VmMap, byte*, byte*, nint, long> callback, nint state, uint cpu)
    {
        const int OnStack = 64;
        uint* few = stackalloc uint[OnStack];
        uint[]? many = null;
        long visited = 0;
        for (uint bucket = 0; bucket < _bucketCount; bucket++)
        {
            if ((int)Volatile.Read(ref _buckets[bucket]) < 0) continue;
            Span<uint> chain = new(few, OnStack);
            int count = Snapshot(bucket, chain);
            while (count > chain.Length) // a chain this long means an unlucky seed or an attacker: still correct
            {
                chain = many = new uint[count * 2];
                count = Snapshot(bucket, chain);
            }

            foreach (uint index in chain[..count])
            {
                if (!IsLinked(bucket, index)) continue; // deleted by the callback or by someone else meanwhile
                visited++;
                if (callback(this, Key(index), Value(index, cpu), state) != 0) return visited;
            }
        }

        return visited;
    }

    /// <inheritdoc/>
    public override Errno LookupBatch(MapCursor cursor, Span<byte> keys, Span<byte> values, out int count) => Batch(cursor, keys, values, false, out count);

    /// <inheritdoc/>
    public override Errno LookupAndDeleteBatch(MapCursor cursor, Span<byte> keys, Span<byte> values, out int count) => Batch(cursor, keys, values, true, out count);

    /// <summary>Whole buckets, each under its lock: what one call shows of a bucket was there at one moment.</summary>
    private Errno Batch(MapCursor cursor, Span<byte> keys, Span<byte> values, bool remove, out int count)
    {
        ArgumentNullException.ThrowIfNull(cursor);
        count = 0;
        if ((Definition.Flags & MapFlags.WriteOnly) != 0 || (remove && (IsFrozen || (Definition.Flags & MapFlags.ReadOnly) != 0))) return Errno.EPERM;
        int valueSize = UserValueSize;
        int room = Math.Min(keys.Length / (int)_keySize, values.Length / valueSize);
        fixed (byte* k = keys, v = values)
        {
            for (; cursor.Position < _bucketCount; cursor.Position++)
            {
                uint bucket = cursor.Position;
                if ((int)Volatile.Read(ref _buckets[bucket]) < 0) continue;
                int* stripe = LockOfBucket(bucket);
                SpinWord.Enter(stripe);
                int length = 0;
                for (uint at = _buckets[bucket]; (int)at >= 0; at = Next(at)) length++;
                if (length > room - count)
                {
                    SpinWord.Exit(stripe);
                    return count == 0 ? Errno.ENOSPC : Errno.None;
                }

                for (uint at = _buckets[bucket]; (int)at >= 0; at = Next(at), count++)
                {
                    Unsafe.CopyBlockUnaligned(k + ((long)count * _keySize), Key(at), _keySize);
                    CopyOut(at, v + ((long)count * valueSize), false);
                }

                while (remove && (int)_buckets[bucket] >= 0)
                {
                    uint first = _buckets[bucket];
                    Unlink(first, _buckets + bucket, bucket << _shift);
                    Recycle(first);
                    PoolOf(first).Unreserve();
                }

                SpinWord.Exit(stripe);
            }
        }

        cursor.IsAtEnd = true;
        return Errno.ENOENT;
    }

    /// <summary>The indices of the elements in a bucket at one moment.</summary>
    /// <returns>How many there are, also if they did not all fit.</returns>
    private int Snapshot(uint bucket, Span<uint> indices)
    {
        int* stripe = LockOfBucket(bucket);
        SpinWord.Enter(stripe);
        int count = 0;
        for (uint at = _buckets[bucket]; (int)at >= 0; at = Next(at), count++)
        {
            if (count < indices.Length) indices[count] = at;
        }

        SpinWord.Exit(stripe);
        return count;
    }

    private bool IsLinked(uint bucket, uint index)
    {
        int* stripe = LockOfBucket(bucket);
        SpinWord.Enter(stripe);
        uint at = _buckets[bucket];
        while ((int)at >= 0 && at != index) at = Next(at);
        SpinWord.Exit(stripe);
        return at == index;
    }

    /// <summary>Finds an element without a lock.</summary>
    /// <param name="key">The key.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="version">The stripe's version before the walk.</param>
    /// <returns>The element's index, or -1.</returns>
    private int Find(byte* key, uint hash, out uint version)
    {
        uint bucket = hash >> _shift;
        while (true)
        {
            version = Volatile.Read(ref VersionOf(hash));
            uint at = Volatile.Read(ref _buckets[bucket]);
            while ((int)at >= 0)
            {
                byte* element = _elements + ((ulong)at * _stride);
                if (*(uint*)(element + 4) == hash && KeyEquals(element + 8, key)) return (int)at;
                at = Volatile.Read(ref *(uint*)element);
            }

            if (at == (Mark | bucket) && Volatile.Read(ref VersionOf(hash)) == version) return -1;
        }
    }

    /// <summary>Finds an element while its stripe is locked, and the field that links it.</summary>
    private int FindLocked(byte* key, uint hash, out uint* link)
    {
        link = _buckets + (hash >> _shift);
        while ((int)*link >= 0)
        {
            byte* element = _elements + ((ulong)*link * _stride);
            if (*(uint*)(element + 4) == hash && KeyEquals(element + 8, key)) return (int)*link;
            link = (uint*)element;
        }

        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool KeyEquals(byte* stored, byte* key) => _keySize switch
    {
        4 => *(uint*)stored == *(uint*)key,
        8 => *(ulong*)stored == *(ulong*)key,
        _ => new ReadOnlySpan<byte>(stored, (int)_keySize).SequenceEqual(new ReadOnlySpan<byte>(key, (int)_keySize)),
    };

    private uint Next(uint index) => Volatile.Read(ref *(uint*)(_elements + ((ulong)index * _stride)));

    private byte* Key(uint index) => _elements + ((ulong)index * _stride) + 8;

    private byte* Value(uint index, uint cpu) => _elements + ((ulong)index * _stride) + _valueOffset + (cpu * _cpuStride);

    private int* LockOf(uint hash) => LockOfBucket(hash >> _shift);

    private int* LockOfBucket(uint bucket) => (int*)(_stripes + ((bucket & _stripeMask) * MapHeader.StripeSize));

    private ref uint VersionOf(uint hash) => ref *(uint*)(_stripes + (((hash >> _shift) & _stripeMask) * MapHeader.StripeSize) + MapHeader.StripeVersion);

    private void CopyOut(uint index, byte* value, bool locked)
    {
        if (!IsPerCpu)
        {
            Copier.CopyOut(value, Value(index, 0), locked);
            return;
        }

        uint stride = MapMemory.Round8(Header->ValueSize);
        new Span<byte>(value, UserValueSize).Clear();
        for (uint cpu = 0; cpu < CpuCount; cpu++) Copier.CopyOut(value + (cpu * stride), Value(index, cpu));
    }

    protected override void FreeMemory()
    {
        NativeBlocks.Free(_elements);
        NativeBlocks.Free(_buckets);
        NativeBlocks.Free(_stripes);
        NativeBlocks.Free(_referenced);
    }
}

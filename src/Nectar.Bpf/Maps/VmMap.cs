// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>A range of native memory that programs may touch, made of equal elements.</summary>
/// <param name="Start">Address of the first element.</param>
/// <param name="Length">Bytes in all.</param>
/// <param name="Stride">Bytes from one element to the next.</param>
/// <param name="Offset">Where in an element the accessible bytes begin.</param>
/// <param name="Size">How many bytes of an element are accessible.</param>
/// <param name="IsReadOnly">True if programs may only read.</param>
internal readonly record struct MapRegion(ulong Start, ulong Length, uint Stride, uint Offset, uint Size, bool IsReadOnly);

/// <summary>
/// A map of the machine in this process. Element memory is native, allocated once and never moved or freed before the map
/// is, so that pointers held by running programs stay valid; what programs call takes pointers, what users call takes spans.
/// </summary>
internal abstract unsafe class VmMap : BpfMap
{
    private static readonly ConcurrentDictionary<uint, WeakReference<VmMap>> s_byId = new();
    private static uint s_lastId;

    private GCHandle _handle;
    private int _references = 1;
    private bool _disposed;
    private volatile bool _frozen;

    /// <summary>Makes the header; the derived class fills in where elements are.</summary>
    /// <param name="definition">What to make.</param>
    /// <param name="cpuCount">Processors that per-CPU maps have values for.</param>
    /// <param name="options">What the definition does not say.</param>
    protected VmMap(MapDefinition definition, int cpuCount, VmMapOptions? options = null)
        : base(definition)
    {
        CpuCount = cpuCount;
        Options = options ?? VmMapOptions.Default;
        Copier = new MapValueCopier(definition.ValueSize, Options.Fields);
        Header = (MapHeader*)NativeBlocks.Allocate((nuint)sizeof(MapHeader));
        _handle = GCHandle.Alloc(this, GCHandleType.Weak);
        Header->Magic = MapHeader.MagicNumber;
        Header->Type = (uint)definition.Type;
        Header->KeySize = definition.KeySize;
        Header->ValueSize = definition.ValueSize;
        Header->MaxEntries = definition.MaxEntries;
        Header->Owner = GCHandle.ToIntPtr(_handle);
        Id = Interlocked.Increment(ref s_lastId);
        Header->Id = Id;
        s_byId[Id] = new WeakReference<VmMap>(this);
    }

    /// <summary>The map's handle in registers.</summary>
    internal MapHeader* Header { get; private set; }

    /// <summary>Processors that per-CPU maps have values for.</summary>
    internal int CpuCount { get; }

    /// <summary>Numbers the map in this process; what a look-up in a map of maps shows to users.</summary>
    internal uint Id { get; }

    /// <summary>What the map was made with.</summary>
    internal VmMapOptions Options { get; }

    /// <summary>Copies values in and out.</summary>
    internal MapValueCopier Copier { get; }

    /// <inheritdoc/>
    public override int UserValueSize => IsPerCpu ? (int)MapMemory.Round8(Definition.ValueSize) * CpuCount : (int)Definition.ValueSize;

    /// <inheritdoc/>
    public override bool IsFrozen => _frozen;

    /// <summary>The memory that programs may touch through pointers that this map gave them.</summary>
    internal virtual ReadOnlySpan<MapRegion> Regions => [];

    /// <summary>True if each processor has a value of its own.</summary>
    internal bool IsPerCpu => Definition.Type is MapType.PerCpuArray or MapType.PerCpuHash or MapType.LruPerCpuHash or MapType.PerCpuCgroupStorage;

    /// <summary><c>bpf_map_lookup_elem</c>: the address of the value (for maps of maps: the inner map's header), or null.</summary>
    internal abstract byte* LookupPointer(byte* key, uint cpu);

    /// <summary><c>bpf_map_update_elem</c>: 0 or a negative errno.</summary>
    internal long UpdateFromProgram(byte* key, byte* value, ulong flags, uint cpu) =>
        (Definition.Flags & MapFlags.ReadOnlyProgram) != 0 ? -(long)Errno.EPERM : ProgramUpdate(key, value, flags, cpu);

    /// <summary><c>bpf_map_delete_elem</c>: 0 or a negative errno.</summary>
    internal long DeleteFromProgram(byte* key) =>
        (Definition.Flags & MapFlags.ReadOnlyProgram) != 0 ? -(long)Errno.EPERM : ProgramDelete(key);

    /// <summary><c>bpf_map_push_elem</c>: 0 or a negative errno. Queues, stacks and bloom filters.</summary>
    internal virtual long Push(byte* value, ulong flags) => -(long)Errno.EOPNOTSUPP;

    /// <summary><c>bpf_map_pop_elem</c>: 0 or a negative errno. Queues and stacks.</summary>
    internal virtual long Pop(byte* value) => -(long)Errno.EOPNOTSUPP;

    /// <summary><c>bpf_map_peek_elem</c>: 0 or a negative errno. Queues, stacks, and bloom filters, which read the value.</summary>
    internal virtual long Peek(byte* value) => -(long)Errno.EOPNOTSUPP;

    /// <summary><c>bpf_for_each_map_elem</c> for arrays and hashes, per-CPU ones with the values of one processor.</summary>
    /// <param name="callback">Gets the map, the key, the value and <paramref name="state"/>; anything but 0 ends the walk.</param>
    /// <param name="state">Handed through.</param>
    /// <param name="cpu">Whose values.</param>
    /// <returns>How many elements were visited, or a negative errno.</returns>
    internal virtual long ForEach(delegate*<VmMap, byte*, byte*, nint, long> callback, nint state, uint cpu) => -(long)Errno.EINVAL;

    /// <summary>The inner map in a slot of a map of maps, or the map in general behind a pointer that <see cref="LookupPointer"/> gave.</summary>
    internal static VmMap? FromHeader(MapHeader* header) => GCHandle.FromIntPtr(header->Owner).Target as VmMap;

    /// <summary>Finds a live map by its <see cref="Id"/>.</summary>
    internal static VmMap? FromId(uint id) => s_byId.TryGetValue(id, out WeakReference<VmMap>? weak) && weak.TryGetTarget(out VmMap? map) ? map : null;

    /// <summary>Keeps the memory alive beyond <see cref="BpfMap.Dispose()"/>: each call needs one <see cref="Release"/>.</summary>
    internal void Retain() => Interlocked.Increment(ref _references);

    /// <summary>Gives a reference back; the last one frees the memory.</summary>
    internal void Release()
    {
        if (Interlocked.Decrement(ref _references) != 0) return;
        s_byId.TryRemove(Id, out _);
        FreeMemory();
        _handle.Free();
        Header->Magic = 0;
        NativeBlocks.Free(Header);
        Header = null;
    }

    /// <inheritdoc/>
    public sealed override Errno Lookup(ReadOnlySpan<byte> key, Span<byte> value) => Lookup(key, value, MapUpdateFlags.Any);

    /// <inheritdoc/>
    public sealed override Errno Lookup(ReadOnlySpan<byte> key, Span<byte> value, MapUpdateFlags flags)
    {
        if (Check(key.Length, MapFlags.WriteOnly, flags) is var errno && errno != Errno.None) return errno;
        if ((flags & ~MapUpdateFlags.Lock) != 0 || value.Length < UserValueSize) return Errno.EINVAL;
        fixed (byte* k = key, v = value) return UserLookup(k, v, (flags & MapUpdateFlags.Lock) != 0);
    }

    /// <inheritdoc/>
    public sealed override Errno Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        if (Check(key.Length, MapFlags.ReadOnly, flags) is var errno && errno != Errno.None) return errno;
        if (value.Length < UserValueSize) return Errno.EINVAL;
        fixed (byte* k = key, v = value) return UserUpdate(k, v, flags);
    }

    /// <inheritdoc/>
    public sealed override Errno Delete(ReadOnlySpan<byte> key)
    {
        if (Check(key.Length, MapFlags.ReadOnly, 0) is var errno && errno != Errno.None) return errno;
        fixed (byte* k = key) return UserDelete(k);
    }

    /// <inheritdoc/>
    public sealed override Errno LookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value)
    {
        if (Check(key.Length, MapFlags.ReadOnly | MapFlags.WriteOnly, 0) is var errno && errno != Errno.None) return errno;
        if (value.Length < UserValueSize) return Errno.EINVAL;
        fixed (byte* k = key, v = value) return UserLookupAndDelete(k, v);
    }

    /// <inheritdoc/>
    public sealed override Errno GetNextKey(ReadOnlySpan<byte> key, Span<byte> nextKey)
    {
        if (Check(key.IsEmpty ? (int)Definition.KeySize : key.Length, MapFlags.WriteOnly, 0) is var errno && errno != Errno.None) return errno;
        if (nextKey.Length < Definition.KeySize) return Errno.EINVAL;
        fixed (byte* k = key, n = nextKey) return UserNextKey(k, n);
    }

    /// <inheritdoc/>
    public override Errno Freeze()
    {
        if (_frozen || (Definition.Flags & MapFlags.ReadOnly) != 0) return Errno.EPERM; // freezing needs the right to write, which is gone
        _frozen = true;
        return Errno.None;
    }

    /// <summary>What programs' updates do.</summary>
    protected abstract long ProgramUpdate(byte* key, byte* value, ulong flags, uint cpu);

    /// <summary>What programs' deletes do.</summary>
    protected abstract long ProgramDelete(byte* key);

    /// <summary>A user's look-up; sizes and rights are checked, <paramref name="locked"/> only if the value has a lock.</summary>
    protected abstract Errno UserLookup(byte* key, byte* value, bool locked);

    /// <summary>A user's update; sizes and rights are checked, the flags beyond <see cref="MapUpdateFlags.Lock"/> are not.</summary>
    protected abstract Errno UserUpdate(byte* key, byte* value, MapUpdateFlags flags);

    /// <summary>A user's delete.</summary>
    protected abstract Errno UserDelete(byte* key);

    /// <summary>A user's look-up and delete; few types have it.</summary>
    protected virtual Errno UserLookupAndDelete(byte* key, byte* value) => Errno.ENOTSUPP;

    /// <summary>A user's step; a null key asks for the first.</summary>
    protected abstract Errno UserNextKey(byte* key, byte* next);

    /// <summary>Frees what the derived class allocated; nothing uses the map any more.</summary>
    protected abstract void FreeMemory();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!_disposed)
        {
            _disposed = true;
            Release();
        }

        base.Dispose(disposing);
    }

    /// <summary>The checks that every operation of a user begins with, in the kernel's order.</summary>
    private Errno Check(int keyLength, MapFlags forbidden, MapUpdateFlags flags)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if ((Definition.Flags & forbidden) != 0 || (_frozen && (forbidden & MapFlags.ReadOnly) != 0)) return Errno.EPERM;
        if ((flags & MapUpdateFlags.Lock) != 0 && Copier.SpinLockOffset < 0) return Errno.EINVAL;
        return keyLength == Definition.KeySize ? Errno.None : Errno.EINVAL;
    }
}

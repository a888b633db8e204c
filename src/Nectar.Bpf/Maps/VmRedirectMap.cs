// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>
/// What packets can be redirected to, by index: devices, processors, AF_XDP sockets, and the arrays of sockets. Targets are numbers
/// in this process; the machine records the decision. The types differ in what they answer, as in the kernel.
/// </summary>
internal sealed unsafe class VmRedirectMap : VmMap
{
    private const uint MaxCpuQueue = 16384;

    private readonly byte* _values;
    private readonly byte[] _present;
    private readonly MapRegion[] _regions;
    private readonly Lock _lock = new();

    internal VmRedirectMap(MapDefinition definition, int cpuCount, VmMapOptions options)
        : base(definition, cpuCount, options)
    {
        ulong size = (ulong)definition.MaxEntries * 8;
        _values = MapMemory.Allocate(definition, size);
        _present = new byte[definition.MaxEntries];
        _regions = definition.Type is MapType.DevMap or MapType.CpuMap ? [new MapRegion((ulong)_values, size, 8, 0, definition.ValueSize, true)] : [];
    }

    internal override ReadOnlySpan<MapRegion> Regions => _regions;

    /// <summary>The number at an index: an interface, a queue size, a socket.</summary>
    internal bool TryGetTarget(uint index, out ulong number)
    {
        bool found = index < Header->MaxEntries && Volatile.Read(ref _present[index]) != 0;
        number = found ? Header->ValueSize == 8 && Type is not MapType.DevMap and not MapType.CpuMap ? ((ulong*)_values)[index] : *(uint*)(_values + ((ulong)index * 8)) : 0;
        return found;
    }

    internal override byte* LookupPointer(byte* key, uint cpu) =>
        Type is MapType.DevMap or MapType.CpuMap && TryGetTarget(*(uint*)key, out _) ? _values + ((ulong)*(uint*)key * 8) : null;

    protected override long ProgramUpdate(byte* key, byte* value, ulong flags, uint cpu) => -(long)Errno.EINVAL;

    protected override long ProgramDelete(byte* key) => -(long)Errno.EINVAL;

    protected override Errno UserLookup(byte* key, byte* value, bool locked)
    {
        if (Type == MapType.XskMap) return Errno.EOPNOTSUPP;
        if (Type is MapType.SockMap or MapType.ReuseportSockArray && Header->ValueSize != 8) return Errno.ENOSPC; // a socket's cookie needs 8 bytes
        uint index = *(uint*)key;
        lock (_lock)
        {
            if (index >= Header->MaxEntries || _present[index] == 0) return Errno.ENOENT;
            new ReadOnlySpan<byte>(_values + ((ulong)index * 8), (int)Header->ValueSize).CopyTo(new Span<byte>(value, (int)Header->ValueSize));
            return Errno.None;
        }
    }

    protected override Errno UserUpdate(byte* key, byte* value, MapUpdateFlags flags)
    {
        if (flags > MapUpdateFlags.Exist) return Errno.EINVAL;
        uint index = *(uint*)key;
        if (index >= Header->MaxEntries) return Errno.E2BIG;
        bool arrayLike = Type is MapType.DevMap or MapType.CpuMap;
        if (arrayLike && flags == MapUpdateFlags.NoExist) return Errno.EEXIST;
        if (Type == MapType.CpuMap && *(uint*)value > MaxCpuQueue) return Errno.EOVERFLOW;
        lock (_lock)
        {
            bool exists = _present[index] != 0;
            if (!arrayLike && exists && flags == MapUpdateFlags.NoExist) return Errno.EEXIST;
            if (!arrayLike && !exists && flags == MapUpdateFlags.Exist) return Errno.ENOENT;
            ulong number = 0;
            new ReadOnlySpan<byte>(value, (int)Header->ValueSize).CopyTo(new Span<byte>(&number, 8));
            ((ulong*)_values)[index] = number;
            Volatile.Write(ref _present[index], (byte)(arrayLike && *(uint*)value == 0 ? 0 : 1)); // interface 0 or queue size 0 removes
            return Errno.None;
        }
    }

    protected override Errno UserDelete(byte* key)
    {
        uint index = *(uint*)key;
        if (index >= Header->MaxEntries) return Type == MapType.ReuseportSockArray ? Errno.E2BIG : Errno.EINVAL;
        lock (_lock)
        {
            bool exists = _present[index] != 0;
            Volatile.Write(ref _present[index], 0);
            return exists || Type is MapType.DevMap or MapType.CpuMap or MapType.XskMap ? Errno.None : Type == MapType.SockMap ? Errno.EINVAL : Errno.ENOENT;
        }
    }

    protected override Errno UserNextKey(byte* key, byte* next) => VmArrayMap.NextIndex(key, next, Header->MaxEntries);

    protected override void FreeMemory() => NativeBlocks.Free(_values);

    private MapType Type => Definition.Type;
}

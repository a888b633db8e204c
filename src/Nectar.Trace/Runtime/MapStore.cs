// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Maps;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Planning;
using Nectar.Trace.Reading;

namespace Nectar.Trace.Runtime;

/// <summary>One of the script's maps, in the kernel.</summary>
internal sealed class MapStore(PlannedMap planned, KernelMap map)
{
    private readonly int _keySize = (int)map.Definition.KeySize, _valueSize = (int)map.Definition.ValueSize;
    private bool _isZeroed; // an array's element that was set and is zero since: it is still there

    private int Stride => TraceType.Align(_valueSize, 8);

    private int Processors => map.IsPerCpu ? map.UserValueSize / Stride : 1;

    /// <summary>
    /// Where an array says that its element was ever set: behind the value, if there is room. Without that it is set if it is not zero.
    /// </summary>
    private int FlagOffset => TraceType.Align(Math.Max(1, planned.Map.ValueType.Size), 8);

    /// <summary>All elements.</summary>
    /// <exception cref="MapException">The map cannot be read.</exception>
    public RawMap Read()
    {
        if (planned.IsArray) return ReadArray();
        MemoryStream keys = new(), values = new();
        int count = 0, room = Math.Clamp((1 << 20) / (_keySize + map.UserValueSize), 16, 4096);
        byte[] someKeys = new byte[room * _keySize], someValues = new byte[room * map.UserValueSize];
        MapCursor cursor = new();
        while (true)
        {
            Errno errno = map.LookupBatch(cursor, someKeys, someValues, out int some);
            keys.Write(someKeys, 0, some * _keySize);
            values.Write(someValues, 0, some * map.UserValueSize);
            count += some;
            if (errno == Errno.None) continue;
            if (errno == Errno.ENOSPC)
            {
                room *= 4;
                someKeys = new byte[room * _keySize];
                someValues = new byte[room * map.UserValueSize];
                continue;
            }

            if (errno is Errno.ENOENT or Errno.EAGAIN) break; // at EAGAIN others change the map faster than it can be walked: what is there is shown
            throw new MapException(map, "walk", errno);
        }

        return new RawMap(count, keys.GetBuffer(), _keySize, values.GetBuffer(), map.UserValueSize, Processors, Stride);
    }

    /// <summary>The value of one key; null if it has none.</summary>
    public byte[]? Find(ReadOnlySpan<byte> key)
    {
        byte[] value = new byte[map.UserValueSize];
        return map.Lookup(key, value) == Errno.None ? value : null;
    }

    /// <summary>How the bytes of a value lie.</summary>
    public RawMap Shape(byte[] value) => new(1, default, 0, value, value.Length, Processors, Stride);

    /// <summary>Removes all elements.</summary>
    public void Clear()
    {
        if (planned.IsArray)
        {
            _isZeroed = false;
            _ = map.Update(stackalloc byte[4], new byte[map.UserValueSize]);
            return;
        }

        RawMap all = Read();
        for (int i = 0; i < all.Count; i++) _ = map.Delete(all.Keys.Span.Slice(i * _keySize, _keySize));
    }

    /// <summary>Sets all values to zero; keys stay.</summary>
    public void Zero()
    {
        byte[] zeros = new byte[map.UserValueSize];
        if (planned.IsArray)
        {
            _isZeroed |= ReadArray().Count != 0;
            if (HasFlag && map.Lookup(stackalloc byte[4], zeros) == Errno.None)
            {
                for (int cpu = 0; cpu < Processors; cpu++) zeros.AsSpan(cpu * Stride, FlagOffset).Clear();
            }

            _ = map.Update(stackalloc byte[4], zeros);
            return;
        }

        RawMap all = Read();
        for (int i = 0; i < all.Count; i++) _ = map.Update(all.Keys.Span.Slice(i * _keySize, _keySize), zeros, MapUpdateFlags.Exist);
    }

    private bool HasFlag => _valueSize >= FlagOffset + 8;

    private RawMap ReadArray()
    {
        byte[] value = new byte[map.UserValueSize];
        Errno errno = map.Lookup(stackalloc byte[4], value);
        if (errno != Errno.None) throw new MapException(map, "look-up", errno);
        bool isSet = _isZeroed && !HasFlag;
        for (int cpu = 0; cpu < Processors && !isSet; cpu++)
        {
            ReadOnlySpan<byte> one = value.AsSpan(cpu * Stride, _valueSize);
            isSet = HasFlag ? MemoryMarshal.Read<ulong>(one[FlagOffset..]) != 0 : one.ContainsAnyExcept((byte)0);
        }

        return new RawMap(isSet ? 1 : 0, default, 0, value, map.UserValueSize, Processors, Stride);
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers;
using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>A per-CPU map with one value for each processor.</summary>
/// <typeparam name="TKey">The key, laid out as in the program.</typeparam>
/// <typeparam name="TValue">One processor's value.</typeparam>
public sealed class PerCpuMapView<TKey, TValue> : IEnumerable<KeyValuePair<TKey, TValue[]>>
    where TKey : unmanaged
    where TValue : unmanaged
{
    private readonly BpfMap _map;
    private readonly int _stride;

    /// <summary>Makes a view.</summary>
    /// <exception cref="LoadException">A size differs from the map's, or the map is not per-CPU.</exception>
    public PerCpuMapView(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        ViewChecks.Size<TKey>(map, map.Definition.KeySize, "key");
        ViewChecks.Size<TValue>(map, map.Definition.ValueSize, "value");
        if (map.Definition.Type is not (MapType.PerCpuArray or MapType.PerCpuHash or MapType.LruPerCpuHash or MapType.PerCpuCgroupStorage))
        {
            throw new LoadException(Diagnostic.Error(MapCodes.View, $"map '{map.Name}' is a {map.Definition.Type}, which has no values per processor", "help: use MapView"));
        }

        _map = map;
        _stride = (int)MapMemory.Round8(map.Definition.ValueSize);
    }

    /// <summary>The map behind the view.</summary>
    public BpfMap Map => _map;

    /// <summary>Processors that the map has values for.</summary>
    public int CpuCount => _map.UserValueSize / _stride;

    /// <summary>Copies the values of all processors.</summary>
    public bool TryGet(TKey key, [NotNullWhen(true)] out TValue[]? values)
    {
        values = new TValue[CpuCount];
        if (TryGet(key, values.AsSpan())) return true;
        values = null;
        return false;
    }

    /// <summary>Copies the values of all processors, without allocating.</summary>
    /// <param name="key">The key.</param>
    /// <param name="values">Room for <see cref="CpuCount"/> values.</param>
    public bool TryGet(TKey key, Span<TValue> values)
    {
        if (values.Length < CpuCount) throw new ArgumentException($"room for {CpuCount} values is needed, one for each processor, not {values.Length}", nameof(values));
        if (Unsafe.SizeOf<TValue>() == _stride) return Found(_map.Lookup(ViewChecks.Bytes(ref key), MemoryMarshal.AsBytes(values)));
        byte[] bytes = ArrayPool<byte>.Shared.Rent(_map.UserValueSize);
        bool found = Found(_map.Lookup(ViewChecks.Bytes(ref key), bytes));
        for (int i = 0; found && i < CpuCount; i++) values[i] = MemoryMarshal.Read<TValue>(bytes.AsSpan(i * _stride));
        ArrayPool<byte>.Shared.Return(bytes);
        return found;
    }

    /// <summary>Sets the values of all processors.</summary>
    public void Set(TKey key, ReadOnlySpan<TValue> values, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        if (values.Length != CpuCount) throw new ArgumentException($"{CpuCount} values are needed, one for each processor, not {values.Length}", nameof(values));
        Errno errno;
        if (Unsafe.SizeOf<TValue>() == _stride)
        {
            errno = _map.Update(ViewChecks.Bytes(ref key), MemoryMarshal.AsBytes(values), flags);
            if (errno != Errno.None) throw new MapException(_map, "update", errno);
            return;
        }

        byte[] bytes = ArrayPool<byte>.Shared.Rent(_map.UserValueSize);
        Array.Clear(bytes); // what pads a value is copied as well
        for (int i = 0; i < values.Length; i++) MemoryMarshal.Write(bytes.AsSpan(i * _stride), in values[i]);
        errno = _map.Update(ViewChecks.Bytes(ref key), bytes, flags);
        ArrayPool<byte>.Shared.Return(bytes);
        if (errno != Errno.None) throw new MapException(_map, "update", errno);
    }

    /// <summary>Removes a key.</summary>
    /// <returns>False if it was not there.</returns>
    public bool Remove(TKey key)
    {
        Errno errno = _map.Delete(ViewChecks.Bytes(ref key));
        if (errno is not (Errno.None or Errno.ENOENT)) throw new MapException(_map, "delete", errno);
        return errno == Errno.None;
    }

    /// <summary>Walks over the elements in batches; changes meanwhile, removals included, are fine.</summary>
    /// <exception cref="MapException">The map changed faster than it could be read.</exception>
    public IEnumerator<KeyValuePair<TKey, TValue[]>> GetEnumerator()
    {
        MapBatches<TKey, byte> batches = new(_map, valuesPerKey: _map.UserValueSize);
        while (batches.Next(out int count))
        {
            for (int i = 0; i < count; i++) yield return new KeyValuePair<TKey, TValue[]>(batches.Keys[i], Split(batches.Values.AsSpan(i * _map.UserValueSize, _map.UserValueSize)));
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private bool Found(Errno errno) => errno is Errno.None or Errno.ENOENT ? errno == Errno.None : throw new MapException(_map, "look-up", errno);

    private TValue[] Split(ReadOnlySpan<byte> bytes)
    {
        TValue[] values = new TValue[CpuCount];
        for (int i = 0; i < values.Length; i++) values[i] = MemoryMarshal.Read<TValue>(bytes[(i * _stride)..]);
        return values;
    }
}

/// <summary>Totals over processors.</summary>
public static class PerCpuTotals
{
    /// <summary>The sum of a key's values; 0 if it is not there.</summary>
    public static TValue Total<TKey, TValue>(this PerCpuMapView<TKey, TValue> view, TKey key)
        where TKey : unmanaged
        where TValue : unmanaged, INumberBase<TValue>
    {
        ArgumentNullException.ThrowIfNull(view);
        TValue[] values = ArrayPool<TValue>.Shared.Rent(view.CpuCount);
        TValue sum = TValue.Zero;
        if (view.TryGet(key, values.AsSpan()))
        {
            for (int i = 0; i < view.CpuCount; i++) sum += values[i];
        }

        ArrayPool<TValue>.Shared.Return(values);
        return sum;
    }
}

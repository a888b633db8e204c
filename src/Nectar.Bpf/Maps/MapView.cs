// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>A map with keys and values as C# structs, on any host. The structs must have the sizes that the map has.</summary>
/// <typeparam name="TKey">The key, laid out as in the program.</typeparam>
/// <typeparam name="TValue">The value, laid out as in the program; for per-CPU maps see <see cref="PerCpuMapView{TKey,TValue}"/>.</typeparam>
public sealed class MapView<TKey, TValue> : IEnumerable<KeyValuePair<TKey, TValue>>
    where TKey : unmanaged
    where TValue : unmanaged
{
    private readonly BpfMap _map;

    /// <summary>Makes a view.</summary>
    /// <exception cref="LoadException">A size differs from the map's.</exception>
    public MapView(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        ViewChecks.Size<TKey>(map, map.Definition.KeySize, "key");
        ViewChecks.Size<TValue>(map, (uint)map.UserValueSize, "value");
        _map = map;
    }

    /// <summary>The map behind the view.</summary>
    public BpfMap Map => _map;

    /// <summary>Gets or sets a value.</summary>
    /// <exception cref="KeyNotFoundException">The key is not in the map.</exception>
    /// <exception cref="MapException">The map refuses.</exception>
    public TValue this[TKey key]
    {
        get => TryGet(key, out TValue value) ? value : throw new KeyNotFoundException($"map '{_map.Name}' has no such key");
        set => Set(key, value);
    }

    /// <summary>Copies a value.</summary>
    public bool TryGet(TKey key, out TValue value)
    {
        value = default;
        Errno errno = _map.Lookup(ViewChecks.Bytes(ref key), ViewChecks.Bytes(ref value));
        if (errno is not (Errno.None or Errno.ENOENT)) throw new MapException(_map, "look-up", errno);
        return errno == Errno.None;
    }

    /// <summary>Sets a value, whether or not the key is there.</summary>
    /// <exception cref="MapException">The map refuses: it is full, frozen, or the index is beyond its end.</exception>
    public void Set(TKey key, TValue value, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        Errno errno = _map.Update(ViewChecks.Bytes(ref key), ViewChecks.Bytes(ref value), flags);
        if (errno != Errno.None) throw new MapException(_map, "update", errno);
    }

    /// <summary>Adds a key.</summary>
    /// <returns>False if it is there already.</returns>
    public bool TryAdd(TKey key, TValue value)
    {
        Errno errno = _map.Update(ViewChecks.Bytes(ref key), ViewChecks.Bytes(ref value), MapUpdateFlags.NoExist);
        if (errno is not (Errno.None or Errno.EEXIST)) throw new MapException(_map, "update", errno);
        return errno == Errno.None;
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
    public IEnumerator<KeyValuePair<TKey, TValue>> GetEnumerator()
    {
        MapCursor cursor = new();
        TKey[] keys = new TKey[256];
        TValue[] values = new TValue[256];
        Errno errno = Errno.None;
        while (errno is Errno.None or Errno.ENOSPC)
        {
            errno = _map.LookupBatch(cursor, MemoryMarshal.AsBytes(keys.AsSpan()), MemoryMarshal.AsBytes(values.AsSpan()), out int count);
            for (int i = 0; i < count; i++) yield return new KeyValuePair<TKey, TValue>(keys[i], values[i]);
            if (errno == Errno.ENOSPC) (keys, values) = (new TKey[keys.Length * 2], new TValue[values.Length * 2]);
        }

        if (errno != Errno.ENOENT) throw new MapException(_map, "walk", errno);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>An array map with values as C# structs.</summary>
/// <typeparam name="TValue">The value, laid out as in the program.</typeparam>
public sealed class ArrayView<TValue>
    where TValue : unmanaged
{
    private readonly MapView<uint, TValue> _view;

    /// <summary>Makes a view.</summary>
    /// <exception cref="LoadException">The map's keys are not 4 bytes, or the value's size differs.</exception>
    public ArrayView(BpfMap map) => _view = new MapView<uint, TValue>(map);

    /// <summary>Elements in the array.</summary>
    public int Count => (int)_view.Map.Definition.MaxEntries;

    /// <summary>Gets or sets an element.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    public TValue this[int index]
    {
        get => (uint)index < (uint)Count && _view.TryGet((uint)index, out TValue value) ? value : throw new ArgumentOutOfRangeException(nameof(index), index, $"map '{_view.Map.Name}' has {Count} elements");
        set
        {
            if ((uint)index >= (uint)Count) throw new ArgumentOutOfRangeException(nameof(index), index, $"map '{_view.Map.Name}' has {Count} elements");
            _view.Set((uint)index, value);
        }
    }

    /// <summary>Copies all elements.</summary>
    public TValue[] ToArray()
    {
        TValue[] all = new TValue[Count];
        for (int i = 0; i < all.Length; i++) all[i] = this[i];
        return all;
    }
}

/// <summary>A per-CPU map with one value for each processor.</summary>
/// <typeparam name="TKey">The key, laid out as in the program.</typeparam>
/// <typeparam name="TValue">One processor's value.</typeparam>
public sealed class PerCpuMapView<TKey, TValue>
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

    /// <summary>Processors that the map has values for.</summary>
    public int CpuCount => _map.UserValueSize / _stride;

    /// <summary>Copies the values of all processors.</summary>
    public bool TryGet(TKey key, [NotNullWhen(true)] out TValue[]? values)
    {
        byte[] bytes = new byte[_map.UserValueSize];
        Errno errno = _map.Lookup(ViewChecks.Bytes(ref key), bytes);
        if (errno is not (Errno.None or Errno.ENOENT)) throw new MapException(_map, "look-up", errno);
        values = errno == Errno.None ? Split(bytes) : null;
        return values is not null;
    }

    /// <summary>Sets the values of all processors.</summary>
    public void Set(TKey key, ReadOnlySpan<TValue> values, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        if (values.Length != CpuCount) throw new ArgumentException($"{CpuCount} values are needed, one for each processor, not {values.Length}", nameof(values));
        byte[] bytes = new byte[_map.UserValueSize];
        for (int i = 0; i < values.Length; i++) MemoryMarshal.Write(bytes.AsSpan(i * _stride), in values[i]);
        Errno errno = _map.Update(ViewChecks.Bytes(ref key), bytes, flags);
        if (errno != Errno.None) throw new MapException(_map, "update", errno);
    }

    private TValue[] Split(ReadOnlySpan<byte> bytes)
    {
        TValue[] values = new TValue[CpuCount];
        for (int i = 0; i < values.Length; i++) values[i] = MemoryMarshal.Read<TValue>(bytes[(i * _stride)..]);
        return values;
    }
}

/// <summary>What the typed views share.</summary>
internal static class ViewChecks
{
    internal static Span<byte> Bytes<T>(ref T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new Span<T>(ref value));

    internal static void Size<T>(BpfMap map, uint size, string what)
        where T : unmanaged
    {
        int actual = Unsafe.SizeOf<T>();
        if (actual == size) return;
        throw new LoadException(Diagnostic.Error(
            MapCodes.View,
            $"map '{map.Name}': its {what} has {size} bytes, but '{typeof(T).Name}' has {actual}",
            actual > size ? "help: a C# struct is padded like a C struct: compare field by field, or use [StructLayout(Pack = 1)]" : "help: add the fields that are missing, explicit padding included"));
    }
}

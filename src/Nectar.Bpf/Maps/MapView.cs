// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections;
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

    /// <summary>Sets many elements, in batches where the host has them.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="values">As many values.</param>
    /// <param name="flags">The flags of each update.</param>
    /// <exception cref="MapException">The map refuses an element; those before it are set.</exception>
    public void SetAll(ReadOnlySpan<TKey> keys, ReadOnlySpan<TValue> values, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        if (keys.Length != values.Length) throw new ArgumentException($"{keys.Length} keys need as many values, not {values.Length}", nameof(values));
        Errno errno = _map.UpdateBatch(MemoryMarshal.AsBytes(keys), MemoryMarshal.AsBytes(values), flags, out int count);
        if (errno != Errno.None) throw new MapException(_map, $"update of {keys.Length} elements, after {count}", errno);
    }

    /// <summary>Removes many keys, in batches where the host has them; those that are not there are passed over.</summary>
    /// <returns>How many were there.</returns>
    public int RemoveAll(ReadOnlySpan<TKey> keys)
    {
        int removed = 0;
        while (!keys.IsEmpty)
        {
            Errno errno = _map.DeleteBatch(MemoryMarshal.AsBytes(keys), out int count);
            removed += count;
            if (errno is not (Errno.None or Errno.ENOENT)) throw new MapException(_map, $"delete, after {removed}", errno);
            keys = keys[(errno == Errno.None ? keys.Length : count + 1)..];
        }

        return removed;
    }

    /// <summary>Moves all elements out of the map: each is copied and removed in one step, so that nothing that programs add meanwhile is lost.</summary>
    /// <param name="target">Where they go; also what was moved before an exception.</param>
    /// <returns>How many were moved.</returns>
    /// <exception cref="MapException">The type of map cannot do it (hashes can), or it changed faster than it could be read.</exception>
    public int Drain(ICollection<KeyValuePair<TKey, TValue>> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        int moved = 0;
        MapBatches<TKey, TValue> batches = new(_map, remove: true);
        while (batches.Next(out int count))
        {
            for (int i = 0; i < count; i++) target.Add(new KeyValuePair<TKey, TValue>(batches.Keys[i], batches.Values[i]));
            moved += count;
        }

        return moved;
    }

    /// <summary>Copies all elements.</summary>
    public KeyValuePair<TKey, TValue>[] ToArray()
    {
        List<KeyValuePair<TKey, TValue>> all = [];
        MapBatches<TKey, TValue> batches = new(_map);
        while (batches.Next(out int count))
        {
            for (int i = 0; i < count; i++) all.Add(new KeyValuePair<TKey, TValue>(batches.Keys[i], batches.Values[i]));
        }

        return [.. all];
    }

    /// <summary>Gives the elements to <paramref name="visit"/>, many at once, without an object for each: the fastest way through a large map.</summary>
    /// <param name="visit">Gets keys and as many values; they are valid during the call only.</param>
    public void ReadAll(MapElements<TKey, TValue> visit)
    {
        ArgumentNullException.ThrowIfNull(visit);
        MapBatches<TKey, TValue> batches = new(_map);
        while (batches.Next(out int count)) visit(batches.Keys.AsSpan(0, count), batches.Values.AsSpan(0, count));
    }

    /// <summary>Walks over the elements in batches; changes meanwhile, removals included, are fine.</summary>
    /// <exception cref="MapException">The map changed faster than it could be read.</exception>
    public IEnumerator<KeyValuePair<TKey, TValue>> GetEnumerator()
    {
        MapBatches<TKey, TValue> batches = new(_map);
        while (batches.Next(out int count))
        {
            for (int i = 0; i < count; i++) yield return new KeyValuePair<TKey, TValue>(batches.Keys[i], batches.Values[i]);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Elements of a map, many at once.</summary>
/// <param name="keys">Keys.</param>
/// <param name="values">As many values.</param>
public delegate void MapElements<TKey, TValue>(ReadOnlySpan<TKey> keys, ReadOnlySpan<TValue> values)
    where TKey : unmanaged
    where TValue : unmanaged;

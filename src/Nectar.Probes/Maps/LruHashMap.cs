// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections;
using System.Runtime.CompilerServices;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>A hash table that drops what was used least recently when it is full. Kernel 4.10.</summary>
/// <typeparam name="TKey">The key; padding counts, so let it have none.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
/// <param name="maxEntries">Most elements.</param>
/// <param name="flags">How it is made.</param>
[MapType(9)]
public sealed unsafe class LruHashMap<[MapKey] TKey, [MapValue] TValue>([MaxEntries] int maxEntries, [MapFlags] MapOptions flags = MapOptions.None)
    : Map(MapType.LruHash, sizeof(TKey), sizeof(TValue), maxEntries, (uint)flags), IEnumerable<KeyValuePair<TKey, TValue>>
    where TKey : unmanaged
    where TValue : unmanaged
{
    /// <summary>Finds a value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">A reference into the map.</param>
    public bool TryFind(in TKey key, out Ref<TValue> value)
    {
        value = new Ref<TValue>(ref Unsafe.AsRef<TValue>(Raw.MapLookup(this, in key)));
        return !value.IsNull;
    }

    /// <summary>Finds a value, or nothing.</summary>
    public Ref<TValue> Find(in TKey key) => new(ref Unsafe.AsRef<TValue>(Raw.MapLookup(this, in key)));

    /// <summary>True if the key is there.</summary>
    public bool ContainsKey(in TKey key) => Raw.MapLookup(this, in key) != null;

    /// <summary>Finds a value, or adds the key with a first value. Nothing only if the map is full.</summary>
    public Ref<TValue> FindOrAdd(in TKey key, in TValue initial)
    {
        void* found = Raw.MapLookup(this, in key);
        if (found == null)
        {
            Raw.MapUpdate(this, in key, in initial, (ulong)MapUpdate.NoExist);
            found = Raw.MapLookup(this, in key);
        }

        return new Ref<TValue>(ref Unsafe.AsRef<TValue>(found));
    }

    /// <summary>Sets a value, whether or not the key is there. False if the map is full.</summary>
    public bool Set(in TKey key, in TValue value) => Raw.MapUpdate(this, in key, in value, (ulong)MapUpdate.Any) == 0;

    /// <summary>Sets a value.</summary>
    /// <returns>0, or a negative error number.</returns>
    public long Update(in TKey key, in TValue value, MapUpdate flags) => Raw.MapUpdate(this, in key, in value, (ulong)flags);

    /// <summary>Adds a key. False if it is there already, or if the map is full.</summary>
    public bool TryAdd(in TKey key, in TValue value) => Raw.MapUpdate(this, in key, in value, (ulong)MapUpdate.NoExist) == 0;

    /// <summary>Removes a key. False if it was not there.</summary>
    public bool Remove(in TKey key) => Raw.MapDelete(this, in key) == 0;

    /// <summary>Gives each element to a callback. Kernel 5.13.</summary>
    /// <param name="callback">A static lambda.</param>
    /// <param name="state">What it gets as well: a local variable.</param>
    /// <returns>How many elements it got, or a negative error number.</returns>
    public long ForEach<TState>(MapCallback<TKey, TValue, TState> callback, ref TState state)
        where TState : unmanaged => Bpf.ForEachMapElem(this, callback, ref state);

    /// <summary>For user space: copies a value.</summary>
    public bool TryGet(TKey key, out TValue value) => View.TryGet(key, out value);

    /// <summary>For user space: the live map with everything that can be done to it.</summary>
    public MapView<TKey, TValue> View => new(Live);

    /// <summary>For user space: walks over the elements.</summary>
    public IEnumerator<KeyValuePair<TKey, TValue>> GetEnumerator() => View.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

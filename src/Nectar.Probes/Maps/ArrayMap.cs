// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections;
using System.Runtime.CompilerServices;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>An array. Kernel 3.19.</summary>
/// <typeparam name="TValue">The value.</typeparam>
/// <param name="length">Elements: all are there from the start, as zeros.</param>
/// <param name="flags">How it is made.</param>
[MapType(2, Key = typeof(uint))]
public sealed unsafe class ArrayMap<[MapValue] TValue>([MaxEntries] int length, [MapFlags] MapOptions flags = MapOptions.None)
    : Map(MapType.Array, sizeof(uint), sizeof(TValue), length, (uint)flags), IEnumerable<KeyValuePair<uint, TValue>>
    where TValue : unmanaged
{
    /// <summary>An element, or nothing if the index is beyond the end.</summary>
    public Ref<TValue> this[uint index] => new(ref Unsafe.AsRef<TValue>(Raw.MapLookup(this, in index)));

    /// <summary>Finds an element. False if the index is beyond the end.</summary>
    /// <param name="index">From 0.</param>
    /// <param name="value">A reference into the map.</param>
    public bool TryFind(uint index, out Ref<TValue> value)
    {
        value = new Ref<TValue>(ref Unsafe.AsRef<TValue>(Raw.MapLookup(this, in index)));
        return !value.IsNull;
    }

    /// <summary>Sets an element. False if the index is beyond the end.</summary>
    public bool Set(uint index, in TValue value) => Raw.MapUpdate(this, in index, in value, (ulong)MapUpdate.Any) == 0;

    /// <summary>Gives each element to a callback. Kernel 5.13.</summary>
    /// <param name="callback">A static lambda.</param>
    /// <param name="state">What it gets as well: a local variable.</param>
    /// <returns>How many elements it got, or a negative error number.</returns>
    public long ForEach<TState>(MapCallback<uint, TValue, TState> callback, ref TState state)
        where TState : unmanaged => Bpf.ForEachMapElem(this, callback, ref state);

    /// <summary>For user space: copies a value.</summary>
    public bool TryGet(uint key, out TValue value) => View.TryGet(key, out value);

    /// <summary>For user space: the live map with everything that can be done to it.</summary>
    public MapView<uint, TValue> View => new(Live);

    /// <summary>For user space: walks over the elements.</summary>
    public IEnumerator<KeyValuePair<uint, TValue>> GetEnumerator() => View.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections;
using System.Runtime.CompilerServices;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>An array with a value for each processor; programs see their own. Kernel 4.6.</summary>
/// <typeparam name="TValue">The value.</typeparam>
/// <param name="length">Elements: all are there from the start, as zeros.</param>
/// <param name="flags">How it is made.</param>
[MapType(6, Key = typeof(uint))]
public sealed unsafe class PerCpuArray<[MapValue] TValue>([MaxEntries] int length, [MapFlags] MapOptions flags = MapOptions.None)
    : Map(MapType.PerCpuArray, sizeof(uint), sizeof(TValue), length, (uint)flags), IEnumerable<KeyValuePair<uint, TValue[]>>
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

    /// <summary>The element of a given processor. Kernel 5.19.</summary>
    public Ref<TValue> FindOn(uint index, uint cpu) => new(ref Unsafe.AsRef<TValue>(Raw.MapLookupPerCpu(this, in index, cpu)));

    /// <summary>For user space: the values of all processors; empty if the index is beyond the end.</summary>
    public TValue[] Values(uint index)
    {
        PerCpuMapView<uint, TValue> view = View;
        TValue[] values = new TValue[view.CpuCount];
        return view.TryGet(index, values) ? values : [];
    }

    /// <summary>For user space: the live map with everything that can be done to it.</summary>
    public PerCpuMapView<uint, TValue> View => new(Live);

    /// <summary>For user space: walks over the elements.</summary>
    public IEnumerator<KeyValuePair<uint, TValue[]>> GetEnumerator() => View.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

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
        get => (uint)index < (uint)Count && _view.TryGet((uint)index, out TValue value) ? value : throw OutOfRange(index);
        set
        {
            if ((uint)index >= (uint)Count) throw OutOfRange(index);
            _view.Set((uint)index, value);
        }
    }

    /// <summary>Copies all elements, in batches where the host has them.</summary>
    public TValue[] ToArray()
    {
        TValue[] all = new TValue[Count];
        CopyTo(all);
        return all;
    }

    /// <summary>Copies the first elements, in batches where the host has them.</summary>
    /// <param name="target">Room for at most <see cref="Count"/> elements.</param>
    public void CopyTo(Span<TValue> target)
    {
        if (target.Length > Count) throw new ArgumentException($"map '{_view.Map.Name}' has {Count} elements, not {target.Length}", nameof(target));
        uint[] indices = new uint[Math.Min(target.Length, 8192)];
        MapCursor cursor = new();
        int done = 0;
        while (done < target.Length)
        {
            int wanted = Math.Min(indices.Length, target.Length - done);
            Errno errno = _view.Map.LookupBatch(cursor, MemoryMarshal.AsBytes(indices.AsSpan(0, wanted)), MemoryMarshal.AsBytes(target.Slice(done, wanted)), out int count);
            done += count;
            if (errno != Errno.None && done < target.Length) throw new MapException(_view.Map, "walk", errno);
        }
    }

    /// <summary>Sets the first elements, in batches where the host has them.</summary>
    /// <param name="values">At most <see cref="Count"/> values.</param>
    /// <exception cref="MapException">The map refuses; the elements before are set.</exception>
    public void SetAll(ReadOnlySpan<TValue> values)
    {
        if (values.Length > Count) throw new ArgumentException($"map '{_view.Map.Name}' has {Count} elements, not {values.Length}", nameof(values));
        uint[] indices = new uint[values.Length];
        for (int i = 0; i < indices.Length; i++) indices[i] = (uint)i;
        _view.SetAll(indices, values);
    }

    private ArgumentOutOfRangeException OutOfRange(int index) => new(nameof(index), index, $"map '{_view.Map.Name}' has {Count} elements");
}

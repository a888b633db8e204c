// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>A bloom filter over C# structs (kernel 5.16).</summary>
/// <typeparam name="TValue">The value, laid out as in the program.</typeparam>
public sealed class BloomFilterView<TValue>
    where TValue : unmanaged
{
    private readonly BpfMap _map;

    /// <summary>Makes a view.</summary>
    /// <exception cref="LoadException">The map is no bloom filter, or the value's size differs.</exception>
    public BloomFilterView(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        ViewChecks.Type(map, "a bloom filter", MapType.BloomFilter);
        ViewChecks.Size<TValue>(map, map.Definition.ValueSize, "value");
        _map = map;
    }

    /// <summary>Adds a value, for good.</summary>
    public void Add(TValue value)
    {
        Errno errno = _map.Update([], ViewChecks.Bytes(ref value));
        if (errno != Errno.None) throw new MapException(_map, "push", errno);
    }

    /// <summary>False if the value was certainly never added; true if it may have been.</summary>
    public bool MayContain(TValue value)
    {
        Errno errno = _map.Lookup([], ViewChecks.Bytes(ref value));
        if (errno is not (Errno.None or Errno.ENOENT)) throw new MapException(_map, "look-up", errno);
        return errno == Errno.None;
    }
}

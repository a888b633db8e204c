// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;

namespace Nectar.Probes;

/// <summary>A map that a map of maps gave, or nothing. Types are said at each use: of the sizes that the inner maps have, as the kernel's verifier checks.</summary>
public readonly unsafe ref struct InnerMap
{
    private readonly void* _map;

    internal InnerMap(void* map) => _map = map;

    /// <summary>True if there is none.</summary>
    public bool IsNull => _map == null;

    /// <summary>Finds a value, or nothing.</summary>
    public Ref<TValue> Find<TKey, TValue>(in TKey key)
        where TKey : unmanaged
        where TValue : unmanaged => new(ref Unsafe.AsRef<TValue>(Raw.InnerLookup(_map, in key)));

    /// <summary>Sets a value. False if the map is full.</summary>
    public bool Set<TKey, TValue>(in TKey key, in TValue value)
        where TKey : unmanaged
        where TValue : unmanaged => Raw.InnerUpdate(_map, in key, in value, (ulong)MapUpdate.Any) == 0;

    /// <summary>Removes a key. False if it was not there.</summary>
    public bool Remove<TKey>(in TKey key)
        where TKey : unmanaged => Raw.InnerDelete(_map, in key) == 0;

    /// <summary>Copies a record into a ring buffer. False if there is no room.</summary>
    public bool Output<T>(in T record)
        where T : unmanaged => Raw.InnerOutput(_map, in record, (ulong)sizeof(T), 0) == 0;
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>Maps by key. Kernel 4.12.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TMap">The inner maps' class.</typeparam>
/// <param name="maxEntries">Entries.</param>
/// <param name="template">A map with the type and sizes that all inner maps have.</param>
[MapType(13, Value = typeof(uint))]
public sealed unsafe class HashOfMaps<[MapKey] TKey, TMap>([MaxEntries] int maxEntries, [InnerMap] TMap template) : Map(MapType.HashOfMaps, sizeof(TKey), sizeof(uint), maxEntries, 0, 0, template)
    where TMap : Map
    where TKey : unmanaged
{
    /// <summary>Finds an inner map. False if there is none.</summary>
    public bool TryFind(in TKey key, out InnerMap map)
    {
        map = new InnerMap(Raw.MapLookup(this, in key));
        return !map.IsNull;
    }

    /// <summary>For user space: puts a map into an entry. Maps of the same probe and others, of the template's type and sizes.</summary>
    public void Set(in TKey key, TMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        InnerMaps.Set(this, in key, map);
    }

    /// <summary>For user space: empties an entry. False if it was empty.</summary>
    public bool Remove(in TKey key) => InnerMaps.Remove(this, in key);
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>Maps by index. Kernel 4.12.</summary>
/// <typeparam name="TMap">The inner maps' class.</typeparam>
/// <param name="maxEntries">Entries.</param>
/// <param name="template">A map with the type and sizes that all inner maps have.</param>
[MapType(12, Key = typeof(uint), Value = typeof(uint))]
public sealed unsafe class ArrayOfMaps<TMap>([MaxEntries] int maxEntries, [InnerMap] TMap template) : Map(MapType.ArrayOfMaps, sizeof(uint), sizeof(uint), maxEntries, 0, 0, template)
    where TMap : Map
{
    /// <summary>Finds an inner map. False if there is none.</summary>
    public bool TryFind(uint index, out InnerMap map)
    {
        map = new InnerMap(Raw.MapLookup(this, in index));
        return !map.IsNull;
    }

    /// <summary>For user space: puts a map into an entry. Maps of the same probe and others, of the template's type and sizes.</summary>
    public void Set(uint index, TMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        InnerMaps.Set(this, in index, map);
    }

    /// <summary>For user space: empties an entry. False if it was empty.</summary>
    public bool Remove(uint index) => InnerMaps.Remove(this, in index);
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Linux.Maps;

/// <summary>Whether a live map can stand for the one that an object declares.</summary>
public static class MapReuse
{
    /// <summary>Compares type, sizes, number of elements, flags and extra.</summary>
    /// <exception cref="KernelException">They differ (NEC4012); the message says in what.</exception>
    public static void Check(MapDefinition definition, KernelMap map)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(map);
        MapInfo info = map.GetInfo();
        List<string> notes = [];
        Compare("type", definition.Type, info.Type);
        Compare("key size", definition.KeySize, info.KeySize);
        Compare("value size", definition.ValueSize, info.ValueSize);
        Compare("elements", MapSizes.MaxEntries(definition), info.MaxEntries);
        Compare("flags", Own(definition.Type, definition.Flags), Own(definition.Type, info.Flags));
        Compare("map_extra", definition.MapExtra, info.MapExtra);
        if (notes.Count == 0) return;
        throw new KernelException(Diagnostic.Error(LinuxCodes.Reuse, $"map '{definition.Name}': the map that is there ('{info.Name}', id {info.Id}) is another one",
            [.. notes, "help: remove its pin, or change the declaration"]), Errno.EINVAL, "reuse", definition.Name);

        void Compare<T>(string what, T declared, T live)
            where T : notnull
        {
            if (!declared.Equals(live)) notes.Add(string.Create(CultureInfo.InvariantCulture, $"note: {what}: {declared} is declared, {live} is there"));
        }
    }

    // How types or a token were given is no property of the map, and the kernel adds the read-only flag to device maps by itself.
    private static MapFlags Own(MapType type, MapFlags flags)
    {
        flags &= ~(MapFlags.TokenFd | MapFlags.VtypeBtfObjFd | MapFlags.PathFd);
        return type is MapType.DevMap or MapType.DevMapHash ? flags & ~MapFlags.ReadOnlyProgram : flags;
    }
}

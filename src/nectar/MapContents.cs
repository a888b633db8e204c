// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Cli;

/// <summary>The elements of a map that are worth showing: those that exist, of arrays those that are not all zero.</summary>
internal static class MapContents
{
    /// <summary>An element; per-CPU maps give one value for each processor.</summary>
    internal readonly record struct Element(byte[] Key, byte[][] Values);

    /// <summary>True for maps whose elements mean something to a reader.</summary>
    internal static bool IsShown(MapDefinition map) => map.Role is MapRole.Declared or MapRole.Data or MapRole.Bss && map.Type
        is MapType.Hash or MapType.Array or MapType.PerCpuHash or MapType.PerCpuArray or MapType.LruHash or MapType.LruPerCpuHash or MapType.LpmTrie;

    /// <summary>Reads up to <paramref name="limit"/> elements and says how many there are in all.</summary>
    internal static (List<Element> Elements, long Count) Read(BpfMap map, int limit)
    {
        List<Element> elements = [];
        long count = 0;
        byte[] key = new byte[map.Definition.KeySize], next = new byte[key.Length], value = new byte[map.UserValueSize];
        bool isArray = map.Definition.Type is MapType.Array or MapType.PerCpuArray;
        bool isPerCpu = map.Definition.Type is MapType.PerCpuHash or MapType.PerCpuArray or MapType.LruPerCpuHash;
        for (Errno result = map.GetNextKey(default, next); result == Errno.None; result = map.GetNextKey(key, next))
        {
            next.CopyTo(key, 0);
            if (map.Lookup(key, value) != Errno.None || (isArray && !value.AsSpan().ContainsAnyExcept((byte)0))) continue;
            if (count++ >= limit) continue;
            int stride = isPerCpu ? ((int)map.Definition.ValueSize + 7) & ~7 : value.Length;
            byte[][] values = [.. Enumerable.Range(0, Math.Max(1, stride == 0 ? 1 : value.Length / stride)).Select(i => value.AsSpan(i * stride, (int)map.Definition.ValueSize).ToArray())];
            elements.Add(new Element([.. key], values));
        }

        return (elements, count);
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>Takes a map's elements along when it moves from one host to another.</summary>
internal static class MapContents
{
    private static bool IsCopied(MapType type) => type is MapType.Hash or MapType.Array or MapType.LruHash or MapType.PerCpuHash or MapType.PerCpuArray or MapType.LruPerCpuHash or MapType.LpmTrie;

    /// <summary>Copies all elements, of maps whose elements are plain bytes and have the same size on both sides.</summary>
    internal static void Copy(BpfMap from, BpfMap to)
    {
        if (!IsCopied(from.Definition.Type) || from.Definition.KeySize != to.Definition.KeySize || from.UserValueSize != to.UserValueSize) return;
        bool isArray = from.Definition.Type is MapType.Array or MapType.PerCpuArray;
        byte[] key = new byte[from.Definition.KeySize], next = new byte[key.Length], value = new byte[from.UserValueSize];
        for (ReadOnlySpan<byte> last = default; from.GetNextKey(last, next) == Nectar.Bpf.Maps.Errno.None; last = key)
        {
            next.CopyTo(key, 0);
            if (from.Lookup(key, value) != Nectar.Bpf.Maps.Errno.None || (isArray && !value.AsSpan().ContainsAnyExcept((byte)0))) continue;
            Nectar.Bpf.Maps.Errno errno = to.Update(key, value);
            if (errno != Nectar.Bpf.Maps.Errno.None) throw new MapException(to, "copy of the elements that the map had before it was loaded", errno);
        }
    }
}

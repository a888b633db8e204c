// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.GuestTests.Harness;
using Nectar.Linux.Maps;

namespace Nectar.GuestTests.Tests;

/// <summary>Maps of kernels that differ in what they know.</summary>
internal static class MapTests
{
    // The kernel that brought each type after 5.10, and a shape that it accepts.
    private static readonly (MapType Type, uint Key, uint Value, uint Entries, MapFlags Flags, Version Since)[] s_types =
    [
        (MapType.Hash, 4, 8, 16, MapFlags.None, new(3, 19)), (MapType.Array, 4, 8, 16, MapFlags.None, new(3, 19)), (MapType.ProgArray, 4, 4, 4, MapFlags.None, new(4, 2)),
        (MapType.PerfEventArray, 4, 4, 0, MapFlags.None, new(4, 3)), (MapType.PerCpuHash, 4, 8, 16, MapFlags.None, new(4, 6)), (MapType.PerCpuArray, 4, 8, 16, MapFlags.None, new(4, 6)),
        (MapType.StackTrace, 4, 127 * 8, 16, MapFlags.None, new(4, 6)), (MapType.CgroupArray, 4, 4, 4, MapFlags.None, new(4, 8)), (MapType.LruHash, 4, 8, 16, MapFlags.None, new(4, 10)),
        (MapType.LruPerCpuHash, 4, 8, 16, MapFlags.None, new(4, 10)), (MapType.LpmTrie, 8, 8, 16, MapFlags.NoPrealloc, new(4, 11)), (MapType.DevMap, 4, 4, 4, MapFlags.None, new(4, 14)),
        (MapType.SockMap, 4, 4, 4, MapFlags.None, new(4, 14)), (MapType.CpuMap, 4, 4, 4, MapFlags.None, new(4, 15)), (MapType.XskMap, 4, 4, 4, MapFlags.None, new(4, 18)),
        (MapType.SockHash, 4, 4, 4, MapFlags.None, new(4, 18)), (MapType.ReuseportSockArray, 4, 4, 4, MapFlags.None, new(4, 19)), (MapType.Queue, 0, 8, 4, MapFlags.None, new(4, 20)),
        (MapType.Stack, 0, 8, 4, MapFlags.None, new(4, 20)), (MapType.DevMapHash, 4, 4, 4, MapFlags.None, new(5, 4)), (MapType.RingBuf, 0, 0, 4096, MapFlags.None, new(5, 8)),
        (MapType.BloomFilter, 0, 8, 16, MapFlags.None, new(5, 16)), (MapType.UserRingBuf, 0, 0, 4096, MapFlags.None, new(6, 1)), (MapType.Arena, 0, 0, 4, MapFlags.Mmapable, new(6, 9)),
    ];

    internal static readonly GuestTest[] All =
    [
        .. s_types.Select(row => new GuestTest($"map_type/{row.Type}", () => CreatesWhatTheKernelHas(row.Type, row.Key, row.Value, row.Entries, row.Flags, row.Since), Needs.Root)),
        new("map/elements", Elements, Needs.Root),
        new("map/batches", Batches, Needs.Root),
        new("map/batches_of_per_cpu_values", PerCpuBatches, Needs.Root),
        new("map/lookup_and_delete", LookupAndDelete, Needs.Root),
        new("map/map_in_map", MapInMap, Needs.Root),
        new("map/freeze", Freeze, Needs.Root),
        new("map/info", Info, Needs.Root),
        new("map/pin", Pin, Needs.Root),
    ];

    internal static KernelMap Create(string name, MapType type, uint key, uint value, uint entries, MapFlags flags = MapFlags.None) =>
        KernelMap.Create(new MapDefinition { Name = name, Type = type, KeySize = key, ValueSize = value, MaxEntries = entries, Flags = flags });

    private static void CreatesWhatTheKernelHas(MapType type, uint key, uint value, uint entries, MapFlags flags, Version since)
    {
        if (Needs.Running >= since)
        {
            using KernelMap map = Create("kind", type, key, value, entries, flags);
            Check.Equal(type, map.GetInfo().Type);
            return;
        }

        KernelException refused = Check.Throws<KernelException>(() => Create("kind", type, key, value, entries, flags).Dispose());
        Check.Contains("map 'kind'", refused.Message);
        Check.True(refused.Errno is Errno.EINVAL, refused.Message);
    }

    private static void Elements()
    {
        using KernelMap map = Create("elements", MapType.Hash, 4, 8, 64);
        MapView<uint, ulong> view = new(map);
        for (uint i = 0; i < 50; i++) view.Set(i, i * 3ul);
        Check.Equal(27ul, view[9]);
        Check.True(view.Remove(9));
        Check.True(!view.TryGet(9, out _));
        Check.Equal(49, view.Count());
        Check.Equal(Errno.EEXIST, map.Update(Bytes(1u), Bytes(1ul), MapUpdateFlags.NoExist));
        Check.Equal(Errno.ENOENT, map.Update(Bytes(9u), Bytes(1ul), MapUpdateFlags.Exist));
    }

    private static void Batches()
    {
        foreach (MapType type in (MapType[])[MapType.Hash, MapType.Array, MapType.LruHash])
        {
            using KernelMap map = Create("batch", type, 4, 8, type == MapType.LruHash ? 8000u : 1000); // a list that is nearly full loses elements early
            uint[] keys = [.. Enumerable.Range(0, 1000).Select(i => (uint)i)];
            ulong[] values = [.. keys.Select(k => k * 7ul)];
            Check.Equal(Errno.None, map.UpdateBatch(MemoryMarshal.AsBytes(keys.AsSpan()), MemoryMarshal.AsBytes(values.AsSpan()), MapUpdateFlags.Any, out int set));
            Check.Equal(1000, set);
            IReadOnlyList<(byte[] Key, byte[] Value)> all = map.Snapshot();
            Check.Equal(1000, all.Count, type.ToString());
            foreach ((byte[] key, byte[] value) in all) Check.Equal(MemoryMarshal.Read<uint>(key) * 7ul, MemoryMarshal.Read<ulong>(value));
        }
    }

    private static void PerCpuBatches()
    {
        foreach (MapType type in (MapType[])[MapType.PerCpuHash, MapType.PerCpuArray])
        {
            using KernelMap map = Create("percpu", type, 4, 8, 16);
            PerCpuMapView<uint, ulong> view = new(map);
            ulong[] values = [.. Enumerable.Range(1, view.CpuCount).Select(i => (ulong)i)];
            for (uint i = 0; i < 16; i++) view.Set(i, values);
            Check.Equal(16, map.Snapshot().Count, type.ToString());
            Check.True(view.TryGet(5, out ulong[]? found) && found.SequenceEqual(values), type.ToString());
        }
    }

    private static void LookupAndDelete()
    {
        using KernelMap hash = Create("taken", MapType.Hash, 4, 8, 4);
        Check.Equal(Errno.None, hash.Update(Bytes(1u), Bytes(11ul)));
        byte[] value = new byte[8];
        Check.Equal(Errno.None, hash.LookupAndDelete(Bytes(1u), value));
        Check.Equal(11ul, MemoryMarshal.Read<ulong>(value));
        Check.Equal(Errno.ENOENT, hash.Lookup(Bytes(1u), value));
        using KernelMap queue = Create("queue", MapType.Queue, 0, 8, 4);
        Check.Equal(Errno.None, queue.Update([], Bytes(5ul)));
        Check.Equal(Errno.None, queue.LookupAndDelete([], value));
        Check.Equal(5ul, MemoryMarshal.Read<ulong>(value));
    }

    private static void MapInMap()
    {
        using KernelMap inner = Create("inner", MapType.Array, 4, 8, 2);
        using KernelMap outer = KernelMap.Create(new MapDefinition { Name = "outer", Type = MapType.HashOfMaps, KeySize = 4, ValueSize = 4, MaxEntries = 4 }, new KernelMapOptions { InnerMap = inner.Handle });
        Check.Equal(Errno.None, outer.Update(Bytes(3u), Bytes(inner.Handle.Fd)));
        byte[] id = new byte[4];
        Check.Equal(Errno.None, outer.Lookup(Bytes(3u), id));
        Check.Equal(inner.GetInfo().Id, MemoryMarshal.Read<uint>(id));
    }

    private static void Freeze()
    {
        using KernelMap map = Create("frozen", MapType.Array, 4, 8, 1);
        Check.Equal(Errno.None, map.Freeze());
        Check.Equal(Errno.EPERM, map.Update(Bytes(0u), Bytes(1ul)));
    }

    private static void Info()
    {
        using KernelMap map = Create("a_name_of_a_map", MapType.Hash, 8, 16, 32, MapFlags.NoPrealloc);
        MapInfo info = map.GetInfo();
        Check.Equal("a_name_of_a_map", info.Name);
        Check.Equal(8u, info.KeySize);
        Check.Equal(16u, info.ValueSize);
        Check.Equal(32u, info.MaxEntries);
        Check.Equal(MapFlags.NoPrealloc, info.Flags);
        using KernelMap again = KernelMap.OpenById(info.Id);
        Check.Equal(info.Id, again.GetInfo().Id);
    }

    private static void Pin()
    {
        string path = $"/sys/fs/bpf/nectar-guest-{Environment.ProcessId}";
        try
        {
            using (KernelMap map = Create("pinned", MapType.Array, 4, 8, 1))
            {
                Check.Equal(Errno.None, map.Update(Bytes(0u), Bytes(77ul)));
                map.Pin(path);
            }

            using KernelMap opened = KernelMap.OpenPinned(path);
            byte[] value = new byte[8];
            Check.Equal(Errno.None, opened.Lookup(Bytes(0u), value));
            Check.Equal(77ul, MemoryMarshal.Read<ulong>(value));
        }
        finally
        {
            File.Delete(path);
        }

        Check.True(!File.Exists(path));
    }

    private static byte[] Bytes<T>(T value)
        where T : unmanaged
    {
        byte[] bytes = new byte[Marshal.SizeOf<T>()];
        MemoryMarshal.Write(bytes, in value);
        return bytes;
    }
}

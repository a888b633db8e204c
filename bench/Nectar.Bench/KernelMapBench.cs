// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Globalization;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Maps;

namespace Nectar.Bench;

/// <summary>
/// Maps of the kernel through typed views, beside libbpf's same loops (<c>bench/peers/maps.c</c>) in turn: single operations, bulk
/// reads and writes, a walk from key to key for comparison, and mapped memory.
/// </summary>
internal static class KernelMapBench
{
    private const int Entries = 16_384, Operations = 100_000, Rounds = 5;

    private static readonly (string Name, MapType Type)[] s_maps =
        [("hash", MapType.Hash), ("array", MapType.Array), ("lru_hash", MapType.LruHash), ("percpu_hash", MapType.PerCpuHash), ("percpu_array", MapType.PerCpuArray)];

    private static readonly SortedDictionary<string, List<double>> s_figures = new(StringComparer.Ordinal);
    private static long s_allocated;
    private static ulong s_sink;

    /// <summary>Arguments: the peer's program, or nothing; how many alternating rounds (3).</summary>
    internal static int Run(string[] arguments)
    {
        string? peer = arguments.Length > 0 && File.Exists(arguments[0]) ? arguments[0] : null;
        int turns = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 3;
        if (peer is null) Console.WriteLine("peer libbpf: not given");
        Ours(); // the first time compiles
        s_figures.Clear();
        for (int turn = 0; turn < turns; turn++)
        {
            Ours();
            if (peer is not null) Theirs(peer);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{"ns an operation or element",-30} {"ours",8} {"libbpf",8} {"ratio",6} {"libbpf alone",13} {"ratio",6}"));
        foreach ((string name, List<double> times) in s_figures)
        {
            if (name.Contains("/libbpf", StringComparison.Ordinal)) continue;
            double ours = Measure.Median(times.ToArray());
            double? theirs = s_figures.TryGetValue(name + "/libbpf", out List<double>? others) ? Measure.Median(others.ToArray()) : null;
            // Turn by turn, so that a change of the machine's speed meets both.
            double? ratio = others is null ? null : Measure.Median([.. times.Zip(others, (a, b) => a / b)]);
            Figures.Print($"kernel-maps/{name}", ours, "ns");
            if (theirs is { } t) Figures.Print($"kernel-maps/{name}/libbpf", t, "ns");
            if (ratio is { } r) Figures.Print($"kernel-maps/{name}/ratio", r, "x");
            double? alone = s_figures.TryGetValue(name + "/libbpf-alone", out List<double>? single) ? Measure.Median(single.ToArray()) : null;
            double? aloneRatio = single is null ? null : Measure.Median([.. times.Zip(single, (a, b) => a / b)]);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-30} {ours,8:0.00} {theirs,8:0.00} {ratio,6:0.000} {alone,13:0.00} {aloneRatio,6:0.000}"));
        }

        Figures.Print("kernel-maps/allocated", s_allocated, "bytes");
        return 0;
    }

    private static void Ours()
    {
        foreach ((string name, MapType type) in s_maps)
        {
            bool isPerCpu = MapSizes.IsPerCpu(type);
            if (type is MapType.Array or MapType.PerCpuArray) Keys<uint>(name, type, isPerCpu, static i => (uint)i);
            else Keys<ulong>(name, type, isPerCpu, static i => (ulong)i);
        }

        using KernelMap mapped = Create(MapType.Array, 4, MapFlags.Mmapable);
        using MappedMap memory = mapped.Map();
        Time("mapped_array/read", 500L * Entries, () =>
        {
            ulong sum = 0;
            for (int k = 0; k < 500; k++)
            {
                foreach (ref ulong value in memory.AsSpan<ulong>()) sum += Volatile.Read(ref value);
            }

            s_sink += sum;
        });
    }

    private static unsafe void Keys<TKey>(string name, MapType type, bool isPerCpu, Func<int, TKey> key)
        where TKey : unmanaged
    {
        using KernelMap map = Create(type, sizeof(TKey), MapFlags.None);
        TKey[] keys = [.. Enumerable.Range(0, Entries).Select(key)];
        ulong[] all = new ulong[Entries * (map.UserValueSize / 8)];
        ReadOnlySpan<byte> Bytes(int i) => System.Runtime.InteropServices.MemoryMarshal.AsBytes(keys.AsSpan(i, 1));
        byte[] one = new byte[map.UserValueSize];
        for (int i = 0; i < Entries; i++) map.Update(Bytes(i), one);
        long before = GC.GetAllocatedBytesForCurrentThread();
        if (isPerCpu)
        {
            PerCpuMapView<TKey, ulong> view = new(map);
            ulong[] values = new ulong[view.CpuCount];
            before = GC.GetAllocatedBytesForCurrentThread();
            Time($"{name}/lookup", Operations, () =>
            {
                for (int i = 0; i < Operations; i++) view.TryGet(keys[i & (Entries - 1)], values.AsSpan());
            });
            Time($"{name}/update", Operations, () =>
            {
                for (int i = 0; i < Operations; i++) view.Set(keys[i & (Entries - 1)], values);
            });
        }
        else
        {
            MapView<TKey, ulong> view = new(map);
            before = GC.GetAllocatedBytesForCurrentThread();
            Time($"{name}/lookup", Operations, () =>
            {
                for (int i = 0; i < Operations; i++) view.TryGet(keys[i & (Entries - 1)], out _);
            });
            Time($"{name}/update", Operations, () =>
            {
                for (int i = 0; i < Operations; i++) view.Set(keys[i & (Entries - 1)], (ulong)i);
            });
        }

        s_allocated = Math.Max(s_allocated, GC.GetAllocatedBytesForCurrentThread() - before - ((Rounds * 2) + 8) * 400);
        byte[] at = new byte[sizeof(TKey)], next = new byte[sizeof(TKey)];
        Time($"{name}/walk-by-keys", Entries, () =>
        {
            for (Errno errno = map.GetNextKey(default, next); errno == Errno.None; errno = map.GetNextKey(at, next))
            {
                next.CopyTo(at, 0);
                map.Lookup(at, one);
            }
        });
        Time($"{name}/read-all", 10L * Entries, () =>
        {
            for (int i = 0; i < 10; i++)
            {
                if (isPerCpu) ReadRaw(map, keys, all);
                else new MapView<TKey, ulong>(map).ReadAll(static (_, values) => s_sink += values[0]);
            }
        });
        Time($"{name}/write-all", 10L * Entries, () =>
        {
            for (int i = 0; i < 10; i++) map.UpdateBatch(System.Runtime.InteropServices.MemoryMarshal.AsBytes(keys.AsSpan()), System.Runtime.InteropServices.MemoryMarshal.AsBytes(all.AsSpan()), MapUpdateFlags.Any, out _);
        });
    }

    private static void ReadRaw<TKey>(KernelMap map, TKey[] keys, ulong[] values)
        where TKey : unmanaged
    {
        MapCursor cursor = new();
        TKey[] copies = new TKey[keys.Length];
        Errno errno;
        do errno = map.LookupBatch(cursor, System.Runtime.InteropServices.MemoryMarshal.AsBytes(copies.AsSpan()), System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()), out _);
        while (errno == Errno.None);
    }

    private static KernelMap Create(MapType type, int keySize, MapFlags flags) => KernelMap.Create(new MapDefinition
    {
        Name = "bench",
        Type = type,
        KeySize = (uint)keySize,
        ValueSize = 8,
        MaxEntries = type == MapType.LruHash ? Entries * 2u : Entries,
        Flags = flags,
    });

    private static void Time(string name, long count, Action work)
    {
        double[] times = new double[Rounds];
        for (int i = 0; i < Rounds; i++)
        {
            long start = Clock.Thread();
            work();
            times[i] = (double)(Clock.Thread() - start) / count;
        }

        Add(name, Measure.Median(times));
    }

    private static void Theirs(string program)
    {
        using Process process = Process.Start(new ProcessStartInfo(program) { RedirectStandardOutput = true })!;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            if (words is ["figure", var name, var value, ..]) Add(name["kernel-maps/".Length..], double.Parse(value, CultureInfo.InvariantCulture));
        }

        process.WaitForExit();
    }

    private static void Add(string name, double value)
    {
        if (!s_figures.TryGetValue(name, out List<double>? list)) s_figures.Add(name, list = []);
        list.Add(value);
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Bench;

/// <summary>Operations on maps as helpers call them, with 4-byte keys that are spread over the map and 8-byte values.</summary>
internal static unsafe class MapBench
{
    private const uint Entries = 10_000;

    internal static int Run(string[] arguments)
    {
        Console.WriteLine("map            operation   ns (median)");
        Line("array", "look-up", MapType.Array, MapFlags.None, 0);
        Line("hash", "look-up", MapType.Hash, MapFlags.None, 0);
        Line("hash", "update", MapType.Hash, MapFlags.None, 1);
        Line("hash", "delete+add", MapType.Hash, MapFlags.None, 2);
        Line("lru_hash", "look-up", MapType.LruHash, MapFlags.None, 0);
        Line("percpu_hash", "look-up", MapType.PerCpuHash, MapFlags.None, 0);
        Line("percpu_array", "look-up", MapType.PerCpuArray, MapFlags.None, 0);
        using VmRingBuffer ring = (VmRingBuffer)VmMapFactory.Create(new MapDefinition { Name = "ring", Type = MapType.RingBuf, MaxEntries = 1 << 20 }, 1);
        using RingBufferReader reader = new(ring);
        Measured output = Measure.Run(runs =>
        {
            long value = 1;
            for (long i = 0; i < runs; i++)
            {
                if (ring.Output((byte*)&value, 8, 0) != 0) reader.Read(static _ => true);
            }
        });
        Console.WriteLine($"{"ringbuf",-14} {"out+read",-11} {output.Nanoseconds,6:F1}");
        return 0;
    }

    private static void Line(string name, string operation, MapType type, MapFlags flags, int what)
    {
        using VmMap map = VmMapFactory.Create(new MapDefinition { Name = name, Type = type, KeySize = 4, ValueSize = 8, MaxEntries = Entries, Flags = flags }, 1);
        for (uint i = 0; i < Entries; i++)
        {
            ulong value = i;
            map.UpdateFromProgram((byte*)&i, (byte*)&value, 0, 0);
        }

        Measured measured = Measure.Run(runs =>
        {
            uint key = 0;
            ulong value = 1;
            for (long i = 0; i < runs; i++)
            {
                key = (key + 7919) % Entries;
                if (what == 0) value += *(ulong*)map.LookupPointer((byte*)&key, 0);
                if (what == 2) map.DeleteFromProgram((byte*)&key);
                if (what != 0) map.UpdateFromProgram((byte*)&key, (byte*)&value, 0, 0);
            }
        });
        Console.WriteLine($"{name,-14} {operation,-11} {measured.Nanoseconds,6:F1}");
    }
}

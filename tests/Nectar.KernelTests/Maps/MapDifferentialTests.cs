// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Maps;

namespace Nectar.KernelTests.Maps;

/// <summary>The same random operations on a map of ours and on a map of the kernel: every result, errno and value must be equal.</summary>
public sealed class MapDifferentialTests
{
    [KernelMapTheory]
    [InlineData(MapType.Array, 4, 12, 7, MapFlags.None)]
    [InlineData(MapType.Array, 4, 8, 1, MapFlags.None)]
    [InlineData(MapType.PerCpuArray, 4, 12, 7, MapFlags.None)]
    [InlineData(MapType.Hash, 4, 8, 8, MapFlags.None)]
    [InlineData(MapType.Hash, 5, 3, 8, MapFlags.None)]
    [InlineData(MapType.Hash, 16, 40, 8, MapFlags.NoPrealloc)]
    [InlineData(MapType.Hash, 1, 1, 1, MapFlags.None)]
    [InlineData(MapType.PerCpuHash, 8, 12, 8, MapFlags.None)]
    [InlineData(MapType.LruHash, 8, 12, 4096, MapFlags.None)]
    [InlineData(MapType.LruPerCpuHash, 8, 12, 4096, MapFlags.None)]
    [InlineData(MapType.LpmTrie, 8, 4, 12, MapFlags.NoPrealloc)]
    [InlineData(MapType.LpmTrie, 20, 9, 12, MapFlags.NoPrealloc)]
    [InlineData(MapType.Queue, 0, 12, 4, MapFlags.None)]
    [InlineData(MapType.Stack, 0, 12, 4, MapFlags.None)]
    [InlineData(MapType.StackTrace, 4, 80, 8, MapFlags.None)]
    [InlineData(MapType.RingBuf, 0, 0, 4096, MapFlags.None)]
    [InlineData(MapType.UserRingBuf, 0, 0, 4096, MapFlags.None)]
    public void RandomOperations_OnBothHosts_GiveTheSame(MapType type, uint keySize, uint valueSize, uint maxEntries, MapFlags flags)
    {
        for (int seed = 1; seed <= 12; seed++)
        {
            MapDefinition definition = new() { Name = "m", Type = type, KeySize = keySize, ValueSize = valueSize, MaxEntries = maxEntries, Flags = flags };
            Assert.Equal(Errno.None, TestMaps.TryCreate(definition, null, out KernelMap? kernel));
            using (kernel)
            using (VmMap ours = VmMapFactory.Create(definition, TestMaps.CpuCount))
            {
                Run(ours, kernel!, new Random(seed), seed);
            }
        }
    }

    [KernelMapTheory]
    [InlineData(MapType.ProgArray)]
    [InlineData(MapType.PerfEventArray)]
    [InlineData(MapType.CgroupArray)]
    public void ReferenceArrays_WithoutReferences_GiveTheSameErrors(MapType type)
    {
        MapDefinition definition = new() { Name = "m", Type = type, KeySize = 4, ValueSize = 4, MaxEntries = 3 };
        Assert.Equal(Errno.None, TestMaps.TryCreate(definition, null, out KernelMap? kernel));
        using VmMap ours = VmMapFactory.Create(definition, TestMaps.CpuCount);
        using (kernel)
        {
            Span<byte> value = stackalloc byte[4];
            for (int key = 0; key < 5; key++)
            {
                byte[] k = BitConverter.GetBytes(key);
                Assert.Equal(kernel!.Lookup(k, value), ours.Lookup(k, value));
                Assert.Equal(kernel.Delete(k), ours.Delete(k));
                Assert.Equal(kernel.LookupAndDelete(k, value), ours.LookupAndDelete(k, value));
                Assert.Equal(kernel.Update(k, BitConverter.GetBytes(-1), MapUpdateFlags.NoExist), ours.Update(k, BitConverter.GetBytes(-1), MapUpdateFlags.NoExist));
                if (type != MapType.CgroupArray || key >= 3) Assert.Equal(kernel.Update(k, BitConverter.GetBytes(-1)), ours.Update(k, BitConverter.GetBytes(-1)));
                CompareKeys(kernel, ours, "keys");
            }
        }
    }

    [KernelMapTheory]
    [InlineData(MapType.ArrayOfMaps)]
    [InlineData(MapType.HashOfMaps)]
    public void MapsOfMaps_FittingAndOtherInnerMaps_GiveTheSame(MapType type)
    {
        MapDefinition inner = new() { Name = "inner", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 4 };
        MapDefinition longer = new() { Name = "longer", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 5 };
        MapDefinition hash = new() { Name = "hash", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 4 };
        MapDefinition outer = new() { Name = "outer", Type = type, KeySize = 4, ValueSize = 4, MaxEntries = 2, Inner = inner };
        MapDefinition[] candidates = [inner, longer, hash];
        KernelMap[] kernels = Array.ConvertAll(candidates, d => TestMaps.TryCreate(d, null, out KernelMap? m) == Errno.None ? m! : throw new InvalidOperationException());
        VmMap[] mine = Array.ConvertAll(candidates, d => VmMapFactory.Create(d, 1));
        Assert.Equal(Errno.None, TestMaps.TryCreate(outer, kernels[0], out KernelMap? kernel));
        using VmMap ours = VmMapFactory.Create(outer, 1);
        Random random = new(7);
        Span<byte> value = stackalloc byte[4];
        for (int i = 0; i < 300; i++)
        {
            byte[] key = BitConverter.GetBytes(random.Next(4));
            int which = random.Next(3);
            MapUpdateFlags flags = (MapUpdateFlags)random.Next(4);
            Errno expected = random.Next(4) switch
            {
                0 => Same(kernel!.Delete(key), ours.Delete(key)),
                1 => Same(kernel!.Lookup(key, value), ours.Lookup(key, value)),
                _ => Same(kernel!.Update(key, BitConverter.GetBytes(kernels[which].Handle.Fd), flags), ours.Update(key, BitConverter.GetBytes(mine[which].Id), flags)),
            };
            Assert.True(Enum.IsDefined(expected));
        }

        CompareKeys(kernel!, ours, type.ToString());
        kernel!.Dispose();
        foreach (KernelMap map in kernels) map.Dispose();
        foreach (VmMap map in mine) map.Dispose();

        Errno Same(Errno theirs, Errno our)
        {
            Assert.Equal(theirs, our);
            return our;
        }
    }

    [KernelMapTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(9)]
    public void BloomFilters_WhateverWasPushed_IsFound(uint hashes)
    {
        MapDefinition definition = new() { Name = "b", Type = MapType.BloomFilter, ValueSize = 12, MaxEntries = 200, MapExtra = hashes };
        Assert.Equal(Errno.None, TestMaps.TryCreate(definition, null, out KernelMap? kernel));
        using VmMap ours = VmMapFactory.Create(definition, 1);
        Random random = new(3);
        int falsePositives = 0;
        using (kernel)
        {
            byte[] value = new byte[12];
            for (int i = 0; i < 200; i++)
            {
                random.NextBytes(value);
                Assert.Equal(kernel!.Update([], value), ours.Update([], value));
                Assert.Equal(Errno.None, kernel.Lookup([], value));
                Assert.Equal(Errno.None, ours.Lookup([], value));
            }

            Assert.Equal(kernel!.Update([], value, MapUpdateFlags.Exist), ours.Update([], value, MapUpdateFlags.Exist));
            Assert.Equal(kernel.Delete([]), ours.Delete([]));
            Assert.Equal(kernel.GetNextKey([], value), ours.GetNextKey([], value));
            Assert.Equal(kernel.LookupAndDelete([], value), ours.LookupAndDelete([], value));
            for (int i = 0; i < 10_000; i++)
            {
                random.NextBytes(value);
                if (ours.Lookup([], value) == Errno.None) falsePositives++;
            }
        }

        Assert.True(falsePositives < (hashes == 1 ? 7000 : 1500), $"{falsePositives} of 10000 values were never pushed, but found");
    }

    [KernelMapTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Definitions_RandomOnes_AreRefusedWithTheSameErrno(int seed)
    {
        Random random = new(seed);
        uint[] sizes = [0, 1, 4, 4, 4, 5, 8, 8, 12, 16, 40, 260, 261, 512, 513, 32768, 32769];
        uint[] counts = [0, 1, 3, 4, 128, 4096, 6000, 8192];
        MapType[] types = [.. Enum.GetValues<MapType>().Where(t => t is not (MapType.Unspec or MapType.StructOps or MapType.CgrpStorage or MapType.SkStorage
            or MapType.TaskStorage or MapType.InodeStorage or MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.InsnArray or MapType.Rhash))];
        for (int i = 0; i < 3000; i++)
        {
            MapFlags flags = random.Next(3) == 0 ? (MapFlags)(1u << random.Next(13)) : MapFlags.None;
            if (random.Next(6) == 0) flags |= (MapFlags)(1u << random.Next(13));
            MapType type = types[random.Next(types.Length)];
            if (type == MapType.LpmTrie && random.Next(4) != 0) flags |= MapFlags.NoPrealloc;
            if (type == MapType.Arena && random.Next(4) != 0) flags |= MapFlags.Mmapable;
            if ((flags & MapFlags.ZeroSeed) != 0 && type is MapType.BloomFilter) flags &= ~MapFlags.ZeroSeed;
            MapDefinition definition = new()
            {
                Name = "d",
                Type = type,
                KeySize = sizes[random.Next(sizes.Length)],
                ValueSize = sizes[random.Next(sizes.Length)],
                MaxEntries = counts[random.Next(counts.Length)],
                Flags = flags,
                MapExtra = random.Next(8) == 0 ? (ulong)random.Next(20) : 0,
            };
            if (type == MapType.CpuMap && definition.MaxEntries > 4) continue; // the limit is the kernel's own NR_CPUS
            Errno expected = TestMaps.TryCreate(definition, null, out KernelMap? kernel);
            kernel?.Dispose();
            Assert.True(expected == MapRules.ErrnoOf(definition, TestMaps.CpuCount), $"{definition} flags {flags} extra {definition.MapExtra}: kernel {expected}, ours {MapRules.ErrnoOf(definition, TestMaps.CpuCount)}");
        }
    }

    private static void Run(VmMap ours, KernelMap kernel, Random random, int seed)
    {
        Assert.Equal(kernel.UserValueSize, ours.UserValueSize);
        byte[] key = new byte[ours.Definition.KeySize];
        byte[] value = new byte[ours.UserValueSize];
        byte[] ourValue = new byte[ours.UserValueSize];
        byte[] theirValue = new byte[ours.UserValueSize];
        MapUpdateFlags[] flagChoices = [0, 0, 0, MapUpdateFlags.NoExist, MapUpdateFlags.Exist, (MapUpdateFlags)3, MapUpdateFlags.Lock, (MapUpdateFlags)8];
        for (int step = 0; step < 600; step++)
        {
            MakeKey(ours.Definition, key, random);
            MapUpdateFlags flags = flagChoices[random.Next(flagChoices.Length)];
            Array.Clear(ourValue);
            Array.Clear(theirValue);
            Errno our;
            Errno their;
            string what;
            switch (random.Next(6))
            {
                case 0 or 1:
                    random.NextBytes(value);
                    ClearPadding(ours, value);
                    (their, our, what) = (kernel.Update(key, value, flags), ours.Update(key, value, flags), $"update flags {(ulong)flags}");
                    break;
                case 2:
                    (their, our, what) = (kernel.Lookup(key, theirValue, 0), ours.Lookup(key, ourValue, 0), "look-up");
                    break;
                case 3:
                    (their, our, what) = (kernel.Delete(key), ours.Delete(key), "delete");
                    break;
                case 4:
                    (their, our, what) = (kernel.LookupAndDelete(key, theirValue), ours.LookupAndDelete(key, ourValue), "look-up and delete");
                    break;
                default:
                    (their, our, what) = (kernel.Lookup(key, theirValue, flags & MapUpdateFlags.Lock), ours.Lookup(key, ourValue, flags & MapUpdateFlags.Lock), $"look-up flags {(ulong)flags & 4}");
                    break;
            }

            Assert.True(their == our, $"{ours.Definition}, seed {seed}, step {step}, {what}, key {Convert.ToHexString(key)}: kernel {their}, ours {our}");
            ClearPadding(ours, theirValue);
            if (our == Errno.None) Assert.Equal(theirValue, ourValue);
            if (step % 25 == 0) CompareKeys(kernel, ours, $"{ours.Definition}, seed {seed}, step {step}");
        }

        Assert.Equal(kernel.Freeze(), ours.Freeze());
        Assert.Equal(kernel.Freeze(), ours.Freeze());
        Assert.Equal(kernel.Update(key, value), ours.Update(key, value));
        Assert.Equal(kernel.Delete(key), ours.Delete(key));
    }

    /// <summary>The kernel leaves what it finds in the bytes that pad a per-CPU value.</summary>
    private static void ClearPadding(VmMap map, byte[] value)
    {
        int size = (int)map.Definition.ValueSize;
        for (int i = 0; map.IsPerCpu && i < value.Length; i++)
        {
            if (i % ((size + 7) & ~7) >= size) value[i] = 0;
        }
    }

    private static void MakeKey(MapDefinition map, byte[] key, Random random)
    {
        if (map.Type == MapType.LpmTrie)
        {
            BitConverter.TryWriteBytes(key, random.Next((key.Length - 4) * 8 + 3));
            for (int i = 4; i < key.Length; i++) key[i] = (byte)(random.Next(2) * 0xFF);
            key[^1] = (byte)random.Next(256);
            if (random.Next(2) == 0) BitConverter.TryWriteBytes(key, random.Next(6));
            return;
        }

        Array.Clear(key);
        if (key.Length > 0) key[0] = (byte)random.Next(12);
        if (key.Length > 4) key[^1] = (byte)(key[0] * 3);
    }

    private static void CompareKeys(KernelMap kernel, VmMap ours, string where) => Assert.True(Keys(kernel) == Keys(ours), $"{where}: kernel {Keys(kernel)}, ours {Keys(ours)}");

    private static string Keys(BpfMap map)
    {
        SortedSet<string> keys = [];
        byte[] key = [];
        byte[] next = new byte[map.Definition.KeySize];
        Errno errno;
        while ((errno = map.GetNextKey(key, next)) == Errno.None && keys.Add(Convert.ToHexString(next))) key = [.. next];
        return $"{string.Join(' ', keys)} then {errno}";
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Linux.Maps;

namespace Nectar.KernelTests.Maps;

/// <summary>Bulk reads and writes: in batches where the kernel has them, element by element where not, complete either way.</summary>
public sealed class KernelMapBatchTests
{
    [BpfTheory]
    [InlineData(MapType.Hash)]
    [InlineData(MapType.LruHash)]
    [InlineData(MapType.Array)]
    public void View_ManyElements_AreSetAndReadInBulk(MapType type)
    {
        const int Count = 10_000;
        using KernelMap map = TestMaps.Create(type, 4, 8, type == MapType.LruHash ? 8u * Count : Count);
        MapView<uint, ulong> view = new(map);
        uint[] keys = [.. Enumerable.Range(0, Count).Select(i => (uint)i)];
        ulong[] values = [.. keys.Select(k => k * 3UL)];
        view.SetAll(keys, values);
        Assert.Equal(Count, view.ToArray().Length);
        Assert.All(view.ToArray(), pair => Assert.Equal(pair.Key * 3UL, pair.Value));
        Assert.Equal(Count, view.Select(pair => pair.Key).Distinct().Count());
        ulong sum = 0;
        view.ReadAll((_, part) =>
        {
            foreach (ulong value in part) sum += value;
        });
        Assert.Equal(values.Aggregate(0UL, (a, b) => a + b), sum);
        Assert.Equal(Count, map.Snapshot().Count);
        if (type == MapType.Array)
        {
            ArrayView<ulong> array = new(map);
            Assert.Equal(values, array.ToArray());
            array.SetAll([7, 8]);
            Assert.Equal([7UL, 8, 6], array.ToArray()[..3]);
            return;
        }

        Assert.Equal(2, view.RemoveAll([1, 2]));
        Assert.Equal(3, view.RemoveAll([1, 3, 2, 4, 1_000_000, 5]));
        List<KeyValuePair<uint, ulong>> drained = [];
        Assert.Equal(Count - 5, view.Drain(drained));
        Assert.Equal(Count - 5, drained.DistinctBy(pair => pair.Key).Count());
        Assert.Empty(view.ToArray());
    }

    [BpfFact]
    public void Batch_BucketWithMoreThanTheRoom_GrowsAndMissesNothing()
    {
        using KernelMap map = TestMaps.Create(MapType.Hash, 8, 8, 4096);
        for (ulong i = 0; i < 4096; i++) Assert.Equal(Errno.None, map.Update(BitConverter.GetBytes(i), BitConverter.GetBytes(i)));
        MapCursor cursor = new();
        HashSet<ulong> seen = [];
        ulong[] keys = new ulong[1], values = new ulong[1];
        int refusals = 0;
        Errno errno;
        do
        {
            errno = map.LookupBatch(cursor, MemoryMarshal.AsBytes(keys.AsSpan()), MemoryMarshal.AsBytes(values.AsSpan()), out int count);
            foreach (ulong key in keys.AsSpan(0, count)) Assert.True(seen.Add(key));
            if (errno != Errno.ENOSPC) continue;
            refusals++;
            (keys, values) = (new ulong[keys.Length * 2], new ulong[keys.Length * 2]);
        }
        while (errno is Errno.None or Errno.ENOSPC);
        Assert.Equal(Errno.ENOENT, errno);
        Assert.True(cursor.IsAtEnd);
        Assert.True(refusals > 0, "4096 keys in 4096 buckets and never two in one");
        Assert.Equal(4096, seen.Count);
    }

    [BpfFact]
    public void Batch_TypeWithoutBatches_WalksKeyByKey()
    {
        using KernelMap map = TestMaps.Create(MapType.DevMapHash, 4, 4, 64);
        MapView<uint, uint> view = new(map);
        for (uint i = 0; i < 40; i++) view.Set(i * 7, 1); // interface 1 is the loopback
        MapCursor cursor = new();
        Assert.Equal(Errno.None, map.LookupBatch(cursor, new byte[16], new byte[16], out int first));
        Assert.Equal(4, first);
        Assert.NotNull(cursor.Walk);
        Assert.Equal(40, view.ToArray().DistinctBy(pair => pair.Key).Count());
        foreach ((uint key, _) in view) Assert.True(view.Remove(key)); // the walk stands on keys that are gone
        Assert.Empty(view.ToArray());
    }

    [BpfTheory]
    [InlineData(MapType.DevMapHash)]
    [InlineData(MapType.Hash)]
    [InlineData(MapType.LpmTrie)]
    public void Walk_WhileOthersChangeTheMap_EndsAndSeesWhatStays(MapType type)
    {
        const uint Stable = 300, Changing = 300;
        using KernelMap map = TestMaps.Create(type, type == MapType.DevMapHash ? 4u : 8, 4, 2048, type == MapType.LpmTrie ? MapFlags.NoPrealloc : MapFlags.None);
        byte[] one = [1, 0, 0, 0];
        for (uint i = 0; i < Stable; i++) Assert.Equal(Errno.None, map.Update(Key(i), one));
        using CancellationTokenSource stop = new();
        Thread churn = new(() =>
        {
            for (uint i = 0; !stop.IsCancellationRequested; i = (i + 1) % Changing)
            {
                map.Update(Key(Stable + i), one);
                map.Delete(Key(Stable + ((i + (Changing / 2)) % Changing)));
            }
        });
        churn.Start();
        try
        {
            for (int round = 0; round < 20; round++)
            {
                HashSet<string> seen = [];
                foreach ((byte[] key, _) in map.Snapshot()) Assert.True(seen.Add(Convert.ToHexString(key)) || type == MapType.Hash, "a key was given twice");
                for (uint i = 0; i < Stable; i++) Assert.Contains(Convert.ToHexString(Key(i)), seen);
            }
        }
        finally
        {
            stop.Cancel();
            churn.Join();
        }

        byte[] Key(uint i) => type switch
        {
            MapType.LpmTrie => [32, 0, 0, 0, 10, (byte)(i >> 8), (byte)i, 1],
            MapType.DevMapHash => BitConverter.GetBytes(i),
            _ => BitConverter.GetBytes((ulong)i),
        };
    }

    [BpfFact]
    public void Walk_MapThatNeverStandsStill_IsGivenUpAndSaid()
    {
        RestlessMap map = new();
        MapException problem = Assert.Throws<MapException>(() => new MapView<uint, uint>(map).ToArray());
        Assert.Equal(Errno.EAGAIN, problem.Errno);
        Assert.Contains("not all of it", problem.Message, StringComparison.Ordinal);
    }

    [BpfFact]
    public void WriteBatch_RefusedElement_TellsHowFarItGot()
    {
        using KernelMap map = TestMaps.Create(MapType.Hash, 4, 4, 3);
        uint[] keys = [1, 2, 3, 4, 5], values = [1, 2, 3, 4, 5];
        Errno errno = map.UpdateBatch(MemoryMarshal.AsBytes(keys.AsSpan()), MemoryMarshal.AsBytes(values.AsSpan()), MapUpdateFlags.Any, out int count);
        Assert.Equal((Errno.E2BIG, 3), (errno, count));
        errno = map.UpdateBatch(MemoryMarshal.AsBytes(keys.AsSpan()), MemoryMarshal.AsBytes(values.AsSpan()), (MapUpdateFlags)128, out count);
        Assert.Equal((Errno.EINVAL, 0), (errno, count));
        errno = map.DeleteBatch(MemoryMarshal.AsBytes(new uint[] { 1, 9, 2 }.AsSpan()), out count);
        Assert.Equal((Errno.ENOENT, 1), (errno, count));
    }

    [BpfFact]
    public void Operations_TypedViewOverHash_AllocateNothing()
    {
        using KernelMap map = TestMaps.Create(MapType.Hash, 8, 8, 64);
        MapView<ulong, ulong> view = new(map);
        view.Set(1, 1);
        for (int i = 0; i < 100; i++) Touch();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) Touch();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Touch()
        {
            view.TryGet(1, out ulong value);
            view.Set(1, value + 1);
            view.TryAdd(2, 2);
            view.Remove(2);
        }
    }

    /// <summary>A map whose keys are new ones each time, as if programs replaced them faster than anybody can read.</summary>
    private sealed class RestlessMap() : BpfMap(new MapDefinition { Name = "restless", Type = MapType.Hash, KeySize = 4, ValueSize = 4, MaxEntries = 8 })
    {
        private uint _key;

        public override int UserValueSize => 4;

        public override Errno Lookup(ReadOnlySpan<byte> key, Span<byte> value) => Errno.ENOENT;

        public override Errno Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, MapUpdateFlags flags = MapUpdateFlags.Any) => Errno.E2BIG;

        public override Errno Delete(ReadOnlySpan<byte> key) => Errno.ENOENT;

        public override Errno LookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value) => Errno.ENOENT;

        public override Errno GetNextKey(ReadOnlySpan<byte> key, Span<byte> nextKey)
        {
            BitConverter.TryWriteBytes(nextKey, _key++);
            return Errno.None;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Xunit;
using static Nectar.Tests.Maps.MapTestExtensions;

namespace Nectar.Tests.Maps;

/// <summary>Threads that hammer one map: nothing that stays in the map is ever missed, no value is seen half written.</summary>
public sealed unsafe class MapConcurrencyTests
{
    private static readonly TimeSpan s_duration = TimeSpan.FromMilliseconds(600);

    [Theory]
    [InlineData(MapFlags.None)]
    [InlineData(MapFlags.NoPrealloc)]
    public void Hash_UpdatedAndDeletedByManyThreads_NeverLosesOrTears(MapFlags flags)
    {
        // few buckets and many elements: long chains, elements used again at once
        using VmMap map = Make(MapType.Hash, 8, 32, 64, flags);
        for (ulong stable = 0; stable < 16; stable++) Assert.Equal(Errno.None, map.Update(B(stable), Value(stable, 0)));
        long missed = 0;
        long torn = 0;
        long reads = 0;
        Hammer(4, (thread, random) =>
        {
            byte[] value = new byte[32];
            ulong key;
            switch (thread)
            {
                case 0:
                    key = (ulong)random.Next(16); // replaces elements that must never be missed
                    if (map.Update(B(key), Value(key, (uint)random.Next()), MapUpdateFlags.Exist) != Errno.None) Interlocked.Increment(ref missed);
                    break;
                case 1:
                    key = 100 + (ulong)random.Next(40); // comes and goes
                    if (random.Next(2) == 0) map.Update(B(key), Value(key, (uint)random.Next()));
                    else map.Delete(B(key));
                    break;
                case 2:
                    key = (ulong)random.Next(16);
                    if (map.Lookup(B(key), value) != Errno.None) Interlocked.Increment(ref missed);
                    else if (!IsWhole(value, key)) Interlocked.Increment(ref torn);
                    Interlocked.Increment(ref reads);
                    break;
                default:
                    key = (ulong)random.Next(16);
                    if (map.LookupPointer((byte*)&key, 0) == null) Interlocked.Increment(ref missed);
                    Interlocked.Increment(ref reads);
                    break;
            }
        });

        Assert.Equal(0, missed);
        Assert.Equal(0, torn);
        Assert.True(reads > 1000);
        Assert.Equal(16, map.Snapshot().Count(e => BitConverter.ToUInt64(e.Key) < 16));
        Assert.Equal(((VmHashMap)map).Count, map.Snapshot().Count);
    }

    [Fact]
    public void LruHash_FilledByManyThreads_StaysWithinItsLimitAndConsistent()
    {
        using VmMap map = Make(MapType.LruHash, 4, 8, 100);
        long failed = 0;
        Hammer(3, (_, random) =>
        {
            int key = random.Next(1000);
            if (map.Update(B(key), B((long)key)) != Errno.None) Interlocked.Increment(ref failed);
        });

        IReadOnlyList<(byte[] Key, byte[] Value)> all = map.Snapshot();
        Assert.Equal(0, failed);
        Assert.InRange(all.Count, 90, 100);
        Assert.All(all, e => Assert.Equal(BitConverter.ToInt32(e.Key), BitConverter.ToInt64(e.Value)));
        Assert.Equal(all.Count, all.Select(e => BitConverter.ToInt32(e.Key)).Distinct().Count());
    }

    [Fact]
    public void RingBuffer_SeveralProducersOneReader_EveryRecordOnceInOrder()
    {
        using VmMap map = Make(MapType.RingBuf, 0, 0, 4096);
        VmRingBuffer ring = (VmRingBuffer)map;
        using RingBufferReader reader = new(map);
        const int Producers = 3;
        const int Each = 20_000;
        int[] last = new int[Producers];
        Array.Fill(last, -1);
        int received = 0;
        Thread[] threads = [.. Enumerable.Range(0, Producers).Select(p => new Thread(() =>
        {
            Random random = new(p);
            for (int i = 0; i < Each; i++)
            {
                int size = 8 + random.Next(60);
                byte* record;
                while ((record = ring.Reserve((ulong)size, 0)) == null) Thread.Yield();
                ((int*)record)[0] = p;
                ((int*)record)[1] = i;
                new Span<byte>(record + 8, size - 8).Fill((byte)i);
                ring.Commit(record, 0, false);
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        while (received < Producers * Each)
        {
            Assert.True(reader.Wait(10_000), "the reader was not woken");
            reader.Read(record =>
            {
                int producer = BitConverter.ToInt32(record);
                int number = BitConverter.ToInt32(record[4..]);
                Assert.Equal(last[producer] + 1, number);
                Assert.False(record[8..].ContainsAnyExcept((byte)number));
                last[producer] = number;
                received++;
                return true;
            });
        }

        foreach (Thread thread in threads) thread.Join();
        Assert.Equal(0, reader.Available);
    }

    private static void Hammer(int threads, Action<int, Random> step)
    {
        long end = Environment.TickCount64 + (long)s_duration.TotalMilliseconds;
        Thread[] all = [.. Enumerable.Range(0, threads).Select(t => new Thread(() =>
        {
            Random random = new(t);
            while (Environment.TickCount64 < end)
            {
                for (int i = 0; i < 100; i++) step(t, random);
            }
        }))];
        foreach (Thread thread in all) thread.Start();
        foreach (Thread thread in all) thread.Join();
    }

    private static byte[] Value(ulong key, uint salt)
    {
        ulong[] words = [key, salt, salt, ~(ulong)salt];
        return System.Runtime.InteropServices.MemoryMarshal.AsBytes<ulong>(words).ToArray();
    }

    private static bool IsWhole(byte[] value, ulong key) => BitConverter.ToUInt64(value) == key
        && BitConverter.ToUInt64(value, 8) == BitConverter.ToUInt64(value, 16) && BitConverter.ToUInt64(value, 24) == ~BitConverter.ToUInt64(value, 8);
}

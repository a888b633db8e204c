// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.Linux.Maps;

namespace Nectar.KernelTests.Events;

/// <summary>Perf buffers of the kernel, with programs that fill them on a processor of the test's choice.</summary>
public sealed class PerfBufferTests
{
    private const int Long = 20_000;

    private static int LastCpu => Environment.ProcessorCount - 1;

    [BpfFact]
    public void Read_BurstOnEachProcessor_ArrivesInOrderWithoutAllocation()
    {
        using PerfProducer producer = new();
        using PerfBufferReader reader = new(producer.Array, 1 << 20);
        Assert.Contains(LastCpu, reader.Cpus);
        Collecting handler = new(reader.Cpus.Max() + 1);
        for (int round = 0; round < 3; round++) // 10,000 samples of 48 bytes: the records run over the end of the buffer
        {
            producer.Emit(10_000, 0);
            producer.Emit(10_000, LastCpu, 0);
            handler.Reset();
            long before = GC.GetAllocatedBytesForCurrentThread();
            int count = reader.Read(ref handler);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(20_000, count);
            Assert.Equal(0, handler.Wrong);
            if (round > 0) Assert.Equal(0, allocated);
        }

        Assert.Equal(0, reader.Lost);
        Assert.Equal(0, reader.Unknown);
        Assert.Equal(0, producer.Failed);
    }

    [BpfFact]
    public void Lost_TinyBuffer_IsCountedForEachProcessor()
    {
        using PerfProducer producer = new();
        using PerfBufferReader reader = new(producer.Array, 4096);
        long received = 0, reported = 0;
        for (int round = 1; round <= 20; round++)
        {
            producer.Emit(500, LastCpu);
            received += reader.Read((_, _) => { }, (cpu, lost) =>
            {
                Assert.Equal(LastCpu, cpu);
                reported += lost;
            });
            Assert.Equal(round * 500, received + reader.Lost);
            Assert.Equal(producer.Failed, reader.Lost);
        }

        Assert.InRange(reader.Lost, 1, 9_999);
        Assert.Equal(reader.Lost, reader.LostOn(LastCpu));
        producer.Emit(1, LastCpu); // the record about losses comes before the next sample that finds room
        reader.Read((_, _) => { }, (_, lost) => reported += lost);
        Assert.Equal(reader.Lost, reported);
        if (LastCpu > 0) Assert.Equal(0, reader.LostOn(0));
    }

    [BpfFact]
    public void Read_HandlerThrows_SampleIsReadAndTheNextFollows()
    {
        using PerfProducer producer = new();
        using PerfBufferReader reader = new(producer.Array, 4096);
        producer.Emit(3);
        Assert.Throws<FormatException>(() => reader.Read((_, _) => throw new FormatException()));
        List<ulong> seen = [];
        Assert.Equal(2, reader.Read((_, sample) => seen.Add(BitConverter.ToUInt64(sample))));
        Assert.Equal([1ul, 2ul], seen);
    }

    [BpfFact]
    public void Wait_WakeupEveryEvent_IsWokenByTheFirst()
    {
        using PerfProducer producer = new();
        using PerfBufferReader reader = new(producer.Array, new PerfBufferOptions { WakeupEvents = 1 });
        Assert.False(reader.Wait(10));
        for (int i = 0; i < 20; i++)
        {
            Task<bool> waiting = Task.Run(() => reader.Wait(Long));
            if (i % 2 == 0) Thread.Sleep(2);
            producer.Emit(1, i % 2 == 0 ? 0 : LastCpu);
            Assert.True(waiting.GetAwaiter().GetResult());
            Assert.Equal(1, reader.Read((_, _) => { }));
        }
    }

    [BpfFact]
    public void Wait_WakeupEveryHundredEvents_SleepsUntilThen()
    {
        using PerfProducer producer = new();
        using PerfBufferReader reader = new(producer.Array, new PerfBufferOptions { WakeupEvents = 100 });
        Stopwatch watch = Stopwatch.StartNew();
        Task<bool> waiting = Task.Run(() => reader.Memory.Wait(3_000_000_000, default));
        Thread.Sleep(20);
        producer.Emit(50);
        Thread.Sleep(50);
        Assert.False(waiting.IsCompleted);
        producer.Emit(60);
        Assert.True(waiting.GetAwaiter().GetResult());
        Assert.InRange(watch.ElapsedMilliseconds, 70, 2900);
        Assert.Equal(110, reader.Read((_, _) => { }));
    }

    [BpfFact]
    public void Run_DefaultWakeup_GetsFewSamplesWithinTheDelay()
    {
        using PerfProducer producer = new();
        using PerfBufferReader reader = new(producer.Array);
        using CancellationTokenSource stop = new(Long);
        Thread writer = new(() =>
        {
            for (int i = 0; i < 30; i++)
            {
                producer.Emit(10, i % (LastCpu + 1));
                Thread.Sleep(1);
            }
        });
        writer.Start();
        int seen = 0;
        reader.Run(
            (_, _) =>
            {
                if (++seen == 300) stop.Cancel();
            },
            null,
            stop.Token);
        writer.Join();
        Assert.Equal(300, seen);
    }

    [BpfFact]
    public async Task Dispose_WhileWaiting_EndsTheWait()
    {
        using PerfProducer producer = new();
        PerfBufferReader reader = new(producer.Array, new PerfBufferOptions { MaxDelay = TimeSpan.Zero });
        Task<long> loop = Task.Run(() => reader.Run((_, _) => { }));
        await Task.Delay(30);
        reader.Dispose();
        Assert.Equal(0, await loop.WaitAsync(TimeSpan.FromMilliseconds(Long)));
        using PerfBufferReader next = new(producer.Array);
        ValueTask<bool> waiting = next.WaitAsync(Long);
        next.Dispose();
        Assert.False(await waiting);
    }

    [BpfFact]
    public async Task ReadAllAsync_LeftEarlyAndTakenUpAgain_LosesNothing()
    {
        using PerfProducer producer = new();
        using PerfBufferReader reader = new(producer.Array);
        using CancellationTokenSource limit = new(Long);
        ulong[] next = new ulong[LastCpu + 1];
        Task writer = Task.Run(async () =>
        {
            for (ulong i = 0; i < 10; i++)
            {
                producer.Emit(50, 0, i * 50);
                if (LastCpu > 0) producer.Emit(50, LastCpu, i * 50);
                await Task.Delay(1);
            }
        });
        int seen = 0, all = 500 * Math.Min(2, LastCpu + 1);
        while (seen < all)
        {
            await foreach (PerfSample sample in reader.ReadAllAsync(limit.Token))
            {
                Assert.Equal(next[sample.Cpu]++, BitConverter.ToUInt64(sample.Data.Span));
                Assert.Equal(36, sample.Data.Length);
                if (++seen % 37 == 0 || seen == all) break;
            }
        }

        await writer;
        Assert.Equal(0, reader.Read((_, _) => { }));
    }

    [BpfFact]
    public void PauseAndResume_SamplesMeanwhile_AreLostAndCounted()
    {
        using PerfProducer producer = new();
        using PerfBufferReader reader = new(producer.Array);
        producer.Emit(10);
        reader.Pause();
        producer.Emit(20);
        reader.Resume();
        producer.Emit(30);
        Assert.Equal(40, reader.Read((_, _) => { }));
        Assert.Equal(20, reader.Lost);
        Assert.Equal(20, producer.Failed);
    }

    [BpfFact]
    public void ReadNewest_FlightRecorder_GivesTheLastSamplesBackwardsOnce()
    {
        using PerfProducer producer = new();
        using PerfBufferReader reader = new(producer.Array, new PerfBufferOptions { BytesPerCpu = 4096, IsOverwritable = true });
        Assert.Throws<InvalidOperationException>(() => reader.Read((_, _) => { }));
        producer.Emit(10);
        List<ulong> seen = [];
        Assert.Equal(10, reader.ReadNewest(Keep));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (ulong)(9 - i)), seen);
        Assert.Equal(0, reader.ReadNewest(Keep));
        Assert.Equal(0, reader.OverwrittenBytes);
        for (int round = 0; round < 5; round++)
        {
            seen.Clear();
            producer.Emit(1000);
            int count = reader.ReadNewest(Keep);
            Assert.InRange(count, 80, 4096 / 48);
            Assert.Equal(Enumerable.Range(0, count).Select(i => (ulong)(999 - i)), seen);
            long written = 10 + ((round + 1) * 1000L);
            Assert.InRange(reader.OverwrittenBytes, (written * 48) - (((round + 1) * 4096) + 480), written * 48);
        }

        Assert.Equal(0, producer.Failed);

        void Keep(int cpu, ReadOnlySpan<byte> sample) => seen.Add(BitConverter.ToUInt64(sample));
    }

    [BpfFact]
    public void ReadInOrder_SamplesOfSeveralProcessors_AreInOrderOfTime()
    {
        using PerfProducer producer = new();
        using PerfBufferReader reader = new(producer.Array, new PerfBufferOptions { HasTimestamps = true });
        for (ulong i = 0; i < 200; i++) producer.Emit(5, i % 3 == 0 ? LastCpu : 0, i * 5);
        List<ulong> seen = [];
        Assert.Equal(1000, reader.ReadInOrder((_, sample) => seen.Add(BitConverter.ToUInt64(sample))));
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => (ulong)i), seen);
        producer.Emit(10);
        Assert.Equal(10, reader.Read((_, sample) => Assert.Equal(36, sample.Length)));
    }

    [BpfFact]
    public async Task ReadAllAsync_WithTimestamps_GivesTheMonotonicClock()
    {
        using PerfProducer producer = new();
        using PerfBufferReader reader = new(producer.Array, new PerfBufferOptions { HasTimestamps = true });
        long before = Stopwatch.GetTimestamp();
        producer.Emit(1);
        long after = Stopwatch.GetTimestamp();
        await foreach (PerfSample sample in reader.ReadAllAsync())
        {
            Assert.InRange((long)sample.Time, before, after); // Stopwatch counts nanoseconds of the same clock on Linux
            break;
        }
    }

    [BpfFact]
    public void Cpus_OnlyOneAsked_OthersGetNoEntryUntilRefreshed()
    {
        using PerfProducer producer = new();
        List<int> cpus = [0];
        using PerfBufferReader reader = new(producer.Array, new PerfBufferOptions { Cpus = cpus });
        producer.Emit(5);
        if (LastCpu > 0) producer.Emit(5, LastCpu); // ENOENT: nobody listens there
        Assert.Equal(5, reader.Read((_, _) => { }));
        Assert.Equal(LastCpu > 0 ? 5 : 0, producer.Failed);
        Assert.Equal(0, reader.RefreshCpus());
        if (LastCpu == 0) return;
        cpus.Add(LastCpu); // as if it came online
        Assert.Equal(1, reader.RefreshCpus());
        producer.Emit(7, LastCpu);
        Assert.Equal(7, reader.Read((_, _) => { }));
        cpus.Remove(LastCpu); // went offline ...
        Assert.Equal(0, reader.RefreshCpus());
        cpus.Add(LastCpu); // ... and came back, with a dead event
        Assert.Equal(1, reader.RefreshCpus());
        producer.Emit(8, LastCpu);
        Assert.Equal(8, reader.Read((_, _) => { }));
    }

    [BpfFact]
    public void Constructor_SecondReaderOrNoProcessor_IsRefused()
    {
        using PerfProducer producer = new();
        using (PerfBufferReader reader = new(producer.Array))
        {
            Assert.Throws<InvalidOperationException>(() => new PerfBufferReader(producer.Array));
            producer.Emit(1);
        }

        producer.Emit(1); // the reader is gone, and with it the events: the program hears of it
        Assert.Equal(1, producer.Failed);
        KernelException nobody = Assert.Throws<KernelException>(() => new PerfBufferReader(producer.Array, new PerfBufferOptions { Cpus = [9999] }));
        Assert.Contains("NEC4302", nobody.Diagnostics[0].ToString(), StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new PerfBufferReader(producer.Array, 5000));
        using PerfBufferReader next = new(producer.Array);
    }

    [BpfFact]
    public void ReaderOutlivesTheMapObject()
    {
        PerfProducer producer = new();
        using PerfBufferReader reader = new(producer.Array);
        producer.Emit(3);
        producer.Dispose();
        Assert.Equal(3, reader.Read((_, _) => { }));
    }

    private struct Collecting(int cpus) : IPerfHandler
    {
        private readonly ulong[] _next = new ulong[cpus];

        internal int Wrong;

        internal readonly void Reset() => Array.Clear(_next);

        public void OnSample(int cpu, ReadOnlySpan<byte> sample)
        {
            if (sample.Length != 36 || BitConverter.ToUInt64(sample) != _next[cpu]++ % 10_000) Wrong++;
        }

        public void OnLost(int cpu, long count) => Wrong++;
    }
}

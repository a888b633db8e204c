// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;

namespace Nectar.KernelTests.Events;

/// <summary>Waiting for records, the loops with each way to wait, cancellation and disposal meanwhile.</summary>
public sealed class RingWaitingTests
{
    private const int Long = 20_000; // ms; a wait that is not woken shows as a failure, not as a hang

    public static TheoryData<EventHost, string, ulong> Policies
    {
        get
        {
            TheoryData<EventHost, string, ulong> data = [];
            foreach (EventHost host in Enum.GetValues<EventHost>())
            {
                foreach (string policy in new[] { "adaptive", "blocking", "every", "bytes", "busy" })
                {
                    foreach (ulong flags in new[] { 0ul, RingProducer.NoWakeup, RingProducer.ForceWakeup }) data.Add(host, policy, flags);
                }
            }

            return data;
        }
    }

    [BpfTheory, InlineData(EventHost.Kernel), InlineData(EventHost.Process)]
    public async Task Wait_RecordComes_IsWoken(EventHost host)
    {
        using RingProducer producer = new(host, 4096);
        using RingBufferReader reader = new(producer.Ring);
        Assert.False(reader.Wait(0));
        Assert.False(reader.Wait(20));
        for (int i = 0; i < 50; i++)
        {
            Task<bool> waiting = Task.Run(() => reader.Wait(Long));
            if (i % 2 == 0) await Task.Delay(1); // asleep already, or not yet
            producer.Emit(1);
            Assert.True(await waiting);
            Assert.Equal(1, reader.Read(_ => true));
        }
    }

    [BpfTheory, InlineData(EventHost.Kernel), InlineData(EventHost.Process)]
    public async Task WaitAsync_RecordComes_IsWoken(EventHost host)
    {
        using RingProducer producer = new(host, 4096);
        using RingBufferReader reader = new(producer.Ring);
        Assert.False(await reader.WaitAsync(20));
        for (int i = 0; i < 50; i++)
        {
            ValueTask<bool> waiting = reader.WaitAsync(Long);
            producer.Emit(1);
            Assert.True(await waiting);
            Assert.Equal(1, reader.Read(_ => true));
        }
    }

    [BpfTheory, InlineData(EventHost.Kernel), InlineData(EventHost.Process)]
    public async Task Wait_Cancelled_Ends(EventHost host)
    {
        using RingProducer producer = new(host, 4096);
        using RingBufferReader reader = new(producer.Ring);
        using CancellationTokenSource soon = new(30);
        Assert.ThrowsAny<OperationCanceledException>(() => reader.Wait(Long, soon.Token));
        using CancellationTokenSource later = new(30);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reader.WaitAsync(Long, later.Token));
        producer.Emit(1);
        Assert.True(reader.Wait(Long)); // the reader is none the worse for it
        Assert.Equal(1, reader.Read(_ => true));
    }

    [BpfTheory, InlineData(EventHost.Kernel), InlineData(EventHost.Process)]
    public async Task Dispose_WhileWaiting_EndsTheWait(EventHost host)
    {
        using RingProducer producer = new(host, 4096);
        for (int i = 0; i < 10; i++)
        {
            RingBufferReader reader = new(producer.Ring);
            Task<bool> waiting = Task.Run(() => reader.Wait(Long));
            await Task.Delay(5);
            reader.Dispose();
            try
            {
                Assert.False(await waiting);
            }
            catch (ObjectDisposedException)
            {
                // the thread had not begun to wait
            }

            reader = new RingBufferReader(producer.Ring);
            ValueTask<bool> task = reader.WaitAsync(Long);
            reader.Dispose();
            Assert.False(await task);
        }
    }

    [BpfTheory, MemberData(nameof(Policies))]
    public void Run_EveryPolicyAndFlag_GetsEveryRecordInOrder(EventHost host, string policy, ulong flags)
    {
        const int Bursts = 20, Each = 200;
        using RingProducer producer = new(host, 1 << 19); // room for all, should the reader be late
        using RingBuffer<Record> ring = new(producer.Ring);
        using CancellationTokenSource stop = new(Long);
        Counting counting = new(Bursts * Each);
        Thread writer = new(() =>
        {
            for (int i = 0; i < Bursts; i++)
            {
                producer.Emit(Each, flags);
                Thread.Sleep(i % 3);
            }
        });
        writer.Start();
        long count = ring.Run(ref counting, Policy(policy), stop.Token);
        writer.Join();
        Assert.Equal(Bursts * Each, count);
        Assert.Equal(0, counting.Wrong);
        Assert.Equal(0, ring.Reader.Available);
        Assert.Equal(0, producer.Loss.Read());
    }

    [BpfTheory, InlineData(EventHost.Kernel), InlineData(EventHost.Process)]
    public async Task Run_CancelledOrDisposed_ReturnsAfterWhatIsReady(EventHost host)
    {
        using RingProducer producer = new(host, 1 << 16);
        RingBufferReader reader = new(producer.Ring);
        using CancellationTokenSource stop = new();
        Task<long> loop = Task.Run(() => reader.Run(_ => true, null, stop.Token));
        await Task.Delay(20);
        producer.Emit(10);
        stop.Cancel();
        Assert.Equal(10, await loop.WaitAsync(TimeSpan.FromMilliseconds(Long)));
        loop = Task.Run(() => reader.Run(_ => true));
        await Task.Delay(50);
        reader.Dispose();
        Assert.Equal(0, await loop.WaitAsync(TimeSpan.FromMilliseconds(Long)));
    }

    [BpfFact]
    public async Task Run_TimedPolicy_KeepsTheProgramFromWakingTheReader()
    {
        using RingProducer producer = new(EventHost.Kernel, 1 << 20);
        using RingBufferReader reader = new(producer.Ring);
        using CancellationTokenSource stop = new();
        int batches = 0;
        ulong last = 0;
        Task<long> loop = Task.Run(() => reader.Run(
            record =>
            {
                ulong at = (ulong)Stopwatch.GetTimestamp();
                if (at - last > (ulong)Stopwatch.Frequency / 200) batches++; // 5 ms apart: another wake-up
                last = at;
                return true;
            },
            RingWakeup.Every(TimeSpan.FromMilliseconds(50)),
            stop.Token));
        long end = Environment.TickCount64 + 500;
        long sent = 0;
        while (Environment.TickCount64 < end)
        {
            producer.Emit(1);
            sent++;
            Thread.Sleep(1);
        }

        stop.Cancel();
        Assert.Equal(sent, await loop);
        Assert.InRange(batches, 1, 20); // some ten, and not one for each of some hundred records
        Assert.InRange(sent, 50, 1000);
    }

    [BpfTheory, InlineData(EventHost.Kernel), InlineData(EventHost.Process)]
    public async Task RunAsync_ReadsUntilCancelled(EventHost host)
    {
        using RingProducer producer = new(host, 1 << 16);
        using RingBufferReader reader = new(producer.Ring);
        using CancellationTokenSource stop = new();
        int seen = 0;
        Task loop = reader.RunAsync(_ => Interlocked.Increment(ref seen) > 0, stop.Token);
        for (int i = 0; i < 10; i++)
        {
            producer.Emit(10);
            await Task.Delay(2);
        }

        stop.Cancel();
        await loop.WaitAsync(TimeSpan.FromMilliseconds(Long));
        Assert.Equal(100, seen);
    }

    [BpfTheory, InlineData(EventHost.Kernel), InlineData(EventHost.Process)]
    public async Task ReadAllAsync_LeftEarlyAndTakenUpAgain_LosesNothing(EventHost host)
    {
        using RingProducer producer = new(host, 1 << 16);
        using RingBuffer<Record> ring = new(producer.Ring);
        Task writer = Task.Run(async () =>
        {
            for (int i = 0; i < 10; i++)
            {
                producer.Emit(100);
                await Task.Delay(1);
            }
        });
        using CancellationTokenSource limit = new(Long);
        long seen = 0;
        while (seen < 1000)
        {
            await foreach (Record record in ring.ReadAllAsync(limit.Token))
            {
                Assert.Equal((ulong)(seen % 100), record.Index);
                if (++seen % 37 == 0 || seen == 1000) break;
            }
        }

        await writer;
        Assert.Equal(0, ring.Reader.Available);
    }

    [BpfTheory, InlineData(EventHost.Kernel), InlineData(EventHost.Process)]
    public async Task ReadAllAsync_DisposedOrCancelled_Ends(EventHost host)
    {
        using RingProducer producer = new(host, 1 << 16);
        RingBufferReader reader = new(producer.Ring);
        producer.Emit(3);
        using CancellationTokenSource stop = new();
        int seen = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ReadOnlyMemory<byte> record in reader.ReadAllAsync(stop.Token))
            {
                Assert.Equal(32, record.Length);
                if (++seen == 3) stop.CancelAfter(10);
            }
        });
        Assert.Equal(3, seen);
        Task ending = Task.Run(async () =>
        {
            await foreach (ReadOnlyMemory<byte> record in reader.ReadAllAsync()) seen++;
        });
        await Task.Delay(20);
        reader.Dispose();
        await ending.WaitAsync(TimeSpan.FromMilliseconds(Long));
        Assert.Equal(3, seen);
    }

    private static RingWakeup Policy(string name) => name switch
    {
        "blocking" => RingWakeup.Blocking,
        "every" => RingWakeup.Every(TimeSpan.FromMilliseconds(2)),
        "bytes" => RingWakeup.Bytes(4000, TimeSpan.FromMilliseconds(5)),
        "busy" => RingWakeup.Busy,
        _ => RingWakeup.Adaptive,
    };

    private struct Counting(int wanted) : IRecordHandler<Record>
    {
        private int _seen;

        internal int Wrong;

        public bool OnRecord(ref readonly Record record)
        {
            if (record.Index != (ulong)(_seen % 200)) Wrong++;
            return ++_seen < wanted;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Events;

namespace Nectar.KernelTests.Events;

/// <summary>Several rings and perf buffers in one loop.</summary>
public sealed class EventLoopTests
{
    private const int Long = 20_000;

    [BpfFact]
    public async Task Run_RingsOfBothHostsAndPerfBuffers_AllAreRead()
    {
        using RingProducer first = new(EventHost.Kernel, 1 << 18), second = new(EventHost.Kernel, 1 << 18, "others"), third = new(EventHost.Process, 1 << 18);
        using PerfProducer fourth = new();
        using RingBufferReader a = new(first.Ring), b = new(second.Ring), c = new(third.Ring);
        using PerfBufferReader d = new(fourth.Array);
        int[] seen = new int[4];
        using EventLoop loop = new();
        loop.Add(a, _ => ++seen[0] > 0);
        loop.Add(b, new Counter(seen, 1));
        loop.Add(c, _ => ++seen[2] > 0);
        loop.Add(d, (_, _) => seen[3]++);
        using CancellationTokenSource stop = new();
        Task<long> running = Task.Run(() => loop.Run(stop.Token));
        for (int i = 0; i < 20; i++)
        {
            first.Emit(50);
            second.Emit(30, RingProducer.NoWakeup);
            third.Emit(20);
            fourth.Emit(10, i % Environment.ProcessorCount);
            await Task.Delay(i % 4);
        }

        stop.Cancel();
        Assert.Equal(2200, await running.WaitAsync(TimeSpan.FromMilliseconds(Long)));
        Assert.Equal([1000, 600, 400, 200], seen);
    }

    [BpfFact]
    public async Task RunAsync_OneHandlerSaysStop_EndsAndReadersAreFree()
    {
        using RingProducer first = new(EventHost.Kernel, 1 << 18), second = new(EventHost.Process, 1 << 18);
        using RingBufferReader a = new(first.Ring), b = new(second.Ring);
        using EventLoop loop = new(RingWakeup.Every(TimeSpan.FromMilliseconds(1)));
        int seen = 0;
        loop.Add(a, _ => ++seen > 0);
        loop.Add(b, record => BitConverter.ToUInt64(record) != 9);
        Task<long> running = loop.RunAsync();
        Assert.Throws<InvalidOperationException>(() => a.Read(_ => true)); // the loop is its user
        first.Emit(100);
        await Task.Delay(20);
        second.Emit(20);
        Assert.Equal(110, await running.WaitAsync(TimeSpan.FromMilliseconds(Long)));
        Assert.Equal(100, seen);
        Assert.Equal(10, b.Read(_ => true));
    }

    [BpfFact]
    public async Task Poll_WaitsForTheFirstOfAll()
    {
        using RingProducer first = new(EventHost.Kernel, 1 << 16), second = new(EventHost.Process, 1 << 16);
        using RingBufferReader a = new(first.Ring), b = new(second.Ring);
        using EventLoop loop = new();
        List<int> seen = [];
        loop.Add(a, _ => Note(0));
        loop.Add(b, _ => Note(1));
        Assert.Equal(0, loop.Poll(0));
        Assert.Equal(0, loop.Poll(10));
        for (int i = 0; i < 20; i++)
        {
            Task<long> waiting = Task.Run(() => loop.Poll(Long));
            await Task.Delay(i % 3);
            (i % 2 == 0 ? first : second).Emit(1);
            Assert.Equal(1, await waiting);
            Assert.Equal(i % 2, seen[^1]);
        }

        using CancellationTokenSource soon = new(20);
        Assert.ThrowsAny<OperationCanceledException>(() => loop.Poll(Long, soon.Token));

        bool Note(int which)
        {
            seen.Add(which);
            return true;
        }
    }

    [BpfFact]
    public async Task Run_ReadersDisposedMeanwhile_LeaveTheLoopWhichEndsWithTheLast()
    {
        using RingProducer first = new(EventHost.Kernel, 1 << 16), second = new(EventHost.Kernel, 1 << 16, "others");
        RingBufferReader a = new(first.Ring), b = new(second.Ring);
        using EventLoop loop = new();
        loop.Add(a, _ => true);
        loop.Add(b, _ => true);
        Task<long> running = Task.Run(() => loop.Run());
        await Task.Delay(20);
        a.Dispose();
        second.Emit(5);
        await Task.Delay(150);
        using (RingBufferReader again = new(first.Ring)) first.Emit(1); // its memory is given back
        Assert.False(running.IsCompleted);
        b.Dispose();
        Assert.Equal(5, await running.WaitAsync(TimeSpan.FromMilliseconds(Long)));
    }

    [BpfFact]
    public async Task Dispose_WhileRunning_EndsTheLoopAndKeepsTheReaders()
    {
        using RingProducer producer = new(EventHost.Kernel, 1 << 16);
        using RingBufferReader reader = new(producer.Ring);
        EventLoop loop = new();
        loop.Add(reader, _ => true);
        Task<long> running = loop.RunAsync();
        await Task.Delay(20);
        loop.Dispose();
        Assert.Equal(0, await running.WaitAsync(TimeSpan.FromMilliseconds(Long)));
        producer.Emit(3);
        Assert.Equal(3, reader.Read(_ => true));
        Assert.Throws<ObjectDisposedException>(() => loop.Poll(0));
    }

    private struct Counter(int[] seen, int index) : IRecordHandler
    {
        public readonly bool OnRecord(ReadOnlySpan<byte> record) => ++seen[index] > 0;
    }
}

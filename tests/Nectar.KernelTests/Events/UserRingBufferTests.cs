// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Vm;
using Nectar.Linux.Loading;
using Nectar.Linux.Programs;

namespace Nectar.KernelTests.Events;

/// <summary>Samples from user space to a program that drains them, on both hosts.</summary>
public sealed class UserRingBufferTests
{
    [BpfTheory, InlineData(EventHost.Kernel), InlineData(EventHost.Process)]
    public void Write_TenThousandThroughASmallRing_AllReachTheProgram(EventHost host)
    {
        using Consumer consumer = new(host);
        using UserRingBufferWriter writer = new(consumer.Ring);
        Assert.Equal(4096, writer.Capacity);
        ulong sum = 0;
        for (ulong i = 1; i <= 10_000; i++)
        {
            sum += i;
            while (!writer.TryWrite(BitConverter.GetBytes(i))) consumer.Drain();
        }

        consumer.Drain();
        Assert.Equal((10_000ul, sum), consumer.Seen());
        Assert.Equal(4096, writer.Free);
        Assert.InRange(writer.Refused, 30, 60);
    }

    [BpfTheory, InlineData(EventHost.Kernel), InlineData(EventHost.Process)]
    public void Reserve_SubmitDiscardAndForget_OnlySubmittedAreSeenInOrder(EventHost host)
    {
        using Consumer consumer = new(host);
        using UserRingBufferWriter writer = new(consumer.Ring);
        Assert.True(writer.TryReserve(8, out UserRingSample first));
        Assert.True(writer.TryReserve(8, out UserRingSample second));
        Assert.True(writer.TryReserve(8, out UserRingSample third));
        BitConverter.TryWriteBytes(first.Data, 1ul);
        BitConverter.TryWriteBytes(third.Data, 100ul);
        third.Submit();
        consumer.Drain();
        Assert.Equal((0ul, 0ul), consumer.Seen()); // the first is not finished, so nothing behind it is seen
        first.Submit();
        second.Dispose();
        consumer.Drain();
        consumer.Drain(); // the kernel ends a run of a program at a discarded sample
        Assert.Equal((2ul, 101ul), consumer.Seen());
        Assert.True(third.Data.IsEmpty);
    }

    [BpfTheory, InlineData(EventHost.Kernel), InlineData(EventHost.Process)]
    public async Task Reserve_RingIsFull_WaitsForTheProgram(EventHost host)
    {
        using Consumer consumer = new(host);
        using UserRingBufferWriter writer = new(consumer.Ring);
        while (writer.TryWrite(new byte[1000]))
        {
        }

        Assert.False(writer.Reserve(1000, out _, 20));
        using CancellationTokenSource soon = new(20);
        Assert.ThrowsAny<OperationCanceledException>(() => writer.Reserve(1000, out _, 20_000, soon.Token));
        Task<bool> waiting = Task.Run(() => WriteOne(writer));
        await Task.Delay(20);
        Assert.False(waiting.IsCompleted);
        consumer.Drain();
        Assert.True(await waiting.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [BpfTheory, InlineData(EventHost.Kernel), InlineData(EventHost.Process)]
    public void Dispose_WhileSomebodyWaits_EndsTheWait(EventHost host)
    {
        using Consumer consumer = new(host);
        UserRingBufferWriter writer = new(consumer.Ring);
        Assert.Throws<InvalidOperationException>(() => new UserRingBufferWriter(consumer.Ring));
        Assert.True(writer.TryReserve(4088, out UserRingSample all));
        Task<bool> waiting = Task.Run(() => WriteOne(writer));
        Thread.Sleep(20);
        writer.Dispose();
        Assert.False(waiting.GetAwaiter().GetResult());
        Assert.Throws<ObjectDisposedException>(() => writer.TryWrite([1]));
        BitConverter.TryWriteBytes(all.Data, 5ul); // what is reserved stays valid, and may be submitted
        all.Submit();
        consumer.Drain();
        Assert.Equal((1ul, 5ul), consumer.Seen());
        using UserRingBufferWriter next = new(consumer.Ring);
        Assert.True(next.TryWrite(new byte[8]));
    }

    [BpfFact]
    public void TryReserve_SizeThatCannotBe_IsAnArgumentError()
    {
        using Consumer consumer = new(EventHost.Kernel);
        using UserRingBufferWriter writer = new(consumer.Ring);
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.TryReserve(-1, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.TryReserve(4089, out _));
        Assert.True(writer.TryReserve(4088, out UserRingSample sample));
        sample.Discard();
        sample.Discard();
    }

    [BpfFact]
    public void TryWrite_ManyThreads_NothingIsTorn()
    {
        using Consumer consumer = new(EventHost.Kernel);
        using UserRingBufferWriter writer = new(consumer.Ring);
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (ulong i = 1; i <= 2000; i++)
            {
                while (!writer.TryWrite(BitConverter.GetBytes(i))) Thread.Yield();
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        while (threads.Any(t => t.IsAlive)) consumer.Drain();
        consumer.Drain();
        Assert.Equal((8000ul, 4ul * 2000 * 2001 / 2), consumer.Seen());
    }

    private static bool WriteOne(UserRingBufferWriter writer)
    {
        if (!writer.Reserve(1000, out UserRingSample sample, 20_000)) return false;
        sample.Data.Clear();
        sample.Submit();
        return true;
    }

    /// <summary>A program that counts samples and adds their first 8 bytes up.</summary>
    private sealed class Consumer : IDisposable
    {
        private readonly KernelObject? _kernel;
        private readonly VmObject? _process;

        internal Consumer(EventHost host)
        {
            BpfObject source = Assembler.Assemble(s_text, "user_ring.bpfasm");
            if (host == EventHost.Kernel) _kernel = KernelObject.Load(source);
            else _process = VmObject.Load(source);
        }

        internal BpfMap Ring => Map("commands");

        internal void Drain()
        {
            if (_kernel is not null) _kernel.Programs["drain"].TestRun(default);
            else if (_process!.Programs["drain"].Run(new byte[8]).Fault is { } fault) throw new InvalidOperationException(fault.Message);
        }

        internal (ulong Count, ulong Sum) Seen()
        {
            ArrayView<ulong> seen = new(Map("seen"));
            return (seen[0], seen[1]);
        }

        public void Dispose()
        {
            _kernel?.Dispose();
            _process?.Dispose();
        }

        private BpfMap Map(string name) => _kernel is not null ? _kernel.Maps[name] : _process!.Maps[name];

        private static readonly string s_text = $$"""
            .license "GPL"
            .map commands type=user_ringbuf max=4096
            .map seen type=array key=u32 value=u64 max=2
            .program drain type=syscall
                r1 = commands ll
                r2 = each ll
                r3 = r10
                r4 = 0
                call bpf_user_ringbuf_drain
                r0 = 0
                exit
            .function each
                r3 = r1
                *(u64 *)(r10 - 8) = 0
                r1 = r10
                r1 += -8
                r2 = 8
                r4 = 0
                r5 = 0
                call bpf_dynptr_read
                {{AssemblyText.FindSlot("seen ll", 0, "end", stack: -12)}}
                r1 = 1
                lock *(u64 *)(r0 + 0) += r1
                {{AssemblyText.FindSlot("seen ll", 1, "end", stack: -12)}}
                r1 = *(u64 *)(r10 - 8)
                lock *(u64 *)(r0 + 0) += r1
            end:
                r0 = 0
                exit
            """;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Linux.Events;
using Nectar.Linux.Loading;
using Nectar.Linux.Programs;
using Nectar.Linux.Tracing;

namespace Nectar.KernelTests.Events;

/// <summary>A test that reads the machine's trace pipe; skipped where there is none, or where somebody else reads it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TracePipeFactAttribute : FactAttribute
{
    public TracePipeFactAttribute()
    {
        Skip = BpfAccess.Unavailable;
        if (Skip is not null) return;
        if (TraceFileSystem.PathOf("trace_pipe") is null) Skip = "this kernel has no trace filesystem";
    }
}

public sealed class TracePipeTests
{
    [TracePipeFact]
    public async Task ReadAllAsync_LinesOfBpfPrintk_AreParsed()
    {
        using KernelObject printer = KernelObject.Load(Assembler.Assemble(Text, "printk.bpfasm"));
        using TracePipe pipe = TracePipe.Open();
        using CancellationTokenSource limit = new(20_000);
        ulong mark = (ulong)Random.Shared.NextInt64(1 << 40);
        for (int i = 0; i < 20; i++) Print(printer, mark + (ulong)i);
        ulong next = mark;
        await foreach (TraceLine line in pipe.ReadAllAsync(limit.Token))
        {
            if (line.Message != $"number {next}") continue; // the pipe is everybody's
            Assert.True(line.IsEvent);
            Assert.Equal("bpf_trace_printk", line.Function);
            Assert.InRange(line.Cpu, 0, Environment.ProcessorCount - 1);
            Assert.True(line.ThreadId > 0);
            Assert.True(line.Time > TimeSpan.Zero);
            if (++next == mark + 20) break;
        }

        Assert.Equal(mark + 20, next);
    }

    [TracePipeFact]
    public async Task ReadAllAsync_CancelledOrDisposed_Ends()
    {
        TracePipe pipe = TracePipe.Open();
        using CancellationTokenSource soon = new(30);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (TraceLine line in pipe.ReadAllAsync(soon.Token)) Assert.NotNull(line.Message);
        });
        Task reading = Task.Run(async () =>
        {
            await foreach (TraceLine line in pipe.ReadAllAsync()) Assert.NotNull(line.Message);
        });
        await Task.Delay(20);
        pipe.Dispose();
        await reading.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [TracePipeFact]
    public void TryRead_NothingThere_ReturnsAfterTheTime()
    {
        using KernelObject printer = KernelObject.Load(Assembler.Assemble(Text, "printk.bpfasm"));
        using TracePipe pipe = TracePipe.Open();
        while (pipe.TryRead(out _, 0))
        {
        }

        Print(printer, 5);
        Assert.True(pipe.TryRead(out TraceLine line, 20_000));
        Assert.True(line.IsEvent);
    }

    private static void Print(KernelObject printer, ulong number)
    {
        byte[] context = new byte[8];
        BitConverter.TryWriteBytes(context, number);
        printer.Programs["print"].TestRun(new TestRunInput { Context = context });
    }

    private const string Text = """
        .license "GPL"
        .program print type=syscall
            r3 = *(u64 *)(r1 + 0)
            r1 = 0x25207265626d756e ll // "number %"
            *(u64 *)(r10 - 16) = r1
            r1 = 0x756c6c // "llu"
            *(u64 *)(r10 - 8) = r1
            r1 = r10
            r1 += -16
            r2 = 12
            call bpf_trace_printk
            r0 = 0
            exit
        """;
}

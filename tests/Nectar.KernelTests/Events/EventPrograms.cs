// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Vm;
using Nectar.Linux.Loading;
using Nectar.Linux.Programs;

namespace Nectar.KernelTests.Events;

/// <summary>A host with a program that fills a ring buffer: the kernel, or this process.</summary>
public enum EventHost
{
    Kernel,
    Process,
}

/// <summary>What <see cref="RingProducer"/> writes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Record
{
    internal ulong Index, Flags, Twice, Tag;
}

/// <summary>Programs that write numbered records of 32 bytes to a ring buffer, as many as asked for in one run, and count what found no room.</summary>
internal sealed class RingProducer : IDisposable
{
    /// <summary>The program discards records with odd numbers.</summary>
    internal const ulong DiscardOdd = 1 << 8;
    internal const ulong NoWakeup = 1, ForceWakeup = 2;

    private readonly KernelObject? _kernel;
    private readonly VmObject? _process;

    internal RingProducer(EventHost host, uint size, string name = "events")
    {
        BpfObject source = Assembler.Assemble(Text.Replace("SIZE", size.ToString(), StringComparison.Ordinal).Replace("events", name, StringComparison.Ordinal), "ring.bpfasm");
        if (host == EventHost.Kernel) _kernel = KernelObject.Load(source);
        else _process = VmObject.Load(source);
        Ring = _kernel is not null ? _kernel.Maps[name] : _process!.Maps[name];
        Loss = LossCounter.Find(Ring, _kernel is not null ? _kernel.Maps : _process!.Maps, source)!;
    }

    internal BpfMap Ring { get; }

    internal LossCounter Loss { get; }

    internal KernelProgram Program => _kernel!.Programs["emit"];

    /// <summary>Writes records with the numbers 0 and up.</summary>
    internal void Emit(ulong count, ulong flags = 0)
    {
        byte[] context = new byte[16];
        BitConverter.TryWriteBytes(context, count);
        BitConverter.TryWriteBytes(context.AsSpan(8), flags);
        if (_kernel is not null) _kernel.Programs["emit"].TestRun(new TestRunInput { Context = context });
        else if (_process!.Programs["emit"].Run(context).Fault is { } fault) throw new InvalidOperationException(fault.Message);
    }

    public void Dispose()
    {
        _kernel?.Dispose();
        _process?.Dispose();
    }

    private const string Text = """
        .license "GPL"
        .map events type=ringbuf max=SIZE
        .map events_lost type=array key=u32 value=u64 max=1
        .program emit type=syscall
            r6 = *(u64 *)(r1 + 0)
            r7 = *(u64 *)(r1 + 8)
            *(u64 *)(r10 - 8) = r7
            r1 = r6
            r2 = each ll
            r3 = r10
            r3 += -8
            r4 = 0
            call bpf_loop
            r0 = 0
            exit
        .function each
            r6 = r1
            r7 = *(u64 *)(r2 + 0)
            r1 = events ll
            r2 = 32
            r3 = 0
            call bpf_ringbuf_reserve
            if r0 == 0 goto full
            *(u64 *)(r0 + 0) = r6
            *(u64 *)(r0 + 8) = r7
            r1 = r6
            r1 += r6
            *(u64 *)(r0 + 16) = r1
            r1 = 77
            *(u64 *)(r0 + 24) = r1
            r1 = r0
            r2 = r7
            r2 &= 3
            if r7 & 256 goto odd
        submit:
            call bpf_ringbuf_submit
            r0 = 0
            exit
        odd:
            r3 = r6
            r3 &= 1
            if r3 == 0 goto submit
            call bpf_ringbuf_discard
            r0 = 0
            exit
        full:
            r1 = map[name:events_lost][0]
            r2 = 1
            lock *(u64 *)(r1 + 0) += r2
            r0 = 0
            exit
        """;
}

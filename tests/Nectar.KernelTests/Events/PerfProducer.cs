// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Linux.Loading;
using Nectar.Linux.Programs;

namespace Nectar.KernelTests.Events;

/// <summary>A program that writes numbered samples of 36 bytes (which fill 40 with their length, so that there is no padding) to a perf event array.</summary>
internal sealed class PerfProducer : IDisposable
{
    private readonly KernelObject _object = KernelObject.Load(Assembler.Assemble(Text, "perf.bpfasm"));

    internal BpfMap Array => _object.Maps["samples"];

    /// <summary>Samples that the program could not write, for whatever reason.</summary>
    internal long Failed => new MapView<uint, long>(_object.Maps["failed"])[0];

    /// <summary>Writes samples on a processor, with numbers from <paramref name="first"/> on.</summary>
    internal void Emit(ulong count, int cpu = 0, ulong first = 0)
    {
        byte[] context = new byte[16];
        BitConverter.TryWriteBytes(context, count);
        BitConverter.TryWriteBytes(context.AsSpan(8), first);
        _object.Programs["emit"].TestRun(new TestRunInput { Context = context, Cpu = cpu });
    }

    public void Dispose() => _object.Dispose();

    private const string Text = """
        .license "GPL"
        .map samples type=perf_event_array key=4 value=4 max=0
        .map failed type=array key=u32 value=u64 max=1
        .program emit type=raw_tracepoint section="raw_tp/sys_enter"
            *(u64 *)(r10 - 16) = r1
            r2 = *(u64 *)(r1 + 8)
            *(u64 *)(r10 - 8) = r2
            r1 = *(u64 *)(r1 + 0)
            r2 = each ll
            r3 = r10
            r3 += -16
            r4 = 0
            call bpf_loop
            r0 = 0
            exit
        .function each
            r3 = *(u64 *)(r2 + 8)
            r3 += r1
            *(u64 *)(r10 - 40) = r3
            *(u64 *)(r10 - 32) = r3
            *(u64 *)(r10 - 24) = r3
            *(u64 *)(r10 - 16) = r3
            *(u64 *)(r10 - 8) = r3
            r1 = *(u64 *)(r2 + 0)
            r2 = samples ll
            r3 = 0xffffffff ll
            r4 = r10
            r4 += -40
            r5 = 36
            call bpf_perf_event_output
            if r0 == 0 goto done
            r1 = map[name:failed][0]
            r2 = 1
            lock *(u64 *)(r1 + 0) += r2
        done:
            r0 = 0
            exit
        """;
}

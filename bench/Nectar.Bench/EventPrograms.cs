// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Objects;

namespace Nectar.Bench;

/// <summary>
/// The programs of the event benchmark, the same for us and for libbpf: <c>ring32</c>, <c>ring128</c>, <c>perf32</c>, <c>perf128</c>. Their
/// context is a count of records and the flags of submit.
/// </summary>
internal static class EventPrograms
{
    internal static readonly int[] Sizes = [32, 128];

    internal static BpfObject Assemble()
    {
        StringBuilder text = new();
        text.Append(".license \"GPL\"\n.map ring type=ringbuf max=67108864\n.map perf type=perf_event_array key=4 value=4 max=0\n");
        foreach (int size in Sizes) Ring(text, size);
        foreach (int size in Sizes) Perf(text, size);
        return Assembler.Assemble(text.ToString(), "events.bpfasm");
    }

    private static void Ring(StringBuilder text, int size)
    {
        text.Append(CultureInfo.InvariantCulture, $$"""
            .program ring{{size}} type=syscall
                r2 = *(u64 *)(r1 + 8)
                *(u64 *)(r10 - 8) = r2
                r1 = *(u64 *)(r1 + 0)
                r2 = ring_each{{size}} ll
                r3 = r10
                r3 += -8
                r4 = 0
                call bpf_loop
                r0 = 0
                exit
            .function ring_each{{size}}
                r6 = r1
                r7 = *(u64 *)(r2 + 0)
                r1 = ring ll
                r2 = {{size}}
                r3 = 0
                call bpf_ringbuf_reserve
                if r0 == 0 goto full

            """);
        for (int at = 0; at < size; at += 8) text.Append(CultureInfo.InvariantCulture, $"    *(u64 *)(r0 + {at}) = r6\n");
        text.Append("    r1 = r0\n    r2 = r7\n    call bpf_ringbuf_submit\nfull:\n    r0 = 0\n    exit\n");
    }

    private static void Perf(StringBuilder text, int size)
    {
        text.Append(CultureInfo.InvariantCulture, $$"""
            .program perf{{size}} type=raw_tracepoint section="raw_tp/sys_enter"
                *(u64 *)(r10 - 8) = r1
                r1 = *(u64 *)(r1 + 0)
                r2 = perf_each{{size}} ll
                r3 = r10
                r3 += -8
                r4 = 0
                call bpf_loop
                r0 = 0
                exit
            .function perf_each{{size}}

            """);
        for (int at = 0; at < size; at += 8) text.Append(CultureInfo.InvariantCulture, $"    *(u64 *)(r10 - {size - at}) = r1\n");
        text.Append(CultureInfo.InvariantCulture, $"    r1 = *(u64 *)(r2 + 0)\n    r2 = perf ll\n    r3 = 0xffffffff ll\n    r4 = r10\n    r4 += -{size}\n    r5 = {size}\n    call bpf_perf_event_output\n    r0 = 0\n    exit\n");
    }
}

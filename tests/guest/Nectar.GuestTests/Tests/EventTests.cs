// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Maps;
using Nectar.GuestTests.Harness;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Loading;

namespace Nectar.GuestTests.Tests;

/// <summary>Records on their way to user space.</summary>
internal static class EventTests
{
    private const string Ring = """
        .license "GPL"
        .map events type=ringbuf max=4096
        .program on_call section="tp/syscalls/sys_enter_getsid"
            r6 = *(u64 *)(r1 + 16)
            r1 = events ll
            r2 = 16
            r3 = 0
            call bpf_ringbuf_reserve
            if r0 == 0 goto out
            *(u64 *)(r0 + 0) = r6
            *(u64 *)(r0 + 8) = 7
            r1 = r0
            r2 = 0
            call bpf_ringbuf_submit
        out:
            r0 = 0
            exit
        """;

    private const string Perf = """
        .license "GPL"
        .map events type=perf_event_array key=4 value=4
        .program on_call section="tp/syscalls/sys_enter_getsid"
            r6 = *(u64 *)(r1 + 16)
            *(u64 *)(r10 - 8) = r6
            r2 = events ll
            r3 = 0xffffffff ll
            r4 = r10
            r4 += -8
            r5 = 8
            call bpf_perf_event_output
            r0 = 0
            exit
        """;

    internal static readonly GuestTest[] All =
    [
        new("ring_buffer/records_arrive_in_order", RingInOrder, Needs.Root),
        new("ring_buffer/wakes_a_reader", RingWakes, Needs.Root),
        new("perf_buffer/samples_arrive", PerfSamples, Needs.Root),
    ];

    private static void RingInOrder()
    {
        using KernelObject loaded = KernelObject.Load(Assembler.Assemble(Ring, "ring.bpfasm"));
        using RingBufferReader reader = new(loaded.Maps["events"]);
        using BpfLink link = Tracepoints.Attach(loaded.Programs["on_call"], "syscalls", "sys_enter_getsid");
        List<ulong> seen = [];
        // More than the ring holds in all, so that it goes around.
        for (int i = 0; i < 1000; i++)
        {
            Native.GetSid(100_000 + i);
            if (i % 50 == 49) reader.Read(record => Note(record, seen));
        }

        Check.True(seen.SequenceEqual(Enumerable.Range(100_000, 1000).Select(i => (ulong)i)), $"{seen.Count} records");
    }

    private static void RingWakes()
    {
        using KernelObject loaded = KernelObject.Load(Assembler.Assemble(Ring, "ring.bpfasm"));
        using RingBufferReader reader = new(loaded.Maps["events"]);
        using BpfLink link = Tracepoints.Attach(loaded.Programs["on_call"], "syscalls", "sys_enter_getsid");
        Thread caller = new(() =>
        {
            Thread.Sleep(100);
            Native.GetSid(KprobeTests.NoSuchProcess);
        });
        caller.Start();
        List<ulong> seen = [];
        reader.Poll(record => Note(record, seen), 10_000);
        caller.Join();
        Check.Equal(1, seen.Count);
    }

    private static void PerfSamples()
    {
        using KernelObject loaded = KernelObject.Load(Assembler.Assemble(Perf, "perf.bpfasm"));
        using PerfBufferReader reader = new(loaded.Maps["events"]);
        using BpfLink link = Tracepoints.Attach(loaded.Programs["on_call"], "syscalls", "sys_enter_getsid");
        for (int i = 0; i < 10; i++) Native.GetSid(200_000 + i);
        List<ulong> seen = [];
        Check.Soon(() =>
        {
            reader.Read((_, sample) => seen.Add(MemoryMarshal.Read<ulong>(sample)));
            return seen.Count >= 10;
        });
        Check.True(seen.Order().SequenceEqual(Enumerable.Range(200_000, 10).Select(i => (ulong)i)), string.Join(", ", seen));
        Check.Equal(0L, reader.Lost);
    }

    private static bool Note(ReadOnlySpan<byte> record, List<ulong> seen)
    {
        Check.Equal(16, record.Length);
        Check.Equal(7ul, MemoryMarshal.Read<ulong>(record[8..]));
        seen.Add(MemoryMarshal.Read<ulong>(record));
        return true;
    }
}

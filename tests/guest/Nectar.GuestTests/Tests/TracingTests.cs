// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.GuestTests.Harness;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Tracing;

namespace Nectar.GuestTests.Tests;

/// <summary>Tracepoints, perf events and iterators.</summary>
internal static class TracingTests
{
    private const int GetSid = 124; // the system call

    internal static readonly GuestTest[] All =
    [
        new("tracepoint/perf_link", () => Tracepoint(AttachMethod.Automatic, true), Needs.Root),
        new("tracepoint/perf_ioctl", () => Tracepoint(AttachMethod.PerfIoctl, false), Needs.Root),
        new("tracepoint/unknown", UnknownTracepoint, Needs.Root),
        new("raw_tp/sees_each_call", RawTracepoint, Needs.Root),
        new("raw_tp/cookie", () => RawCookie(true), Needs.Root, Needs.Kernel(6, 10, "cookies of raw tracepoints")),
        new("raw_tp/cookie_missing_is_said", () => RawCookie(false), Needs.Root, Needs.KernelBefore(6, 10, "cookies of raw tracepoints")),
        new("perf_event/cpu_clock", CpuClock, Needs.Root),
        new("perf_event/hardware_missing_is_said", NoHardware, Needs.Root, Needs.GuestOnly),
        new("iter/task", Tasks, Needs.Root),
        new("iter/task_of_one_process", TasksOfProcess, Needs.Root, Needs.Kernel(6, 1, "options of task iterators")),
        new("iter/bpf_map_sees_its_own", Maps, Needs.Root),
    ];

    private static void Tracepoint(AttachMethod method, bool withCookie)
    {
        using Probe probe = Probe.Load("tp/syscalls/sys_enter_getsid", "r7 = *(u64 *)(r6 + 16)", withCookie: withCookie);
        using (Tracepoints.Attach(probe.Program, "syscalls", "sys_enter_getsid", withCookie ? 99ul : 0, method))
        {
            Native.GetSid(KprobeTests.NoSuchProcess);
            Check.Equal(1ul, probe.Hits);
            Check.Equal((ulong)KprobeTests.NoSuchProcess, probe.Value & uint.MaxValue);
            Check.Equal(withCookie ? 99ul : 0ul, probe.CookieSeen);
        }

        Native.GetSid(KprobeTests.NoSuchProcess);
        Check.Equal(1ul, probe.Hits);
    }

    private static void UnknownTracepoint()
    {
        using Probe probe = Probe.Load("tp/syscalls/sys_enter_getsid");
        KernelException refused = Check.Throws<KernelException>(() => Tracepoints.Attach(probe.Program, "syscalls", "sys_enter_getsidd"));
        Check.Contains("sys_enter_getsid", KprobeMultiTests.Text(refused));
    }

    private static void RawTracepoint()
    {
        using Probe probe = Probe.Load("raw_tp/sys_enter", $"r1 = *(u64 *)(r6 + 8)\nif r1 != {GetSid} goto out\nr7 = r1");
        using (RawTracepoints.Attach(probe.Program, "sys_enter"))
        {
            Native.GetSid(KprobeTests.NoSuchProcess);
            Check.Equal(1ul, probe.Hits);
            Check.Equal((ulong)GetSid, probe.Value);
        }

        Native.GetSid(KprobeTests.NoSuchProcess);
        Check.Equal(1ul, probe.Hits);
    }

    private static void RawCookie(bool isThere)
    {
        const string body = "r1 = *(u64 *)(r6 + 8)\nif r1 != 124 goto out";
        if (!isThere)
        {
            using Probe plain = Probe.Load("raw_tp/sys_enter", body);
            KernelException refused = Check.Throws<KernelException>(() => RawTracepoints.Attach(plain.Program, "sys_enter", 5).Dispose());
            Check.Contains("6.10", KprobeMultiTests.Text(refused));
            return;
        }

        using Probe probe = Probe.Load("raw_tp/sys_enter", body, withCookie: true);
        using BpfLink link = RawTracepoints.Attach(probe.Program, "sys_enter", 5);
        Native.GetSid(KprobeTests.NoSuchProcess);
        Check.Equal(5ul, probe.CookieSeen);
    }

    private static void CpuClock()
    {
        using Probe probe = Probe.Load("perf_event", anyProcess: true);
        using BpfLink link = PerfEvents.Attach(probe.Program, PerfEventKind.CpuClock, new PerfEventOptions { Period = 1_000_000 });
        ulong sum = 0;
        Check.Soon(() =>
        {
            for (ulong i = 0; i < 1_000_000; i++) sum += i ^ sum;
            return probe.Hits >= 5;
        });
    }

    private static void NoHardware()
    {
        using Probe probe = Probe.Load("perf_event");
        KernelException refused = Check.Throws<KernelException>(() => PerfEvents.Attach(probe.Program, PerfEventKind.Cycles).Dispose());
        Check.Contains("cpu-clock", KprobeMultiTests.Text(refused));
    }

    private const string WriteLine = "r1 = *(u64 *)(r6 + 0)\nr1 = *(u64 *)(r1 + 0)\n*(u64 *)(r10 - 8) = 0\n*(u8 *)(r10 - 8) = 120\n*(u8 *)(r10 - 7) = 10\nr2 = r10\nr2 += -8\nr3 = 2\ncall bpf_seq_write\n";

    private static void Tasks()
    {
        using Probe probe = Probe.Load("iter/task", WriteLine, anyProcess: true);
        using IteratorLink link = IteratorLink.Attach(probe.Program);
        string text = link.ReadText();
        Check.True(text.Length >= 20 && text.Replace("x\n", "", StringComparison.Ordinal).Length == 0, $"{text.Length} characters");
        Check.AtLeast((ulong)text.Length / 2, probe.Hits);
        Check.Equal(text.Length / 2, link.ReadText().Length / 2);
    }

    private static void TasksOfProcess()
    {
        using Probe probe = Probe.Load("iter/task", WriteLine, anyProcess: true);
        using IteratorLink all = IteratorLink.Attach(probe.Program), own = IteratorLink.Attach(probe.Program, new IteratorOptions { ProcessId = Environment.ProcessId });
        Check.True(own.ReadText().Length < all.ReadText().Length);
        Check.AtLeast(2, (ulong)own.ReadText().Length);
    }

    private static void Maps()
    {
        using Probe probe = Probe.Load("iter/bpf_map", WriteLine, anyProcess: true);
        using IteratorLink link = IteratorLink.Attach(probe.Program);
        Check.AtLeast(2, (ulong)link.ReadText().Length);
    }
}

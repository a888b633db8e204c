// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.GuestTests.Harness;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Tracing;

namespace Nectar.GuestTests.Tests;

/// <summary>Probes of the C library in this process.</summary>
internal static class UprobeTests
{
    internal static readonly GuestTest[] All =
    [
        new("uprobe/sees_each_call", () => SeesEachCall(AttachMethod.Automatic, 77), Needs.Root),
        new("uprobe/perf_ioctl", () => SeesEachCall(AttachMethod.PerfIoctl, 0), Needs.Root),
        new("uprobe/trace_events", () => SeesEachCall(AttachMethod.TraceEvents, 0), Needs.Root),
        new("uretprobe/sees_the_result", SeesTheResult, Needs.Root),
        new("uprobe_multi/pattern", Multi, Needs.Root, Needs.Kernel(6, 6, "uprobe.multi")),
        new("uprobe_multi/older_kernels_get_single_probes", Fallback, Needs.Root, Needs.KernelBefore(6, 6, "uprobe.multi")),
        new("uprobe_multi/missing_is_said", MultiMissing, Needs.Root, Needs.KernelBefore(6, 6, "uprobe.multi")),
    ];

    private static void SeesEachCall(AttachMethod method, ulong cookie)
    {
        using Probe probe = Probe.Load("uprobe", "r7 = *(u64 *)(r6 + 112)", withCookie: cookie != 0);
        using (Uprobes.Attach(probe.Program, Native.Libc, "ffsll", new ProbeOptions { Method = method, Cookie = cookie }))
        {
            for (long i = 1; i <= 3; i++) Native.Ffsll(0x1000 * i);
            Check.Equal(3ul, probe.Hits);
            Check.Equal(0x3000ul, probe.Value);
            Check.Equal(cookie, probe.CookieSeen);
        }

        Native.Ffsll(1);
        Check.Equal(3ul, probe.Hits, "after detaching");
    }

    private static void SeesTheResult()
    {
        using Probe probe = Probe.Load("uretprobe", KprobeTests.Result);
        using BpfLink link = Uprobes.Attach(probe.Program, Native.Libc, "ffsll", new ProbeOptions { IsReturn = true });
        Native.Ffsll(0x80);
        Check.Equal(1ul, probe.Hits);
        Check.Equal(8ul, probe.Value & uint.MaxValue);
    }

    private static void Multi()
    {
        using Probe probe = Probe.Load("uprobe.multi/x", withCookie: true);
        using BpfLink link = UprobeMulti.Attach(probe.Program, Native.Libc, "ffs*", new UprobeMultiOptions { RequireOneLink = true });
        Native.Ffsll(5);
        Check.Equal(1ul, probe.Hits);
    }

    private static void Fallback()
    {
        using Probe probe = Probe.Load("uprobe", anyProcess: false);
        using BpfLink link = UprobeMulti.Attach(probe.Program, Native.Libc, "ffs*");
        Native.Ffsll(5);
        Check.Equal(1ul, probe.Hits);
    }

    private static void MultiMissing()
    {
        using Probe probe = Probe.Load("uprobe");
        KernelException refused = Check.Throws<KernelException>(() => UprobeMulti.Attach(probe.Program, Native.Libc, "ffs*", new UprobeMultiOptions { RequireOneLink = true }).Dispose());
        Check.Contains("6.6", KprobeMultiTests.Text(refused));
    }
}

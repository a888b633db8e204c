// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.GuestTests.Harness;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Syscalls;

namespace Nectar.GuestTests.Tests;

/// <summary>Probes of kernel functions, each of the ways to make one.</summary>
internal static class KprobeTests
{
    internal const int NoSuchProcess = 12345;
    internal const string Function = "__x64_sys_getsid";

    // The only argument of a system call's function is its caller's registers; offset 112 is the first argument there and here.
    internal const string SystemCallArgument = "r3 = *(u64 *)(r6 + 112)\nr3 += 112\nr1 = r10\nr1 += -8\nr2 = 8\ncall bpf_probe_read_kernel\nr7 = *(u64 *)(r10 - 8)";
    internal const string Result = "r7 = *(u64 *)(r6 + 80)";
    internal const ulong NotFound = unchecked((ulong)-3); // ESRCH

    internal static readonly GuestTest[] All =
    [
        new("kprobe/sees_each_call", () => SeesEachCall(AttachMethod.Automatic, false), Needs.Root, Needs.Kprobes),
        new("kprobe/perf_link", () => SeesEachCall(AttachMethod.PerfLink, true), Needs.Root, Needs.Kprobes),
        new("kprobe/perf_ioctl", () => SeesEachCall(AttachMethod.PerfIoctl, false), Needs.Root, Needs.Kprobes),
        new("kprobe/trace_events", () => SeesEachCall(AttachMethod.TraceEvents, false), Needs.Root, Needs.Kprobes),
        new("kretprobe/sees_the_result", () => SeesTheResult(AttachMethod.Automatic), Needs.Root, Needs.Kprobes),
        new("kretprobe/perf_ioctl", () => SeesTheResult(AttachMethod.PerfIoctl), Needs.Root, Needs.Kprobes),
        new("kretprobe/trace_events", () => SeesTheResult(AttachMethod.TraceEvents), Needs.Root, Needs.Kprobes),
        new("kretprobe/max_active", MaxActive, Needs.Root, Needs.Kprobes),
        new("kprobe/pinned_link_survives_its_owner", Pinned, Needs.Root, Needs.Kprobes),
        new("kprobe/replaces_the_program_of_a_link", Update, Needs.Root, Needs.Kprobes),
        new("kprobe/unknown_function", UnknownFunction, Needs.Root, Needs.Kprobes),
        new("kprobe/forbidden_function", ForbiddenFunction, Needs.Root, Needs.Kprobes),
        new("kprobe/function_of_a_module", ModuleFunction, Needs.Root, Needs.Kprobes, Needs.Module("veth")),
        new("kprobe/many_attach_and_detach", Many, Needs.Root, Needs.Kprobes),
        new("ksyscall/sees_each_call", SystemCall, Needs.Root, Needs.Kprobes),
        new("ksyscall/unknown_call", UnknownSystemCall, Needs.Root, Needs.Kprobes),
    ];

    private static void SeesEachCall(AttachMethod method, bool withCookie)
    {
        using Probe probe = Probe.Load($"kprobe/{Function}", SystemCallArgument, withCookie: withCookie);
        using (Kprobes.Attach(probe.Program, Function, new ProbeOptions { Method = method, Cookie = withCookie ? 0x1234567890ul : 0 }))
        {
            for (int i = 0; i < 5; i++) Native.GetSid(NoSuchProcess);
            Check.Equal(5ul, probe.Hits);
            Check.Equal((ulong)NoSuchProcess, probe.Value & uint.MaxValue);
            Check.Equal(withCookie ? 0x1234567890ul : 0ul, probe.CookieSeen);
        }

        Native.GetSid(NoSuchProcess);
        Check.Equal(5ul, probe.Hits, "after detaching");
    }

    private static void SeesTheResult(AttachMethod method)
    {
        using Probe probe = Probe.Load($"kretprobe/{Function}", Result);
        using BpfLink link = Kprobes.Attach(probe.Program, Function, new ProbeOptions { IsReturn = true, Method = method });
        Check.Equal(-1, Native.GetSid(NoSuchProcess));
        Check.Equal(1ul, probe.Hits);
        Check.Equal(NotFound, probe.Value);
    }

    private static void MaxActive()
    {
        using Probe probe = Probe.Load($"kretprobe/{Function}", Result);
        using BpfLink link = Kprobes.Attach(probe.Program, Function, new ProbeOptions { IsReturn = true, MaxActive = 8 });
        Native.GetSid(NoSuchProcess);
        Check.Equal(1ul, probe.Hits);
    }

    private static void Pinned()
    {
        const string path = "/sys/fs/bpf/nectar-guest-kprobe";
        using Probe probe = Probe.Load($"kprobe/{Function}");
        using (BpfLink link = Kprobes.Attach(probe.Program, Function)) link.Pin(path);
        try
        {
            Native.GetSid(NoSuchProcess);
            Check.Equal(1ul, probe.Hits, "the pin keeps it attached");
            using KernelLink opened = KernelLink.OpenPinned(path);
            Check.True(opened.Handle.Fd > 0);
        }
        finally
        {
            File.Delete(path);
        }

        Check.Soon(() =>
        {
            ulong before = probe.Hits;
            Native.GetSid(NoSuchProcess);
            return probe.Hits == before;
        });
    }

    /// <summary>Links on perf events cannot be updated: that is said, and the first program stays.</summary>
    private static void Update()
    {
        using Probe first = Probe.Load($"kprobe/{Function}");
        using Probe second = Probe.Load($"kprobe/{Function}");
        using BpfLink link = Kprobes.Attach(first.Program, Function);
        KernelException refused = Check.Throws<KernelException>(() => link.Update(second.Program));
        Check.Contains("kprobe", refused.Message);
        Native.GetSid(NoSuchProcess);
        Check.Equal(1ul, first.Hits);
        Check.Equal(0ul, second.Hits);
    }

    private static void UnknownFunction()
    {
        using Probe probe = Probe.Load("kprobe/x");
        KernelException refused = Check.Throws<KernelException>(() => Kprobes.Attach(probe.Program, "__x64_sys_getsidd"));
        Check.Contains("__x64_sys_getsidd", refused.Message);
        Check.Contains(Function, refused.Message + string.Join('\n', refused.Diagnostics.SelectMany(d => d.Notes)));
    }

    private static void ForbiddenFunction()
    {
        using Probe probe = Probe.Load("kprobe/x");
        KernelException refused = Check.Throws<KernelException>(() => Kprobes.Attach(probe.Program, "exc_page_fault"));
        Check.Contains("exc_page_fault", refused.Message);
    }

    private static void ModuleFunction()
    {
        using Probe probe = Probe.Load("kprobe/veth_xmit", anyProcess: true);
        using VethPair pair = VethPair.Create();
        using BpfLink link = Kprobes.Attach(probe.Program, "veth_xmit");
        pair.Send();
        Check.Soon(() => probe.Hits > 0);
    }

    private static void Many()
    {
        using Probe probe = Probe.Load($"kprobe/{Function}");
        for (int i = 0; i < 20; i++)
        {
            using BpfLink link = Kprobes.Attach(probe.Program, Function);
            Native.GetSid(NoSuchProcess);
        }

        Check.Equal(20ul, probe.Hits);
    }

    private static void SystemCall()
    {
        using Probe probe = Probe.Load("ksyscall/getsid", SystemCallArgument);
        using BpfLink link = Kprobes.AttachToSystemCall(probe.Program, "getsid");
        Native.GetSid(NoSuchProcess);
        Check.Equal(1ul, probe.Hits);
        Check.Equal((ulong)NoSuchProcess, probe.Value & uint.MaxValue);
    }

    private static void UnknownSystemCall()
    {
        using Probe probe = Probe.Load("ksyscall/getsid");
        KernelException refused = Check.Throws<KernelException>(() => Kprobes.AttachToSystemCall(probe.Program, "getsidd"));
        Check.Contains("getsidd", refused.Message);
    }
}

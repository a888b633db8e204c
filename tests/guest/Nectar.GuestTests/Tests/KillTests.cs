// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.GuestTests.Harness;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Tracing;

namespace Nectar.GuestTests.Tests;

/// <summary>A process that is killed while it is attached leaves nothing behind.</summary>
internal static class KillTests
{
    private const string Attached = "attached";

    // How a child attaches, and the need to.
    private static readonly (string Name, string Section, Func<Probe, BpfLink> Attach, Func<string?> Need)[] s_holds =
    [
        ("kprobe", $"kprobe/{KprobeTests.Function}", probe => Kprobes.Attach(probe.Program, KprobeTests.Function), Needs.Kprobes),
        ("kprobe_ioctl", $"kprobe/{KprobeTests.Function}", probe => Kprobes.Attach(probe.Program, KprobeTests.Function, new ProbeOptions { Method = AttachMethod.PerfIoctl }), Needs.Kprobes),
        ("kprobe_multi", "kprobe.multi/x", probe => KprobeMulti.Attach(probe.Program, "__x64_sys_get*"), Needs.Config("FPROBE")),
        ("fentry", $"fentry/{KprobeTests.Function}", probe => Trampolines.Attach(probe.Program), Needs.Trampolines),
        ("lsm", "lsm/task_getsid", probe => Trampolines.Attach(probe.Program), Needs.BpfLsm),
        ("raw_tp", "raw_tp/sys_enter", probe => RawTracepoints.Attach(probe.Program, "sys_enter"), Needs.Root),
        ("uprobe", "uprobe", probe => Uprobes.Attach(probe.Program, Native.Libc, "ffsll"), Needs.Root),
    ];

    internal static readonly GuestTest[] All = [.. s_holds.Select(hold => new GuestTest($"kill/{hold.Name}", () => LeavesNothing(hold.Name), Needs.Root, Needs.GuestOnly, hold.Need))];

    /// <summary>What the child does: attach, say so, wait to be killed.</summary>
    internal static int Hold(string name)
    {
        (string _, string section, Func<Probe, BpfLink> attach, Func<string?> _) = s_holds.First(hold => hold.Name == name);
        using Probe probe = Probe.Load(section, anyProcess: true);
        using BpfLink link = attach(probe);
        Console.WriteLine(Attached);
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }

    private static void LeavesNothing(string name)
    {
        Check.Soon(() => LeakTests.Count() == 0, 10_000, "nothing is there before");
        using Process child = ChildRoles.Start("hold", name);
        try
        {
            Check.Equal(Attached, child.StandardOutput.ReadLine());
            Check.True(LeakTests.Count() >= 2, "the child's program and map");
        }
        finally
        {
            child.Kill();
            child.WaitForExit();
        }

        Check.Soon(() => LeakTests.Count() == 0, 10_000, "the child's objects are gone");
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.GuestTests.Harness;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Tracing;

namespace Nectar.GuestTests.Tests;

/// <summary>One link for many functions.</summary>
internal static class KprobeMultiTests
{
    internal static readonly GuestTest[] All =
    [
        new("kprobe_multi/pattern", Pattern, Needs.Root, Needs.Kprobes, Needs.Config("FPROBE")),
        new("kprobe_multi/names_with_cookies", Cookies, Needs.Root, Needs.Kprobes, Needs.Config("FPROBE")),
        new("kprobe_multi/addresses", Addresses, Needs.Root, Needs.Kprobes, Needs.Config("FPROBE")),
        new("kprobe_multi/returns", Returns, Needs.Root, Needs.Kprobes, Needs.Config("FPROBE")),
        new("kprobe_multi/hundreds", Hundreds, Needs.Root, Needs.Kprobes, Needs.Config("FPROBE")),
        new("kprobe_multi/no_match", NoMatch, Needs.Root, Needs.Kprobes, Needs.Config("FPROBE")),
        new("kprobe_multi/missing_is_said", Missing, Needs.Root, Needs.Kprobes, Needs.ConfigOff("FPROBE")),
        new("kprobe_session/entry_and_return", Session, Needs.Root, Needs.Kprobes, Needs.Config("FPROBE"), Needs.Kernel(6, 10, "kprobe.session")),
        new("kprobe_session/missing_is_said", SessionMissing, Needs.Root, Needs.Kprobes, Needs.KernelBefore(6, 10, "kprobe.session")),
    ];

    private static void Pattern()
    {
        using Probe probe = Probe.Load("kprobe.multi/__x64_sys_get*id", "r1 = r6\ncall bpf_get_func_ip\nr7 = r0");
        using BpfLink link = KprobeMulti.Attach(probe.Program, "__x64_sys_get[sp]*id".Replace("[sp]", "", StringComparison.Ordinal));
        Native.GetSid(KprobeTests.NoSuchProcess);
        Native.GetPgid(KprobeTests.NoSuchProcess);
        Check.AtLeast(2, probe.Hits);
        Check.True(probe.Value != 0, "the function's address");
    }

    private static void Cookies()
    {
        using Probe probe = Probe.Load("kprobe.multi/x", withCookie: true);
        using BpfLink link = KprobeMulti.Attach(probe.Program, ["__x64_sys_getsid", "__x64_sys_getpgid"], [11, 22]);
        Native.GetSid(KprobeTests.NoSuchProcess);
        Check.Equal(11ul, probe.CookieSeen);
        Native.GetPgid(KprobeTests.NoSuchProcess);
        Check.Equal(22ul, probe.CookieSeen);
        Check.Equal(2ul, probe.Hits);
    }

    private static void Addresses()
    {
        string line = File.ReadLines("/proc/kallsyms").First(l => l.EndsWith(" __x64_sys_getsid", StringComparison.Ordinal));
        using Probe probe = Probe.Load("kprobe.multi/x");
        using BpfLink link = KprobeMulti.AttachAddresses(probe.Program, [Convert.ToUInt64(line[..line.IndexOf(' ')], 16)], []);
        Native.GetSid(KprobeTests.NoSuchProcess);
        Check.Equal(1ul, probe.Hits);
    }

    private static void Returns()
    {
        using Probe probe = Probe.Load("kretprobe.multi/x", KprobeTests.Result);
        using BpfLink link = KprobeMulti.Attach(probe.Program, KprobeTests.Function, isReturn: true);
        Native.GetSid(KprobeTests.NoSuchProcess);
        Check.Equal(1ul, probe.Hits);
        Check.Equal(KprobeTests.NotFound, probe.Value);
    }

    private static void Hundreds()
    {
        using Probe probe = Probe.Load("kprobe.multi/x");
        using BpfLink link = KprobeMulti.Attach(probe.Program, "__x64_sys_*");
        Native.GetSid(KprobeTests.NoSuchProcess);
        Check.AtLeast(1, probe.Hits);
    }

    private static void NoMatch()
    {
        using Probe probe = Probe.Load("kprobe.multi/x");
        KernelException refused = Check.Throws<KernelException>(() => KprobeMulti.Attach(probe.Program, "no_such_function_*"));
        Check.Contains("no_such_function_*", refused.Message);
    }

    private static void Missing()
    {
        FeatureMissingException refused = Check.Throws<FeatureMissingException>(() =>
        {
            using Probe probe = Probe.Load("kprobe.multi/__x64_sys_get*id");
            KprobeMulti.Attach(probe.Program, "__x64_sys_get*id").Dispose();
        });
        Check.Contains("FPROBE", Text(refused));
    }

    private static void Session()
    {
        // bpf_session_is_return would tell the runs apart; here their number does.
        using Probe probe = Probe.Load("kprobe.session/x");
        using BpfLink link = KprobeMulti.Attach(probe.Program, KprobeTests.Function);
        Native.GetSid(KprobeTests.NoSuchProcess);
        Check.Equal(2ul, probe.Hits);
    }

    private static void SessionMissing()
    {
        KernelException refused = Check.Throws<KernelException>(() =>
        {
            using Probe probe = Probe.Load("kprobe.session/x");
            KprobeMulti.Attach(probe.Program, KprobeTests.Function).Dispose();
        });
        Check.Contains("6.10", Text(refused));
    }

    internal static string Text(NectarException problem) => string.Join('\n', problem.Diagnostics.Select(d => $"{d.Message}\n{string.Join('\n', d.Notes)}"));
}

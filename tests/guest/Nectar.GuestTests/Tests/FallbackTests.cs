// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.GuestTests.Harness;
using Nectar.Linux.Features;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Loading;

namespace Nectar.GuestTests.Tests;

/// <summary>Programs that are loaded for the next best hook, on a kernel that is told to lack the one they want.</summary>
internal static class FallbackTests
{
    internal static readonly GuestTest[] All =
    [
        new("fallback/kprobe_becomes_fentry", () => Argument($"kprobe/{KprobeTests.Function}", 112, $"fentry/{KprobeTests.Function}"), Needs.Root, Needs.Trampolines),
        new("fallback/ksyscall_becomes_fentry", () => Argument("ksyscall/getsid", 112, $"fentry/{KprobeTests.Function}"), Needs.Root, Needs.Trampolines),
        new("fallback/kretprobe_becomes_fexit", () => Result($"kretprobe/{KprobeTests.Function}", 80, $"fexit/{KprobeTests.Function}"), Needs.Root, Needs.Trampolines),
        new("fallback/fentry_becomes_kprobe", () => Argument($"fentry/{KprobeTests.Function}", 0, $"kprobe/{KprobeTests.Function}"), Needs.Root, Needs.Kprobes),
        new("fallback/fexit_becomes_kretprobe", () => Result($"fexit/{KprobeTests.Function}", 8, $"kretprobe/{KprobeTests.Function}"), Needs.Root, Needs.Kprobes),
        new("fallback/kprobe_multi_becomes_single_kprobes", Each, Needs.Root, Needs.Kprobes),
        new("fallback/what_cannot_be_changed_is_refused", Refused, Needs.Root, Needs.Trampolines),
        new("fallback/not_taken_where_the_hook_is_there", NotTaken, Needs.Root, Needs.Kprobes),
    ];

    private static void Argument(string section, int offset, string instead)
    {
        using Probe probe = Probe.Load(section, $"r3 = *(u64 *)(r6 + {offset})\nr3 += 112\nr1 = r10\nr1 += -8\nr2 = 8\ncall bpf_probe_read_kernel\nr7 = *(u64 *)(r10 - 8)", options: Without(section));
        Runs(probe, section, instead);
        Check.Equal((ulong)KprobeTests.NoSuchProcess, probe.Value & uint.MaxValue);
    }

    private static void Result(string section, int offset, string instead)
    {
        using Probe probe = Probe.Load(section, $"r7 = *(u64 *)(r6 + {offset})", options: Without(section));
        Runs(probe, section, instead);
        Check.Equal(KprobeTests.NotFound, probe.Value);
    }

    private static void Runs(Probe probe, string section, string instead)
    {
        Check.Equal(instead, probe.Program.Definition!.Section);
        Check.Contains($"{section} was loaded as {instead}", probe.Object.Notes[0].Message);
        using (BpfLink link = TracingAttacher.Attach(probe.Program, null))
        {
            for (int i = 0; i < 3; i++) Native.GetSid(KprobeTests.NoSuchProcess);
        }

        Native.GetSid(KprobeTests.NoSuchProcess);
        Check.Equal(3ul, probe.Hits);
    }

    private static void Each()
    {
        using Probe probe = Probe.Load("kprobe.multi/__x64_sys_getsi*", withCookie: true, options: new KernelLoadOptions
        {
            Hooks = HookPolicy.Fallback,
            FeatureProbe = feature => feature == Feature.KprobeMultiLink ? FeatureStatus.No("told so by the test") : KernelFeatures.Probe(feature),
        });
        Check.Contains("was loaded for a kprobe at each function", probe.Object.Notes[0].Message);
        using (TracingAttacher.Attach(probe.Program, null)) Native.GetSid(KprobeTests.NoSuchProcess);
        Check.Equal(1ul, probe.Hits);
        using (BpfLink link = KprobeMulti.Attach(probe.Program, [KprobeTests.Function, "__x64_sys_getpgid"], [11, 22]))
        {
            Native.GetPgid(KprobeTests.NoSuchProcess);
            Check.Equal(22ul, probe.CookieSeen);
        }

        Native.GetSid(KprobeTests.NoSuchProcess);
        Check.Equal(2ul, probe.Hits);
    }

    private static void Refused()
    {
        // the instruction pointer, which trampolines do not have
        KernelException refused = Check.Throws<KernelException>(() => Probe.Load($"kprobe/{KprobeTests.Function}", "r7 = *(u64 *)(r6 + 128)", options: Without("kprobe")));
        Check.Contains("offset 128 of the context", refused.Message);
    }

    private static void NotTaken()
    {
        using Probe probe = Probe.Load($"kprobe/{KprobeTests.Function}", options: new KernelLoadOptions { Hooks = HookPolicy.Fallback });
        Check.Equal($"kprobe/{KprobeTests.Function}", probe.Program.Definition!.Section);
        Check.Equal(0, probe.Object.Notes.Count);
    }

    private static KernelLoadOptions Without(string section) => new()
    {
        Hooks = HookPolicy.Fallback,
        FeatureProbe = feature => (section[0] == 'k' ? feature == Feature.Kprobes : feature is Feature.Fentry or Feature.Fexit) ? FeatureStatus.No("told so by the test") : KernelFeatures.Probe(feature),
    };
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.GuestTests.Harness;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Tracing;

namespace Nectar.GuestTests.Tests;

/// <summary>Programs that are attached where their section names say.</summary>
internal static class SectionTests
{
    internal static readonly GuestTest[] All =
    [
        Row($"kprobe/{KprobeTests.Function}", Needs.Kprobes), Row($"kretprobe/{KprobeTests.Function}", Needs.Kprobes), Row("ksyscall/getsid", Needs.Kprobes), Row("kretsyscall/getsid", Needs.Kprobes),
        Row("kprobe.multi/__x64_sys_getsi*", Needs.Kprobes, Needs.Config("FPROBE")), Row("kretprobe.multi/__x64_sys_getsi*", Needs.Kprobes, Needs.Config("FPROBE")),
        Row($"fentry/{KprobeTests.Function}", Needs.Trampolines), Row($"fexit/{KprobeTests.Function}", Needs.Trampolines), Row("tp/syscalls/sys_enter_getsid"),
        Row("tracepoint/syscalls/sys_exit_getsid"),
    ];

    private static GuestTest Row(string section, params Func<string?>[] needs) => new($"section/{section.Replace('/', ':')}", () => Attaches(section), [Needs.Root, .. needs]);

    private static void Attaches(string section)
    {
        using Probe probe = Probe.Load(section);
        using (TracingAttacher.Attach(probe.Program, null))
        {
            Native.GetSid(KprobeTests.NoSuchProcess);
            Check.Equal(1ul, probe.Hits);
        }

        Native.GetSid(KprobeTests.NoSuchProcess);
        Check.Equal(1ul, probe.Hits, "after detaching");
    }
}

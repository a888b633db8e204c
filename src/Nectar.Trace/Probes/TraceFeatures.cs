// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Objects;
using Nectar.Linux.Features;
using Nectar.Linux.Loading;
using Nectar.Trace.Probes.Resolving;

namespace Nectar.Trace.Probes;

/// <summary>What scripts can use here (<c>--info</c>), in lines <c>name: yes</c> that tools look for.</summary>
internal static class TraceFeatures
{
    // Numbers: enum bpf_func_id of linux/bpf.h.
    private static readonly (string Name, ProgramType Type, int Helper)[] s_helpers =
    [
        ("probe_read_kernel", ProgramType.Kprobe, 113),
        ("probe_read_user", ProgramType.Kprobe, 112),
        ("send_signal", ProgramType.Kprobe, 109),
        ("override_return", ProgramType.Kprobe, 58),
        ("get_boot_ns", ProgramType.Kprobe, 125),
        ("get_ktime_ns", ProgramType.Kprobe, 5),
        ("get_tai_ns", ProgramType.Kprobe, 208),
        ("get_func_ip", ProgramType.Kprobe, 173),
        ("jiffies64", ProgramType.Kprobe, 118),
        ("lookup_percpu_elem", ProgramType.Kprobe, 195),
        ("loop", ProgramType.Kprobe, 181),
        ("for_each_map_elem", ProgramType.Kprobe, 164),
        ("get_ns_current_pid_tgid", ProgramType.Kprobe, 120),
    ];

    /// <summary>Writes the report.</summary>
    /// <param name="version">Of the language.</param>
    /// <param name="output">Where to.</param>
    public static void Write(string version, TextWriter output)
    {
        output.WriteLine("System");
        output.WriteLine($"  OS: Linux {KernelRelease.Running.Release}");
        output.WriteLine($"  Arch: {RuntimeInformation.ProcessArchitecture switch { Architecture.X64 => "x86_64", Architecture.Arm64 => "aarch64", Architecture other => other.ToString() }}");
        output.WriteLine();
        output.WriteLine("Build");
        output.WriteLine($"  version: {version}");
        Line("libdw (DWARF support)", true);
        Line("bcc library path resolution", true);
        Line("blazesym (advanced symbolization)", true);
        Line("dwunwind (DWARF stack unwinding)", false);
        output.WriteLine();
        output.WriteLine("Kernel helpers");
        foreach ((string name, ProgramType type, int helper) in s_helpers) Line(name, KernelFeatures.ProbeHelper(type, helper).IsYes);
        bool hasTrampolines = KernelFeatures.Has(Feature.Fentry);
        Line("dpath", hasTrampolines);
        Line("skboutput", hasTrampolines);
        output.WriteLine();
        output.WriteLine("Kernel features");
        output.WriteLine($"  Instruction limit: {(KernelFeatures.Has(Feature.LargePrograms) ? 1_000_000 : 4096)}");
        Line("Loop support", KernelFeatures.Has(Feature.BoundedLoops));
        Line("btf", KernelBtf.Running.TryVmlinux is not null);
        Line("module btf", KernelBtf.Running.Modules.Count > 0);
        output.WriteLine();
        output.WriteLine("Probe types");
        Line("kprobe", KernelFeatures.Has(Feature.Kprobes));
        Line("tracepoint", Linux.Tracing.TraceFileSystem.Root is not null);
        Line("perf_event", KernelFeatures.ProbeProgramType(ProgramType.PerfEvent).IsYes);
        Line("fentry", hasTrampolines);
        Line("kprobe_multi", KernelFeatures.Has(Feature.KprobeMultiLink));
        Line("uprobe_multi", KernelFeatures.Has(Feature.UprobeMultiLink));
        Line("kprobe_session", KernelFeatures.Has(Feature.KprobeSession));
        Line("iter", KernelBtf.Running.TryVmlinux is not null && IteratorProbes.Match("task").Count > 0 && KernelFeatures.Has(Feature.Iterators));
        output.WriteLine();

        void Line(string name, bool isThere) => output.WriteLine($"  {name}: {(isThere ? "yes" : "no")}");
    }
}

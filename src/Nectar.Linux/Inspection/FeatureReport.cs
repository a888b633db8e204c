// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Linux.Features;

namespace Nectar.Linux.Inspection;

/// <summary>An answer about one feature.</summary>
/// <param name="Name">The feature: <c>ringbuf</c>, <c>tcx links</c>.</param>
/// <param name="Status">Whether the kernel has it, and why not.</param>
/// <param name="MinimumKernel">The first kernel that has it; null if unknown.</param>
public sealed record FeatureAnswer(string Name, FeatureStatus Status, Version? MinimumKernel);

/// <summary>All that can be asked about a kernel, asked.</summary>
public sealed record FeatureReport(
    IReadOnlyList<(string Name, string Value)> System,
    IReadOnlyList<FeatureAnswer> Programs,
    IReadOnlyList<FeatureAnswer> Maps,
    IReadOnlyList<(string ProgramType, IReadOnlyList<string> Helpers)> Helpers,
    IReadOnlyList<FeatureAnswer> Features)
{
    // Helpers that write to the kernel's log or stop programs when they are probed for are asked about only on demand.
    private static readonly string[] s_loud = ["bpf_trace_printk", "bpf_trace_vprintk", "bpf_probe_write_user", "bpf_override_return"];

    /// <summary>Asks the kernel.</summary>
    /// <param name="isFull">Also for helpers that leave a line in the kernel's log.</param>
    public static FeatureReport Probe(bool isFull)
    {
        List<FeatureAnswer> programs = [], maps = [], features = [];
        foreach (ProgramTypeInfo row in ProgramTypeInfo.All) programs.Add(new FeatureAnswer(row.Name, KernelFeatures.ProbeProgramType(row.Type), row.MinimumKernel));
        foreach (MapTypeInfo row in MapTypeInfo.All) maps.Add(new FeatureAnswer(row.Name, KernelFeatures.ProbeMapType(row.Type), row.MinimumKernel));
        foreach (FeatureInfo row in FeatureInfo.All) features.Add(new FeatureAnswer(row.Name, KernelFeatures.Probe(row.Feature), row.MinimumKernel));
        List<(string, IReadOnlyList<string>)> helpers = [];
        foreach (ProgramTypeInfo row in ProgramTypeInfo.All)
        {
            if (!KernelFeatures.ProbeProgramType(row.Type).IsYes) continue;
            List<string> names = [];
            // Programs for a function of the kernel cannot be probed without one.
            for (int helper = 1; helper < HelperNames.Count && row.Type is not (ProgramType.Tracing or ProgramType.Ext or ProgramType.Lsm or ProgramType.StructOps); helper++)
            {
                string name = HelperNames.NameOf(helper)!;
                if ((isFull || Array.IndexOf(s_loud, name) < 0) && KernelFeatures.ProbeHelper(row.Type, helper).IsYes) names.Add(name);
            }

            helpers.Add((row.Name, names));
        }

        return new FeatureReport(ReadSystem(), programs, maps, helpers, features);
    }

    /// <summary>Names of a group of kinds: <c>prog_types</c>, <c>map_types</c>, <c>attach_types</c>, <c>link_types</c> or <c>helpers</c>; null for another word.</summary>
    public static IReadOnlyList<string>? Builtins(string group) => group switch
    {
        "prog_types" => KindNames.Programs,
        "map_types" => KindNames.Maps,
        "attach_types" => KindNames.Attachments,
        "link_types" => [.. Enum.GetValues<LinkType>().Where(type => type != LinkType.Unspec).Select(KindNames.Of)],
        "helpers" => [.. Enumerable.Range(1, HelperNames.Count - 1).Select(id => HelperNames.NameOf(id)!)],
        _ => null,
    };

    private static (string, string)[] ReadSystem()
    {
        HostState host = HostState.Read();
        return
        [
            ("kernel", host.Release.Release),
            ("unprivileged_bpf_disabled", host.UnprivilegedBpfDisabled?.ToString(global::System.Globalization.CultureInfo.InvariantCulture) ?? "unknown"),
            ("bpf_jit_enable", HostFile.ReadLine("/proc/sys/net/core/bpf_jit_enable") ?? "unknown"),
            ("bpf_jit_harden", HostFile.ReadLine("/proc/sys/net/core/bpf_jit_harden") ?? "unknown"),
            ("bpf_jit_kallsyms", HostFile.ReadLine("/proc/sys/net/core/bpf_jit_kallsyms") ?? "unknown"),
            ("bpf_jit_limit", HostFile.ReadLine("/proc/sys/net/core/bpf_jit_limit") ?? "unknown"),
            ("perf_event_paranoid", host.PerfEventParanoid?.ToString(global::System.Globalization.CultureInfo.InvariantCulture) ?? "unknown"),
            ("lockdown", host.Lockdown.ToString().ToLowerInvariant()),
            .. new[] { "CONFIG_BPF", "CONFIG_BPF_SYSCALL", "CONFIG_BPF_JIT", "CONFIG_DEBUG_INFO_BTF", "CONFIG_DEBUG_INFO_BTF_MODULES", "CONFIG_BPF_EVENTS", "CONFIG_KPROBE_EVENTS", "CONFIG_UPROBE_EVENTS",
                "CONFIG_FTRACE_SYSCALLS", "CONFIG_FUNCTION_ERROR_INJECTION", "CONFIG_CGROUP_BPF", "CONFIG_CGROUPS", "CONFIG_BPF_LSM", "CONFIG_XDP_SOCKETS", "CONFIG_LWTUNNEL_BPF", "CONFIG_NET_ACT_BPF",
                "CONFIG_NET_CLS_BPF", "CONFIG_NET_SCH_INGRESS", "CONFIG_NETKIT", "CONFIG_BPF_STREAM_PARSER", "CONFIG_HZ" }
                .Select(option => (option, host.Config is { } config ? config.Find(option) ?? "n" : "unknown")),
        ];
    }
}

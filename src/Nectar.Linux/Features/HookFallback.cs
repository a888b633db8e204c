// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Features;

/// <summary>A hook that does the work of another one where that is missing.</summary>
/// <param name="Missing">What the kernel does not have.</param>
/// <param name="Instead">What comes closest.</param>
/// <param name="Section">How a program for it is declared: <c>fentry/FUNCTION</c>.</param>
/// <param name="Difference">What changes for the program.</param>
public sealed record HookFallback(Feature Missing, Feature Instead, string Section, string Difference)
{
    // The nearest first. What a loader may choose by itself when it is told to is up to the loader; this table only knows the neighbours.
    private static readonly HookFallback[] s_rows =
    [
        new(Feature.Kprobes, Feature.Fentry, "fentry/FUNCTION", "arguments are typed and read directly; the function must be in the kernel's types"),
        new(Feature.Kprobes, Feature.BtfTracepoints, "tp_btf/TRACEPOINT", "only where the kernel has a tracepoint near the function"),
        new(Feature.Kprobes, Feature.RawTracepoints, "raw_tp/TRACEPOINT", "only where the kernel has a tracepoint near the function"),
        new(Feature.Fentry, Feature.Kprobes, "kprobe/FUNCTION", "arguments come from registers (PT_REGS_PARM); a call costs more"),
        new(Feature.Fentry, Feature.BtfTracepoints, "tp_btf/TRACEPOINT", "only where the kernel has a tracepoint near the function"),
        new(Feature.Fentry, Feature.RawTracepoints, "raw_tp/TRACEPOINT", "only where the kernel has a tracepoint near the function; arguments are untyped"),
        new(Feature.Fexit, Feature.Kprobes, "kretprobe/FUNCTION", "the arguments are gone at return; keep them in a map from a kprobe"),
        new(Feature.Fexit, Feature.BtfTracepoints, "tp_btf/TRACEPOINT", "only where the kernel has a tracepoint near the function"),
        new(Feature.KprobeMultiLink, Feature.Kprobes, "kprobe/FUNCTION", "one attachment a function, slower to make and to remove"),
        new(Feature.KprobeMultiLink, Feature.Fentry, "fentry/FUNCTION", "one program a function"),
        new(Feature.KprobeMultiLink, Feature.RawTracepoints, "raw_tp/TRACEPOINT", "only where the kernel has a tracepoint near the functions"),
        new(Feature.KprobeSession, Feature.KprobeMultiLink, "kprobe.multi/PATTERN with kretprobe.multi/PATTERN", "two programs; what the entry knows goes through a map"),
        new(Feature.KprobeSession, Feature.Kprobes, "kprobe/FUNCTION with kretprobe/FUNCTION", "two programs; what the entry knows goes through a map"),
        new(Feature.UprobeMultiLink, Feature.Uprobes, "uprobe/PATH:FUNCTION", "one attachment a function, slower to make and to remove"),
        new(Feature.UprobeSession, Feature.UprobeMultiLink, "uprobe.multi/PATH:PATTERN with uretprobe.multi/PATH:PATTERN", "two programs; what the entry knows goes through a map"),
        new(Feature.UprobeSession, Feature.Uprobes, "uprobe/PATH:FUNCTION with uretprobe/PATH:FUNCTION", "two programs; what the entry knows goes through a map"),
        new(Feature.BtfTracepoints, Feature.RawTracepoints, "raw_tp/TRACEPOINT", "arguments are untyped and read with bpf_probe_read_kernel"),
        new(Feature.PerfLink, Feature.Uprobes, "the same", "attached through ioctl: no cookie, and not pinned"),
        new(Feature.ModifyReturn, Feature.OverrideReturn, "kprobe/FUNCTION", "only for functions that allow error injection"),
        new(Feature.LsmCgroup, Feature.Lsm, "lsm/HOOK", "for the whole machine; test the cgroup in the program"),
        new(Feature.TcxLink, Feature.Clsact, "tc", "attached through netlink; other tools can replace it, and it stays after the process ends"),
        new(Feature.NetkitLink, Feature.TcxLink, "tcx/ingress", "on a veth pair instead of netkit devices"),
        new(Feature.NetkitLink, Feature.Clsact, "tc", "on a veth pair instead of netkit devices"),
        new(Feature.TcAction, Feature.TcxLink, "tcx/ingress", "the filter decides and acts in one program"),
        new(Feature.TcAction, Feature.Clsact, "tc", "the filter decides and acts in one program (direct action)"),
        new(Feature.XdpNative, Feature.XdpGeneric, "xdp", "runs after the kernel has made its buffer: same program, less speed"),
        new(Feature.XdpGeneric, Feature.TcxLink, "tcx/ingress", "context is __sk_buff instead of xdp_md"),
        new(Feature.XdpLink, Feature.XdpGeneric, "xdp", "attached through netlink: it stays after the process ends"),
        new(Feature.NetfilterLink, Feature.TcxLink, "tcx/ingress", "before routing and conntrack instead of in them"),
        new(Feature.BpfCookie, Feature.Uprobes, "the same", "one program a target, with a constant for each"),
        new(Feature.Timers, Feature.RingBuffer, "the same", "user space keeps the time"),
        new(Feature.LoopHelper, Feature.BoundedLoops, "the same", "a loop with a constant bound"),
        new(Feature.HardwareCounters, Feature.PerfLink, "perf_event", "the software event cpu-clock instead of cycles"),
        new(Feature.KernelTypes, Feature.Btf, "the same", "bring the kernel's types as a file (BTFHub has them for older kernels)"),
    ];

    /// <summary>The neighbours of a feature that this kernel has, the nearest first.</summary>
    public static IEnumerable<HookFallback> For(Feature missing) => Candidates(missing).Where(row => KernelFeatures.Has(row.Instead));

    /// <summary>The neighbours of a feature, whether or not this kernel has them.</summary>
    internal static IEnumerable<HookFallback> Candidates(Feature missing) => s_rows.Where(row => row.Missing == missing);

    internal string Describe() => $"help: use {FeatureInfo.Of(Instead).Name} instead: {(Section == "the same" ? "" : $"{Section}, ")}{Difference}";
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Linux.Features;

/// <summary>What is known about a feature before any kernel is asked, and how it is probed.</summary>
/// <param name="Feature">The feature.</param>
/// <param name="Name">The feature in words, as it stands in messages: <c>tcx links</c>.</param>
/// <param name="MinimumKernel">The first kernel that has it; distributions bring some to older ones.</param>
/// <param name="ConfigOptions">Options that it is compiled with; all must be on.</param>
/// <param name="Command">The system call that needs it.</param>
public sealed record FeatureInfo(Feature Feature, string Name, Version MinimumKernel, IReadOnlyList<string> ConfigOptions, string Command)
{
    private const string Load = "bpf(BPF_PROG_LOAD)", Map = "bpf(BPF_MAP_CREATE)", Types = "bpf(BPF_BTF_LOAD)", Link = "bpf(BPF_LINK_CREATE)", Perf = "perf_event_open(2)", Netlink = "rtnetlink(7)";
    private static readonly string[] s_none = [], s_trampoline = ["CONFIG_BPF_JIT", "CONFIG_DEBUG_INFO_BTF", "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS"];
    private static readonly Capability[] s_tracing = [Capability.Bpf, Capability.Perfmon], s_net = [Capability.Bpf, Capability.NetAdmin];

    private static readonly FeatureInfo[] s_rows =
    [
        new(Feature.BpfSyscall, "the bpf(2) system call", new(3, 18), ["CONFIG_BPF_SYSCALL"], Map) { Probe = MiscProbes.BpfSyscall },
        new(Feature.ProgramNames, "names of programs and maps", new(4, 15), s_none, Load) { Probe = MiscProbes.Names },
        new(Feature.GlobalData, "global variables", new(5, 2), s_none, Load) { Probe = MiscProbes.GlobalData },
        new(Feature.ArrayMmap, "arrays mapped into user space", new(5, 5), s_none, Map) { Probe = MiscProbes.ArrayMmap },
        new(Feature.ProgramBindMap, "maps bound to programs", new(5, 10), s_none, "bpf(BPF_PROG_BIND_MAP)") { Probe = MiscProbes.BindMap },
        new(Feature.ExpectedAttachType, "expected attach types", new(4, 17), s_none, Load) { Probe = MiscProbes.ExpectedAttachType },
        new(Feature.LogTrueSize, "the true size of verifier logs", new(6, 4), s_none, Load) { Probe = MiscProbes.LogTrueSize },
        new(Feature.MemcgAccounting, "memory counted by cgroup, not by RLIMIT_MEMLOCK", new(5, 11), s_none, Map) { Probe = MiscProbes.MemcgAccounting },
        new(Feature.BatchOperations, "batch operations on maps", new(5, 6), s_none, "bpf(BPF_MAP_LOOKUP_BATCH)") { Probe = MiscProbes.Batch },
        new(Feature.RunTimeStatistics, "run time statistics", new(5, 8), s_none, "bpf(BPF_ENABLE_STATS)") { Probe = MiscProbes.Statistics, Needs = [Capability.SysAdmin] },
        new(Feature.Token, "BPF tokens", new(6, 9), s_none, "bpf(BPF_TOKEN_CREATE)") { Probe = MiscProbes.Token },

        new(Feature.Btf, "types of programs and maps (BTF)", new(4, 18), s_none, Types) { Probe = TypeProbes.Plain },
        new(Feature.BtfFunctions, "BTF functions", new(5, 0), s_none, Types) { Probe = TypeProbes.Function },
        new(Feature.BtfGlobalFunctions, "BTF functions with linkage", new(5, 6), s_none, Types) { Probe = TypeProbes.GlobalFunction },
        new(Feature.BtfDataSections, "BTF variables and data sections", new(5, 2), s_none, Types) { Probe = TypeProbes.DataSection },
        new(Feature.BtfOptionalDataSections, "BTF data sections named '?…'", new(6, 9), s_none, Types) { Probe = TypeProbes.OptionalDataSection },
        new(Feature.BtfFloat, "BTF floating point types", new(5, 13), s_none, Types) { Probe = TypeProbes.Float },
        new(Feature.BtfDeclarationTags, "BTF declaration tags", new(5, 16), s_none, Types) { Probe = TypeProbes.DeclarationTag },
        new(Feature.BtfTypeTags, "BTF type tags", new(5, 17), s_none, Types) { Probe = TypeProbes.TypeTag },
        new(Feature.BtfEnum64, "BTF enumerations of 64 bits", new(6, 0), s_none, Types) { Probe = TypeProbes.Enum64 },
        new(Feature.KernelTypes, "the kernel's own types", new(5, 4), ["CONFIG_DEBUG_INFO_BTF"], "/sys/kernel/btf/vmlinux") { Probe = TypeProbes.Kernel },
        new(Feature.ModuleTypes, "types of kernel modules", new(5, 11), ["CONFIG_DEBUG_INFO_BTF"], "/sys/kernel/btf") { Probe = TypeProbes.Modules },
        new(Feature.ContextArgumentTag, "context arguments of global functions by tag", new(6, 8), s_none, Load) { Probe = TypeProbes.ContextTag },

        new(Feature.LargePrograms, "programs of more than 4096 instructions", new(5, 2), s_none, Load) { Probe = CodeProbes.Large },
        new(Feature.BoundedLoops, "bounded loops", new(5, 3), s_none, Load) { Probe = CodeProbes.Loop },
        new(Feature.IsaV2, "instructions of cpu v2 (jlt, jle, jslt, jsle)", new(4, 14), s_none, Load) { Probe = CodeProbes.V2 },
        new(Feature.IsaV3, "instructions of cpu v3 (32-bit jumps)", new(5, 1), s_none, Load) { Probe = CodeProbes.V3 },
        new(Feature.IsaV4, "instructions of cpu v4 (sign extension, signed division, bswap)", new(6, 6), s_none, Load) { Probe = CodeProbes.V4 },
        new(Feature.AtomicFetch, "atomic operations that return a value", new(5, 12), s_none, Load) { Probe = CodeProbes.AtomicFetch },
        new(Feature.LoadAcquire, "load-acquire and store-release", new(6, 15), s_none, Load) { Probe = CodeProbes.LoadAcquire },
        new(Feature.MayGoto, "may_goto", new(6, 9), s_none, Load) { Probe = CodeProbes.MayGoto },

        new(Feature.ProbeReadKernel, "bpf_probe_read_kernel", new(5, 5), ["CONFIG_BPF_EVENTS"], Load) { Probe = () => CodeProbes.Helper(ProgramType.Tracepoint, "bpf_probe_read_kernel"), Needs = s_tracing },
        new(Feature.BpfCookie, "cookies of attachments", new(5, 15), ["CONFIG_BPF_EVENTS"], Load) { Probe = () => CodeProbes.Helper(ProgramType.Tracepoint, "bpf_get_attach_cookie"), Needs = s_tracing },
        new(Feature.LoopHelper, "bpf_loop", new(5, 17), s_none, Load) { Probe = () => CodeProbes.Helper(ProgramType.SocketFilter, "bpf_loop") },
        new(Feature.Timers, "timers", new(5, 15), s_none, Load) { Probe = () => CodeProbes.Helper(ProgramType.SchedCls, "bpf_timer_init"), Needs = s_net },
        new(Feature.Dynptrs, "dynamic pointers", new(5, 19), s_none, Load) { Probe = () => CodeProbes.Helper(ProgramType.SocketFilter, "bpf_dynptr_from_mem") },
        new(Feature.Kfuncs, "calls of kernel functions", new(5, 13), ["CONFIG_DEBUG_INFO_BTF"], Load) { Probe = TypeProbes.Kfuncs },
        new(Feature.OpenCodedIterators, "open-coded iterators", new(6, 4), ["CONFIG_DEBUG_INFO_BTF"], Load) { Probe = () => TypeProbes.Function("bpf_iter_num_new") },
        new(Feature.Exceptions, "exceptions (bpf_throw)", new(6, 7), ["CONFIG_DEBUG_INFO_BTF"], Load) { Probe = () => TypeProbes.Function("bpf_throw") },
        new(Feature.WorkQueues, "work queues (bpf_wq)", new(6, 10), ["CONFIG_DEBUG_INFO_BTF"], Load) { Probe = () => TypeProbes.Function("bpf_wq_init") },
        new(Feature.ResilientSpinLocks, "resilient spin locks", new(6, 15), ["CONFIG_DEBUG_INFO_BTF"], Load) { Probe = () => TypeProbes.Function("bpf_res_spin_lock") },
        new(Feature.ProbeWriteUser, "bpf_probe_write_user", new(4, 8), ["CONFIG_BPF_EVENTS"], Load) { Probe = () => CodeProbes.Helper(ProgramType.Tracepoint, "bpf_probe_write_user"), Needs = s_tracing },
        new(Feature.OverrideReturn, "bpf_override_return", new(4, 16), ["CONFIG_BPF_KPROBE_OVERRIDE"], Load) { Probe = () => CodeProbes.Helper(ProgramType.Kprobe, "bpf_override_return"), Needs = s_tracing },

        new(Feature.RingBuffer, "ring buffers", new(5, 8), s_none, Map) { Probe = () => KernelFeatures.ProbeMapType(MapType.RingBuf) },
        new(Feature.UserRingBuffer, "user ring buffers", new(6, 1), s_none, Map) { Probe = () => KernelFeatures.ProbeMapType(MapType.UserRingBuf) },
        new(Feature.BloomFilter, "bloom filters", new(5, 16), s_none, Map) { Probe = () => KernelFeatures.ProbeMapType(MapType.BloomFilter) },
        new(Feature.Arena, "arenas", new(6, 9), ["CONFIG_BPF_JIT"], Map) { Probe = () => KernelFeatures.ProbeMapType(MapType.Arena) },

        new(Feature.Kprobes, "kprobes", new(4, 1), ["CONFIG_KPROBES", "CONFIG_KPROBE_EVENTS"], Perf) { Probe = HookProbes.Kprobes, Needs = s_tracing },
        new(Feature.Uprobes, "uprobes", new(4, 1), ["CONFIG_UPROBES", "CONFIG_UPROBE_EVENTS"], Perf) { Probe = HookProbes.Uprobes, Needs = s_tracing },
        new(Feature.PerfLink, "links to perf events", new(5, 15), ["CONFIG_PERF_EVENTS"], Link) { Probe = HookProbes.PerfLink, Needs = s_tracing },
        new(Feature.KprobeMultiLink, "kprobe.multi links", new(5, 18), ["CONFIG_FPROBE"], Link) { Probe = HookProbes.KprobeMulti, Needs = s_tracing },
        new(Feature.KprobeSession, "kprobe sessions", new(6, 10), ["CONFIG_FPROBE"], Link) { Probe = HookProbes.KprobeSession, Needs = s_tracing },
        new(Feature.UprobeMultiLink, "uprobe.multi links", new(6, 6), ["CONFIG_UPROBES"], Link) { Probe = HookProbes.UprobeMulti, Needs = s_tracing },
        new(Feature.UprobeSession, "uprobe sessions", new(6, 13), ["CONFIG_UPROBES"], Link) { Probe = HookProbes.UprobeSession, Needs = s_tracing },
        new(Feature.RawTracepoints, "raw tracepoints", new(4, 17), ["CONFIG_BPF_EVENTS"], "bpf(BPF_RAW_TRACEPOINT_OPEN)") { Probe = HookProbes.RawTracepoint, Needs = s_tracing },
        new(Feature.BtfTracepoints, "tracepoints with types (tp_btf)", new(5, 5), ["CONFIG_BPF_EVENTS", "CONFIG_DEBUG_INFO_BTF"], Load) { Probe = () => HookProbes.Target(ProgramType.Tracing, AttachType.TraceRawTp), Needs = s_tracing },
        new(Feature.Fentry, "fentry", new(5, 5), s_trampoline, Load) { Probe = () => HookProbes.Target(ProgramType.Tracing, AttachType.TraceFentry), Needs = s_tracing },
        new(Feature.Fexit, "fexit", new(5, 5), s_trampoline, Load) { Probe = () => HookProbes.Target(ProgramType.Tracing, AttachType.TraceFexit), Needs = s_tracing },
        new(Feature.ModifyReturn, "fmod_ret", new(5, 7), s_trampoline, Load) { Probe = () => HookProbes.Target(ProgramType.Tracing, AttachType.ModifyReturn), Needs = s_tracing },
        new(Feature.Lsm, "LSM programs", new(5, 7), ["CONFIG_BPF_LSM", "CONFIG_DEBUG_INFO_BTF"], Load) { Probe = () => HookProbes.Target(ProgramType.Lsm, AttachType.LsmMac), Needs = s_tracing },
        new(Feature.LsmCgroup, "LSM programs of a cgroup", new(6, 0), ["CONFIG_BPF_LSM", "CONFIG_CGROUP_BPF"], Load) { Probe = () => HookProbes.Target(ProgramType.Lsm, AttachType.LsmCgroup), Needs = s_tracing },
        new(Feature.Freplace, "freplace", new(5, 6), ["CONFIG_BPF_JIT", "CONFIG_DEBUG_INFO_BTF"], Load) { Probe = HookProbes.Freplace, Needs = s_tracing },
        new(Feature.Iterators, "iterators", new(5, 8), ["CONFIG_BPF_EVENTS", "CONFIG_DEBUG_INFO_BTF"], Load) { Probe = () => HookProbes.Target(ProgramType.Tracing, AttachType.TraceIter), Needs = s_tracing },
        new(Feature.StructOpsLink, "struct_ops links", new(6, 4), ["CONFIG_BPF_JIT"], Link) { Probe = () => TypeProbes.Function("bpf_struct_ops_link_create", new(6, 4)) }, // the link's type is older: trampolines use it inside

        new(Feature.XdpNative, "XDP in the driver", new(4, 8), s_none, Netlink) { Probe = () => FeatureStatus.Unknown("each network interface's driver decides"), Needs = s_net },
        new(Feature.XdpGeneric, "XDP behind the driver", new(4, 12), ["CONFIG_NET"], Netlink) { Probe = () => KernelFeatures.ProbeProgramType(ProgramType.Xdp), Needs = s_net },
        new(Feature.XdpLink, "XDP links", new(5, 9), ["CONFIG_NET"], Link) { Probe = () => TypeProbes.Enumerator("bpf_link_type", "BPF_LINK_TYPE_XDP", new(5, 9)), Needs = s_net },
        new(Feature.XdpFrags, "XDP programs for packets in fragments", new(5, 18), ["CONFIG_NET"], Load) { Probe = CodeProbes.XdpFrags, Needs = s_net },
        new(Feature.TcxLink, "tcx links", new(6, 6), ["CONFIG_NET_XGRESS"], Link) { Probe = HookProbes.Tcx, Needs = s_net },
        new(Feature.NetkitLink, "netkit links", new(6, 7), ["CONFIG_NETKIT"], Link) { Probe = HookProbes.Netkit, Needs = s_net },
        new(Feature.Clsact, "clsact filters", new(4, 5), ["CONFIG_NET_CLS_ACT", "CONFIG_NET_SCH_INGRESS", "CONFIG_NET_CLS_BPF"], Netlink) { Probe = () => MiscProbes.Configured(Feature.Clsact), Needs = s_net },
        new(Feature.TcAction, "tc actions", new(4, 1), ["CONFIG_NET_ACT_BPF"], Netlink) { Probe = () => MiscProbes.Configured(Feature.TcAction), Needs = s_net },
        new(Feature.LightweightTunnels, "programs on routes (lwt)", new(4, 10), ["CONFIG_LWTUNNEL_BPF"], Netlink) { Probe = () => MiscProbes.Configured(Feature.LightweightTunnels), Needs = s_net },
        new(Feature.CgroupLink, "cgroup links", new(5, 7), ["CONFIG_CGROUP_BPF"], Link) { Probe = HookProbes.Cgroup },
        new(Feature.NetnsLink, "links to network namespaces", new(5, 8), ["CONFIG_NET"], Link) { Probe = HookProbes.Netns, Needs = s_net },
        new(Feature.NetfilterLink, "netfilter links", new(6, 4), ["CONFIG_NETFILTER_BPF_LINK"], Link) { Probe = HookProbes.Netfilter, Needs = s_net },
        new(Feature.SockmapLink, "links to socket maps", new(6, 10), ["CONFIG_INET"], Link) { Probe = HookProbes.Sockmap, Needs = s_net },
        new(Feature.HardwareCounters, "hardware performance counters", new(3, 0), ["CONFIG_PERF_EVENTS"], Perf) { Probe = HookProbes.HardwareCounters, Needs = [Capability.Perfmon] },
        new(Feature.AllKernelSymbols, "addresses of kernel variables", new(3, 0), ["CONFIG_KALLSYMS_ALL"], "/proc/kallsyms") { Probe = () => MiscProbes.Configured(Feature.AllKernelSymbols) },
    ];

    /// <summary>Every feature, in the order of <see cref="Features.Feature"/>.</summary>
    public static ReadOnlySpan<FeatureInfo> All => s_rows;

    /// <summary>What using it takes, beside <c>CAP_BPF</c> where nothing else stands.</summary>
    public IReadOnlyList<Capability> Capabilities => Needs;

    internal Capability[] Needs { get; init; } = [Capability.Bpf];

    internal Func<FeatureStatus> Probe { get; init; } = () => FeatureStatus.Unknown("nothing probes it");

    /// <summary>What is known about a feature.</summary>
    public static FeatureInfo Of(Feature feature) => s_rows[(int)feature];
}

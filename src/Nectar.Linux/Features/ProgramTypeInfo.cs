// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Rules;

namespace Nectar.Linux.Features;

/// <summary>What is known about a kind of program before any kernel is asked.</summary>
/// <param name="Type">The kind.</param>
/// <param name="Name">The kernel's name without prefix, as bpftool prints it: <c>sched_cls</c>.</param>
/// <param name="ConfigOptions">Options that it is compiled with; all must be on.</param>
/// <param name="Capability">What loading needs beside <c>CAP_BPF</c>; null for nothing.</param>
public sealed record ProgramTypeInfo(ProgramType Type, string Name, IReadOnlyList<string> ConfigOptions, Capability? Capability)
{
    // Sources: include/linux/bpf_types.h (options), is_net_admin_prog_type and is_perfmon_prog_type in kernel/bpf/syscall.c
    // (capabilities), the tables of versions of docs.ebpf.io and bcc's docs/kernel-versions.md.
    private static readonly ProgramTypeInfo[] s_rows =
    [
        new(ProgramType.SocketFilter, "socket_filter", ["CONFIG_NET"], null),
        new(ProgramType.Kprobe, "kprobe", ["CONFIG_BPF_EVENTS"], Features.Capability.Perfmon),
        new(ProgramType.SchedCls, "sched_cls", ["CONFIG_NET"], Features.Capability.NetAdmin),
        new(ProgramType.SchedAct, "sched_act", ["CONFIG_NET"], Features.Capability.NetAdmin),
        new(ProgramType.Tracepoint, "tracepoint", ["CONFIG_BPF_EVENTS"], Features.Capability.Perfmon),
        new(ProgramType.Xdp, "xdp", ["CONFIG_NET"], Features.Capability.NetAdmin),
        new(ProgramType.PerfEvent, "perf_event", ["CONFIG_BPF_EVENTS"], Features.Capability.Perfmon),
        new(ProgramType.CgroupSkb, "cgroup_skb", ["CONFIG_NET", "CONFIG_CGROUP_BPF"], null),
        new(ProgramType.CgroupSock, "cgroup_sock", ["CONFIG_NET", "CONFIG_CGROUP_BPF"], Features.Capability.NetAdmin),
        new(ProgramType.LwtIn, "lwt_in", ["CONFIG_NET"], Features.Capability.NetAdmin),
        new(ProgramType.LwtOut, "lwt_out", ["CONFIG_NET"], Features.Capability.NetAdmin),
        new(ProgramType.LwtXmit, "lwt_xmit", ["CONFIG_NET"], Features.Capability.NetAdmin),
        new(ProgramType.SockOps, "sock_ops", ["CONFIG_NET"], Features.Capability.NetAdmin),
        new(ProgramType.SkSkb, "sk_skb", ["CONFIG_NET"], Features.Capability.NetAdmin),
        new(ProgramType.CgroupDevice, "cgroup_device", ["CONFIG_CGROUP_BPF"], Features.Capability.NetAdmin),
        new(ProgramType.SkMsg, "sk_msg", ["CONFIG_NET"], Features.Capability.NetAdmin),
        new(ProgramType.RawTracepoint, "raw_tracepoint", ["CONFIG_BPF_EVENTS"], Features.Capability.Perfmon),
        new(ProgramType.CgroupSockAddr, "cgroup_sock_addr", ["CONFIG_NET", "CONFIG_CGROUP_BPF"], Features.Capability.NetAdmin) { ProbeAttachTypes = [AttachType.CgroupInet4Connect] },
        new(ProgramType.LwtSeg6local, "lwt_seg6local", ["CONFIG_NET"], Features.Capability.NetAdmin),
        new(ProgramType.LircMode2, "lirc_mode2", ["CONFIG_BPF_LIRC_MODE2"], Features.Capability.NetAdmin) { ProbeAttachTypes = [AttachType.LircMode2] },
        new(ProgramType.SkReuseport, "sk_reuseport", ["CONFIG_INET"], null),
        new(ProgramType.FlowDissector, "flow_dissector", ["CONFIG_NET"], Features.Capability.NetAdmin),
        new(ProgramType.CgroupSysctl, "cgroup_sysctl", ["CONFIG_CGROUP_BPF"], Features.Capability.NetAdmin),
        new(ProgramType.RawTracepointWritable, "raw_tracepoint_writable", ["CONFIG_BPF_EVENTS"], Features.Capability.Perfmon),
        new(ProgramType.CgroupSockOpt, "cgroup_sockopt", ["CONFIG_CGROUP_BPF"], Features.Capability.NetAdmin) { ProbeAttachTypes = [AttachType.CgroupGetSockOpt] },
        new(ProgramType.Tracing, "tracing", ["CONFIG_BPF_EVENTS", "CONFIG_DEBUG_INFO_BTF"], Features.Capability.Perfmon)
        {
            ProbeAttachTypes = [AttachType.TraceFentry, AttachType.TraceRawTp, AttachType.TraceIter], ProbeBtfId = 1, KnownRefusal = "attach_btf_id 1 ",
        },
        new(ProgramType.StructOps, "struct_ops", ["CONFIG_BPF_JIT", "CONFIG_DEBUG_INFO_BTF"], Features.Capability.Perfmon) { KnownRefusal = "" },
        new(ProgramType.Ext, "ext", ["CONFIG_BPF_JIT", "CONFIG_DEBUG_INFO_BTF"], Features.Capability.Perfmon) { ProbeBtfId = 1, KnownRefusal = "Cannot replace kernel functions" },
        new(ProgramType.Lsm, "lsm", ["CONFIG_BPF_LSM", "CONFIG_BPF_JIT", "CONFIG_DEBUG_INFO_BTF"], Features.Capability.Perfmon)
        {
            ProbeAttachTypes = [AttachType.LsmMac], ProbeBtfId = 1, KnownRefusal = "attach_btf_id 1 ",
        },
        new(ProgramType.SkLookup, "sk_lookup", ["CONFIG_INET"], null) { ProbeAttachTypes = [AttachType.SkLookup] },
        new(ProgramType.Syscall, "syscall", [], null) { ProbeFlags = 1 << 4 }, // BPF_F_SLEEPABLE
        new(ProgramType.Netfilter, "netfilter", ["CONFIG_NETFILTER_BPF_LINK"], Features.Capability.NetAdmin) { ProbeAttachTypes = [AttachType.Netfilter] },
    ];

    /// <summary>The first kernel that has it.</summary>
    public Version MinimumKernel => TypeSince.Find(Type).ToVersion();

    /// <summary>Every kind, in the kernel's order.</summary>
    public static ReadOnlySpan<ProgramTypeInfo> All => s_rows;

    /// <summary>Attach types to try a program of the kind with; empty where it takes none.</summary>
    internal AttachType[] ProbeAttachTypes { get; init; } = [];

    /// <summary>The type in the kernel's BTF to aim at; 1 is an integer in every kernel, so that the refusal is known.</summary>
    internal uint ProbeBtfId { get; init; }

    internal uint ProbeFlags { get; init; }

    /// <summary>What the verifier says when it knows the kind, for kinds that cannot be loaded without a real target; null for the others.</summary>
    internal string? KnownRefusal { get; init; }

    /// <summary>What is known about a kind; null for one that no kernel up to 6.18 has.</summary>
    public static ProgramTypeInfo? Find(ProgramType type) => Array.Find(s_rows, row => row.Type == type);
}

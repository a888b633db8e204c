// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Linux.Features;

/// <summary>What is known about a kind of attachment before any kernel is asked.</summary>
/// <param name="Type">The kind.</param>
/// <param name="ProgramType">The programs that go there.</param>
/// <param name="MinimumKernel">The first kernel that has it.</param>
/// <param name="ConfigOptions">Options that it is compiled with; all must be on.</param>
public sealed record AttachTypeInfo(AttachType Type, ProgramType ProgramType, Version MinimumKernel, IReadOnlyList<string> ConfigOptions)
{
    private static readonly string[] s_cgroup = ["CONFIG_CGROUP_BPF"], s_none = [], s_trampoline = ["CONFIG_BPF_EVENTS", "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS"];

    // Sources: the table of versions of docs.ebpf.io; options from the attach functions in kernel/bpf, kernel/trace/bpf_trace.c and net.
    private static readonly AttachTypeInfo[] s_rows =
    [
        new(AttachType.CgroupInetIngress, ProgramType.CgroupSkb, new(4, 10), s_cgroup),
        new(AttachType.CgroupInetEgress, ProgramType.CgroupSkb, new(4, 10), s_cgroup),
        new(AttachType.CgroupInetSockCreate, ProgramType.CgroupSock, new(4, 10), s_cgroup),
        new(AttachType.CgroupSockOps, ProgramType.SockOps, new(4, 13), s_cgroup),
        new(AttachType.SkSkbStreamParser, ProgramType.SkSkb, new(4, 14), ["CONFIG_BPF_STREAM_PARSER"]),
        new(AttachType.SkSkbStreamVerdict, ProgramType.SkSkb, new(4, 14), ["CONFIG_INET"]),
        new(AttachType.CgroupDevice, ProgramType.CgroupDevice, new(4, 15), s_cgroup),
        new(AttachType.SkMsgVerdict, ProgramType.SkMsg, new(4, 17), ["CONFIG_INET"]),
        new(AttachType.CgroupInet4Bind, ProgramType.CgroupSockAddr, new(4, 17), s_cgroup),
        new(AttachType.CgroupInet6Bind, ProgramType.CgroupSockAddr, new(4, 17), s_cgroup),
        new(AttachType.CgroupInet4Connect, ProgramType.CgroupSockAddr, new(4, 17), s_cgroup),
        new(AttachType.CgroupInet6Connect, ProgramType.CgroupSockAddr, new(4, 17), s_cgroup),
        new(AttachType.CgroupInet4PostBind, ProgramType.CgroupSock, new(4, 17), s_cgroup),
        new(AttachType.CgroupInet6PostBind, ProgramType.CgroupSock, new(4, 17), s_cgroup),
        new(AttachType.CgroupUdp4SendMsg, ProgramType.CgroupSockAddr, new(4, 18), s_cgroup),
        new(AttachType.CgroupUdp6SendMsg, ProgramType.CgroupSockAddr, new(4, 18), s_cgroup),
        new(AttachType.LircMode2, ProgramType.LircMode2, new(4, 18), ["CONFIG_BPF_LIRC_MODE2"]),
        new(AttachType.FlowDissector, ProgramType.FlowDissector, new(4, 20), s_none),
        new(AttachType.CgroupSysctl, ProgramType.CgroupSysctl, new(5, 2), s_cgroup),
        new(AttachType.CgroupUdp4RecvMsg, ProgramType.CgroupSockAddr, new(5, 2), s_cgroup),
        new(AttachType.CgroupUdp6RecvMsg, ProgramType.CgroupSockAddr, new(5, 2), s_cgroup),
        new(AttachType.CgroupGetSockOpt, ProgramType.CgroupSockOpt, new(5, 3), s_cgroup),
        new(AttachType.CgroupSetSockOpt, ProgramType.CgroupSockOpt, new(5, 3), s_cgroup),
        new(AttachType.TraceRawTp, ProgramType.Tracing, new(5, 5), ["CONFIG_BPF_EVENTS"]),
        new(AttachType.TraceFentry, ProgramType.Tracing, new(5, 5), s_trampoline),
        new(AttachType.TraceFexit, ProgramType.Tracing, new(5, 5), s_trampoline),
        new(AttachType.ModifyReturn, ProgramType.Tracing, new(5, 7), s_trampoline),
        new(AttachType.LsmMac, ProgramType.Lsm, new(5, 7), ["CONFIG_BPF_LSM"]),
        new(AttachType.TraceIter, ProgramType.Tracing, new(5, 8), ["CONFIG_BPF_EVENTS"]),
        new(AttachType.CgroupInet4GetPeerName, ProgramType.CgroupSockAddr, new(5, 8), s_cgroup),
        new(AttachType.CgroupInet6GetPeerName, ProgramType.CgroupSockAddr, new(5, 8), s_cgroup),
        new(AttachType.CgroupInet4GetSockName, ProgramType.CgroupSockAddr, new(5, 8), s_cgroup),
        new(AttachType.CgroupInet6GetSockName, ProgramType.CgroupSockAddr, new(5, 8), s_cgroup),
        new(AttachType.XdpDevMap, ProgramType.Xdp, new(5, 8), s_none),
        new(AttachType.CgroupInetSockRelease, ProgramType.CgroupSock, new(5, 9), s_cgroup),
        new(AttachType.XdpCpuMap, ProgramType.Xdp, new(5, 9), s_none),
        new(AttachType.SkLookup, ProgramType.SkLookup, new(5, 9), s_none),
        new(AttachType.Xdp, ProgramType.Xdp, new(5, 9), s_none),
        new(AttachType.SkSkbVerdict, ProgramType.SkSkb, new(5, 13), ["CONFIG_INET"]),
        new(AttachType.SkReuseportSelect, ProgramType.SkReuseport, new(5, 14), s_none),
        new(AttachType.SkReuseportSelectOrMigrate, ProgramType.SkReuseport, new(5, 14), s_none),
        new(AttachType.PerfEvent, ProgramType.PerfEvent, new(5, 15), ["CONFIG_PERF_EVENTS"]),
        new(AttachType.TraceKprobeMulti, ProgramType.Kprobe, new(5, 18), ["CONFIG_FPROBE"]),
        new(AttachType.LsmCgroup, ProgramType.Lsm, new(6, 0), ["CONFIG_BPF_LSM", "CONFIG_CGROUP_BPF"]),
        new(AttachType.StructOps, ProgramType.StructOps, new(6, 4), ["CONFIG_BPF_JIT"]),
        new(AttachType.Netfilter, ProgramType.Netfilter, new(6, 4), ["CONFIG_NETFILTER_BPF_LINK"]),
        new(AttachType.TcxIngress, ProgramType.SchedCls, new(6, 6), ["CONFIG_NET_XGRESS"]),
        new(AttachType.TcxEgress, ProgramType.SchedCls, new(6, 6), ["CONFIG_NET_XGRESS"]),
        new(AttachType.TraceUprobeMulti, ProgramType.Kprobe, new(6, 6), ["CONFIG_UPROBES"]),
        new(AttachType.CgroupUnixConnect, ProgramType.CgroupSockAddr, new(6, 7), s_cgroup),
        new(AttachType.CgroupUnixSendMsg, ProgramType.CgroupSockAddr, new(6, 7), s_cgroup),
        new(AttachType.CgroupUnixRecvMsg, ProgramType.CgroupSockAddr, new(6, 7), s_cgroup),
        new(AttachType.CgroupUnixGetPeerName, ProgramType.CgroupSockAddr, new(6, 7), s_cgroup),
        new(AttachType.CgroupUnixGetSockName, ProgramType.CgroupSockAddr, new(6, 7), s_cgroup),
        new(AttachType.NetkitPrimary, ProgramType.SchedCls, new(6, 7), ["CONFIG_NETKIT"]),
        new(AttachType.NetkitPeer, ProgramType.SchedCls, new(6, 7), ["CONFIG_NETKIT"]),
        new(AttachType.TraceKprobeSession, ProgramType.Kprobe, new(6, 10), ["CONFIG_FPROBE"]),
        new(AttachType.TraceUprobeSession, ProgramType.Kprobe, new(6, 13), ["CONFIG_UPROBES"]),
    ];

    /// <summary>Every kind up to kernel 6.18, in the kernel's order.</summary>
    public static ReadOnlySpan<AttachTypeInfo> All => s_rows;

    /// <summary>What is known about a kind; null for one that is not listed.</summary>
    public static AttachTypeInfo? Find(AttachType type) => Array.Find(s_rows, row => row.Type == type);
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Rules;

namespace Nectar.Linux.Features;

/// <summary>What is known about a kind of attachment before any kernel is asked.</summary>
/// <param name="Type">The kind.</param>
/// <param name="ProgramType">The programs that go there.</param>
/// <param name="ConfigOptions">Options that it is compiled with; all must be on.</param>
public sealed record AttachTypeInfo(AttachType Type, ProgramType ProgramType, IReadOnlyList<string> ConfigOptions)
{
    private static readonly string[] s_cgroup = ["CONFIG_CGROUP_BPF"], s_none = [], s_trampoline = ["CONFIG_BPF_EVENTS", "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS"];

    // Sources: the table of versions of docs.ebpf.io; options from the attach functions in kernel/bpf, kernel/trace/bpf_trace.c and net.
    private static readonly AttachTypeInfo[] s_rows =
    [
        new(AttachType.CgroupInetIngress, ProgramType.CgroupSkb, s_cgroup),
        new(AttachType.CgroupInetEgress, ProgramType.CgroupSkb, s_cgroup),
        new(AttachType.CgroupInetSockCreate, ProgramType.CgroupSock, s_cgroup),
        new(AttachType.CgroupSockOps, ProgramType.SockOps, s_cgroup),
        new(AttachType.SkSkbStreamParser, ProgramType.SkSkb, ["CONFIG_BPF_STREAM_PARSER"]),
        new(AttachType.SkSkbStreamVerdict, ProgramType.SkSkb, ["CONFIG_INET"]),
        new(AttachType.CgroupDevice, ProgramType.CgroupDevice, s_cgroup),
        new(AttachType.SkMsgVerdict, ProgramType.SkMsg, ["CONFIG_INET"]),
        new(AttachType.CgroupInet4Bind, ProgramType.CgroupSockAddr, s_cgroup),
        new(AttachType.CgroupInet6Bind, ProgramType.CgroupSockAddr, s_cgroup),
        new(AttachType.CgroupInet4Connect, ProgramType.CgroupSockAddr, s_cgroup),
        new(AttachType.CgroupInet6Connect, ProgramType.CgroupSockAddr, s_cgroup),
        new(AttachType.CgroupInet4PostBind, ProgramType.CgroupSock, s_cgroup),
        new(AttachType.CgroupInet6PostBind, ProgramType.CgroupSock, s_cgroup),
        new(AttachType.CgroupUdp4SendMsg, ProgramType.CgroupSockAddr, s_cgroup),
        new(AttachType.CgroupUdp6SendMsg, ProgramType.CgroupSockAddr, s_cgroup),
        new(AttachType.LircMode2, ProgramType.LircMode2, ["CONFIG_BPF_LIRC_MODE2"]),
        new(AttachType.FlowDissector, ProgramType.FlowDissector, s_none),
        new(AttachType.CgroupSysctl, ProgramType.CgroupSysctl, s_cgroup),
        new(AttachType.CgroupUdp4RecvMsg, ProgramType.CgroupSockAddr, s_cgroup),
        new(AttachType.CgroupUdp6RecvMsg, ProgramType.CgroupSockAddr, s_cgroup),
        new(AttachType.CgroupGetSockOpt, ProgramType.CgroupSockOpt, s_cgroup),
        new(AttachType.CgroupSetSockOpt, ProgramType.CgroupSockOpt, s_cgroup),
        new(AttachType.TraceRawTp, ProgramType.Tracing, ["CONFIG_BPF_EVENTS"]),
        new(AttachType.TraceFentry, ProgramType.Tracing, s_trampoline),
        new(AttachType.TraceFexit, ProgramType.Tracing, s_trampoline),
        new(AttachType.ModifyReturn, ProgramType.Tracing, s_trampoline),
        new(AttachType.LsmMac, ProgramType.Lsm, ["CONFIG_BPF_LSM"]),
        new(AttachType.TraceIter, ProgramType.Tracing, ["CONFIG_BPF_EVENTS"]),
        new(AttachType.CgroupInet4GetPeerName, ProgramType.CgroupSockAddr, s_cgroup),
        new(AttachType.CgroupInet6GetPeerName, ProgramType.CgroupSockAddr, s_cgroup),
        new(AttachType.CgroupInet4GetSockName, ProgramType.CgroupSockAddr, s_cgroup),
        new(AttachType.CgroupInet6GetSockName, ProgramType.CgroupSockAddr, s_cgroup),
        new(AttachType.XdpDevMap, ProgramType.Xdp, s_none),
        new(AttachType.CgroupInetSockRelease, ProgramType.CgroupSock, s_cgroup),
        new(AttachType.XdpCpuMap, ProgramType.Xdp, s_none),
        new(AttachType.SkLookup, ProgramType.SkLookup, s_none),
        new(AttachType.Xdp, ProgramType.Xdp, s_none),
        new(AttachType.SkSkbVerdict, ProgramType.SkSkb, ["CONFIG_INET"]),
        new(AttachType.SkReuseportSelect, ProgramType.SkReuseport, s_none),
        new(AttachType.SkReuseportSelectOrMigrate, ProgramType.SkReuseport, s_none),
        new(AttachType.PerfEvent, ProgramType.PerfEvent, ["CONFIG_PERF_EVENTS"]),
        new(AttachType.TraceKprobeMulti, ProgramType.Kprobe, ["CONFIG_FPROBE"]),
        new(AttachType.LsmCgroup, ProgramType.Lsm, ["CONFIG_BPF_LSM", "CONFIG_CGROUP_BPF"]),
        new(AttachType.StructOps, ProgramType.StructOps, ["CONFIG_BPF_JIT"]),
        new(AttachType.Netfilter, ProgramType.Netfilter, ["CONFIG_NETFILTER_BPF_LINK"]),
        new(AttachType.TcxIngress, ProgramType.SchedCls, ["CONFIG_NET_XGRESS"]),
        new(AttachType.TcxEgress, ProgramType.SchedCls, ["CONFIG_NET_XGRESS"]),
        new(AttachType.TraceUprobeMulti, ProgramType.Kprobe, ["CONFIG_UPROBES"]),
        new(AttachType.CgroupUnixConnect, ProgramType.CgroupSockAddr, s_cgroup),
        new(AttachType.CgroupUnixSendMsg, ProgramType.CgroupSockAddr, s_cgroup),
        new(AttachType.CgroupUnixRecvMsg, ProgramType.CgroupSockAddr, s_cgroup),
        new(AttachType.CgroupUnixGetPeerName, ProgramType.CgroupSockAddr, s_cgroup),
        new(AttachType.CgroupUnixGetSockName, ProgramType.CgroupSockAddr, s_cgroup),
        new(AttachType.NetkitPrimary, ProgramType.SchedCls, ["CONFIG_NETKIT"]),
        new(AttachType.NetkitPeer, ProgramType.SchedCls, ["CONFIG_NETKIT"]),
        new(AttachType.TraceKprobeSession, ProgramType.Kprobe, ["CONFIG_FPROBE"]),
        new(AttachType.TraceUprobeSession, ProgramType.Kprobe, ["CONFIG_UPROBES"]),
    ];

    /// <summary>The first kernel that has it.</summary>
    public Version MinimumKernel => TypeSince.Find(Type).ToVersion();

    /// <summary>Every kind up to kernel 6.18, in the kernel's order.</summary>
    public static ReadOnlySpan<AttachTypeInfo> All => s_rows;

    /// <summary>What is known about a kind; null for one that is not listed.</summary>
    public static AttachTypeInfo? Find(AttachType type) => Array.Find(s_rows, row => row.Type == type);
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics.CodeAnalysis;

namespace Nectar.Bpf.Objects;

/// <summary>What a section name implies beyond the type of its programs.</summary>
[Flags]
public enum SectionTraits
{
    /// <summary>Nothing more.</summary>
    None = 0,

    /// <summary>Something may follow behind a slash: function, tracepoint, path.</summary>
    Target = 1,

    /// <summary>The programs may sleep.</summary>
    Sleepable = 2,

    /// <summary>The programs accept packets in fragments (<c>BPF_F_XDP_HAS_FRAGS</c>).</summary>
    XdpFrags = 4,

    /// <summary>The expected attach type may be left out on kernels that do not know it.</summary>
    OptionalAttach = 8,

    /// <summary>The target is a function or type that is looked up in BTF.</summary>
    BtfTarget = 16,

    /// <summary>The programs are attached to user-space static probes.</summary>
    Usdt = 32,
}

/// <summary>What a section name means.</summary>
/// <param name="Name">The name up to its target.</param>
/// <param name="Type">The kind of program.</param>
/// <param name="AttachType">Where it expects to be attached.</param>
/// <param name="Traits">What else is implied.</param>
public sealed record SectionDefinition(string Name, ProgramType Type, AttachType? AttachType, SectionTraits Traits);

/// <summary>
/// The section names of BPF objects, as the loaders of the field agree on them (kernel:
/// Documentation/bpf/libbpf/program_types.rst). A name is matched whole, or, where a target may follow, up to a slash.
/// </summary>
public static class SectionNames
{
    /// <summary>The load flag of <see cref="SectionTraits.XdpFrags"/>.</summary>
    public const uint XdpHasFrags = 1 << 5;

    private static readonly SectionDefinition[] s_rows =
    [
        new("socket", ProgramType.SocketFilter, null, SectionTraits.None),
        new("sk_reuseport/migrate", ProgramType.SkReuseport, AttachType.SkReuseportSelectOrMigrate, SectionTraits.None),
        new("sk_reuseport", ProgramType.SkReuseport, AttachType.SkReuseportSelect, SectionTraits.None),
        new("kprobe", ProgramType.Kprobe, null, SectionTraits.Target),
        new("uprobe", ProgramType.Kprobe, null, SectionTraits.Target),
        new("uprobe.s", ProgramType.Kprobe, null, SectionTraits.Sleepable | SectionTraits.Target),
        new("kretprobe", ProgramType.Kprobe, null, SectionTraits.Target),
        new("uretprobe", ProgramType.Kprobe, null, SectionTraits.Target),
        new("uretprobe.s", ProgramType.Kprobe, null, SectionTraits.Sleepable | SectionTraits.Target),
        new("kprobe.multi", ProgramType.Kprobe, AttachType.TraceKprobeMulti, SectionTraits.Target),
        new("kretprobe.multi", ProgramType.Kprobe, AttachType.TraceKprobeMulti, SectionTraits.Target),
        new("kprobe.session", ProgramType.Kprobe, AttachType.TraceKprobeSession, SectionTraits.Target),
        new("uprobe.multi", ProgramType.Kprobe, AttachType.TraceUprobeMulti, SectionTraits.Target),
        new("uretprobe.multi", ProgramType.Kprobe, AttachType.TraceUprobeMulti, SectionTraits.Target),
        new("uprobe.session", ProgramType.Kprobe, AttachType.TraceUprobeSession, SectionTraits.Target),
        new("uprobe.multi.s", ProgramType.Kprobe, AttachType.TraceUprobeMulti, SectionTraits.Sleepable | SectionTraits.Target),
        new("uretprobe.multi.s", ProgramType.Kprobe, AttachType.TraceUprobeMulti, SectionTraits.Sleepable | SectionTraits.Target),
        new("uprobe.session.s", ProgramType.Kprobe, AttachType.TraceUprobeSession, SectionTraits.Sleepable | SectionTraits.Target),
        new("ksyscall", ProgramType.Kprobe, null, SectionTraits.Target),
        new("kretsyscall", ProgramType.Kprobe, null, SectionTraits.Target),
        new("usdt", ProgramType.Kprobe, null, SectionTraits.Usdt | SectionTraits.Target),
        new("usdt.s", ProgramType.Kprobe, null, SectionTraits.Sleepable | SectionTraits.Usdt | SectionTraits.Target),
        new("tc/ingress", ProgramType.SchedCls, AttachType.TcxIngress, SectionTraits.None),
        new("tc/egress", ProgramType.SchedCls, AttachType.TcxEgress, SectionTraits.None),
        new("tcx/ingress", ProgramType.SchedCls, AttachType.TcxIngress, SectionTraits.None),
        new("tcx/egress", ProgramType.SchedCls, AttachType.TcxEgress, SectionTraits.None),
        new("tc", ProgramType.SchedCls, null, SectionTraits.None),
        new("classifier", ProgramType.SchedCls, null, SectionTraits.None),
        new("action", ProgramType.SchedAct, null, SectionTraits.None),
        new("netkit/primary", ProgramType.SchedCls, AttachType.NetkitPrimary, SectionTraits.None),
        new("netkit/peer", ProgramType.SchedCls, AttachType.NetkitPeer, SectionTraits.None),
        new("tracepoint", ProgramType.Tracepoint, null, SectionTraits.Target),
        new("tp", ProgramType.Tracepoint, null, SectionTraits.Target),
        new("tracepoint.s", ProgramType.Tracepoint, null, SectionTraits.Sleepable | SectionTraits.Target),
        new("tp.s", ProgramType.Tracepoint, null, SectionTraits.Sleepable | SectionTraits.Target),
        new("raw_tracepoint", ProgramType.RawTracepoint, null, SectionTraits.Target),
        new("raw_tp", ProgramType.RawTracepoint, null, SectionTraits.Target),
        new("raw_tracepoint.s", ProgramType.RawTracepoint, null, SectionTraits.Sleepable | SectionTraits.Target),
        new("raw_tp.s", ProgramType.RawTracepoint, null, SectionTraits.Sleepable | SectionTraits.Target),
        new("raw_tracepoint.w", ProgramType.RawTracepointWritable, null, SectionTraits.Target),
        new("raw_tp.w", ProgramType.RawTracepointWritable, null, SectionTraits.Target),
        new("tp_btf", ProgramType.Tracing, AttachType.TraceRawTp, SectionTraits.BtfTarget | SectionTraits.Target),
        new("tp_btf.s", ProgramType.Tracing, AttachType.TraceRawTp, SectionTraits.Sleepable | SectionTraits.BtfTarget | SectionTraits.Target),
        new("fentry", ProgramType.Tracing, AttachType.TraceFentry, SectionTraits.BtfTarget | SectionTraits.Target),
        new("fmod_ret", ProgramType.Tracing, AttachType.ModifyReturn, SectionTraits.BtfTarget | SectionTraits.Target),
        new("fexit", ProgramType.Tracing, AttachType.TraceFexit, SectionTraits.BtfTarget | SectionTraits.Target),
        new("fentry.s", ProgramType.Tracing, AttachType.TraceFentry, SectionTraits.Sleepable | SectionTraits.BtfTarget | SectionTraits.Target),
        new("fmod_ret.s", ProgramType.Tracing, AttachType.ModifyReturn, SectionTraits.Sleepable | SectionTraits.BtfTarget | SectionTraits.Target),
        new("fexit.s", ProgramType.Tracing, AttachType.TraceFexit, SectionTraits.Sleepable | SectionTraits.BtfTarget | SectionTraits.Target),
        new("fsession", ProgramType.Tracing, AttachType.TraceFsession, SectionTraits.BtfTarget | SectionTraits.Target),
        new("fsession.s", ProgramType.Tracing, AttachType.TraceFsession, SectionTraits.Sleepable | SectionTraits.BtfTarget | SectionTraits.Target),
        new("fsession.multi", ProgramType.Tracing, AttachType.TraceFsessionMulti, SectionTraits.Target),
        new("fsession.multi.s", ProgramType.Tracing, AttachType.TraceFsessionMulti, SectionTraits.Sleepable | SectionTraits.Target),
        new("fentry.multi", ProgramType.Tracing, AttachType.TraceFentryMulti, SectionTraits.Target),
        new("fexit.multi", ProgramType.Tracing, AttachType.TraceFexitMulti, SectionTraits.Target),
        new("fentry.multi.s", ProgramType.Tracing, AttachType.TraceFentryMulti, SectionTraits.Sleepable | SectionTraits.Target),
        new("fexit.multi.s", ProgramType.Tracing, AttachType.TraceFexitMulti, SectionTraits.Sleepable | SectionTraits.Target),
        new("freplace", ProgramType.Ext, null, SectionTraits.BtfTarget | SectionTraits.Target),
        new("lsm", ProgramType.Lsm, AttachType.LsmMac, SectionTraits.BtfTarget | SectionTraits.Target),
        new("lsm.s", ProgramType.Lsm, AttachType.LsmMac, SectionTraits.Sleepable | SectionTraits.BtfTarget | SectionTraits.Target),
        new("lsm_cgroup", ProgramType.Lsm, AttachType.LsmCgroup, SectionTraits.BtfTarget | SectionTraits.Target),
        new("iter", ProgramType.Tracing, AttachType.TraceIter, SectionTraits.BtfTarget | SectionTraits.Target),
        new("iter.s", ProgramType.Tracing, AttachType.TraceIter, SectionTraits.Sleepable | SectionTraits.BtfTarget | SectionTraits.Target),
        new("syscall", ProgramType.Syscall, null, SectionTraits.Sleepable),
        new("xdp.frags/devmap", ProgramType.Xdp, AttachType.XdpDevMap, SectionTraits.XdpFrags),
        new("xdp/devmap", ProgramType.Xdp, AttachType.XdpDevMap, SectionTraits.None),
        new("xdp.frags/cpumap", ProgramType.Xdp, AttachType.XdpCpuMap, SectionTraits.XdpFrags),
        new("xdp/cpumap", ProgramType.Xdp, AttachType.XdpCpuMap, SectionTraits.None),
        new("xdp.frags", ProgramType.Xdp, AttachType.Xdp, SectionTraits.XdpFrags),
        new("xdp", ProgramType.Xdp, AttachType.Xdp, SectionTraits.OptionalAttach),
        new("perf_event", ProgramType.PerfEvent, null, SectionTraits.None),
        new("lwt_in", ProgramType.LwtIn, null, SectionTraits.None),
        new("lwt_out", ProgramType.LwtOut, null, SectionTraits.None),
        new("lwt_xmit", ProgramType.LwtXmit, null, SectionTraits.None),
        new("lwt_seg6local", ProgramType.LwtSeg6local, null, SectionTraits.None),
        new("sockops", ProgramType.SockOps, AttachType.CgroupSockOps, SectionTraits.OptionalAttach),
        new("sk_skb/stream_parser", ProgramType.SkSkb, AttachType.SkSkbStreamParser, SectionTraits.OptionalAttach),
        new("sk_skb/stream_verdict", ProgramType.SkSkb, AttachType.SkSkbStreamVerdict, SectionTraits.OptionalAttach),
        new("sk_skb/verdict", ProgramType.SkSkb, AttachType.SkSkbVerdict, SectionTraits.OptionalAttach),
        new("sk_skb", ProgramType.SkSkb, null, SectionTraits.None),
        new("sk_msg", ProgramType.SkMsg, AttachType.SkMsgVerdict, SectionTraits.OptionalAttach),
        new("lirc_mode2", ProgramType.LircMode2, AttachType.LircMode2, SectionTraits.OptionalAttach),
        new("flow_dissector", ProgramType.FlowDissector, AttachType.FlowDissector, SectionTraits.OptionalAttach),
        new("cgroup_skb/ingress", ProgramType.CgroupSkb, AttachType.CgroupInetIngress, SectionTraits.OptionalAttach),
        new("cgroup_skb/egress", ProgramType.CgroupSkb, AttachType.CgroupInetEgress, SectionTraits.OptionalAttach),
        new("cgroup/skb", ProgramType.CgroupSkb, null, SectionTraits.None),
        new("cgroup/sock_create", ProgramType.CgroupSock, AttachType.CgroupInetSockCreate, SectionTraits.None),
        new("cgroup/sock_release", ProgramType.CgroupSock, AttachType.CgroupInetSockRelease, SectionTraits.None),
        new("cgroup/sock", ProgramType.CgroupSock, AttachType.CgroupInetSockCreate, SectionTraits.OptionalAttach),
        new("cgroup/post_bind4", ProgramType.CgroupSock, AttachType.CgroupInet4PostBind, SectionTraits.None),
        new("cgroup/post_bind6", ProgramType.CgroupSock, AttachType.CgroupInet6PostBind, SectionTraits.None),
        new("cgroup/bind4", ProgramType.CgroupSockAddr, AttachType.CgroupInet4Bind, SectionTraits.None),
        new("cgroup/bind6", ProgramType.CgroupSockAddr, AttachType.CgroupInet6Bind, SectionTraits.None),
        new("cgroup/connect4", ProgramType.CgroupSockAddr, AttachType.CgroupInet4Connect, SectionTraits.None),
        new("cgroup/connect6", ProgramType.CgroupSockAddr, AttachType.CgroupInet6Connect, SectionTraits.None),
        new("cgroup/connect_unix", ProgramType.CgroupSockAddr, AttachType.CgroupUnixConnect, SectionTraits.None),
        new("cgroup/sendmsg4", ProgramType.CgroupSockAddr, AttachType.CgroupUdp4SendMsg, SectionTraits.None),
        new("cgroup/sendmsg6", ProgramType.CgroupSockAddr, AttachType.CgroupUdp6SendMsg, SectionTraits.None),
        new("cgroup/sendmsg_unix", ProgramType.CgroupSockAddr, AttachType.CgroupUnixSendMsg, SectionTraits.None),
        new("cgroup/recvmsg4", ProgramType.CgroupSockAddr, AttachType.CgroupUdp4RecvMsg, SectionTraits.None),
        new("cgroup/recvmsg6", ProgramType.CgroupSockAddr, AttachType.CgroupUdp6RecvMsg, SectionTraits.None),
        new("cgroup/recvmsg_unix", ProgramType.CgroupSockAddr, AttachType.CgroupUnixRecvMsg, SectionTraits.None),
        new("cgroup/getpeername4", ProgramType.CgroupSockAddr, AttachType.CgroupInet4GetPeerName, SectionTraits.None),
        new("cgroup/getpeername6", ProgramType.CgroupSockAddr, AttachType.CgroupInet6GetPeerName, SectionTraits.None),
        new("cgroup/getpeername_unix", ProgramType.CgroupSockAddr, AttachType.CgroupUnixGetPeerName, SectionTraits.None),
        new("cgroup/getsockname4", ProgramType.CgroupSockAddr, AttachType.CgroupInet4GetSockName, SectionTraits.None),
        new("cgroup/getsockname6", ProgramType.CgroupSockAddr, AttachType.CgroupInet6GetSockName, SectionTraits.None),
        new("cgroup/getsockname_unix", ProgramType.CgroupSockAddr, AttachType.CgroupUnixGetSockName, SectionTraits.None),
        new("cgroup/sysctl", ProgramType.CgroupSysctl, AttachType.CgroupSysctl, SectionTraits.None),
        new("cgroup/getsockopt", ProgramType.CgroupSockOpt, AttachType.CgroupGetSockOpt, SectionTraits.None),
        new("cgroup/setsockopt", ProgramType.CgroupSockOpt, AttachType.CgroupSetSockOpt, SectionTraits.None),
        new("cgroup/dev", ProgramType.CgroupDevice, AttachType.CgroupDevice, SectionTraits.OptionalAttach),
        new("struct_ops", ProgramType.StructOps, null, SectionTraits.Target),
        new("struct_ops.s", ProgramType.StructOps, null, SectionTraits.Sleepable | SectionTraits.Target),
        new("sk_lookup", ProgramType.SkLookup, AttachType.SkLookup, SectionTraits.None),
        new("netfilter", ProgramType.Netfilter, AttachType.Netfilter, SectionTraits.None),    ];

    private static readonly Dictionary<string, SectionDefinition> s_byName = s_rows.ToDictionary(row => row.Name, StringComparer.Ordinal);

    /// <summary>All names that are known.</summary>
    public static ReadOnlySpan<SectionDefinition> All => s_rows;

    /// <summary>Finds what a section name means.</summary>
    /// <param name="section">The name as in the object, a leading <c>?</c> included.</param>
    /// <param name="definition">What it means.</param>
    /// <param name="target">What follows behind the slash; null if nothing does.</param>
    /// <param name="autoLoad">False if the name begins with <c>?</c>.</param>
    public static bool TryParse(string section, [NotNullWhen(true)] out SectionDefinition? definition, out string? target, out bool autoLoad)
    {
        ArgumentNullException.ThrowIfNull(section);
        autoLoad = !section.StartsWith('?');
        string name = autoLoad ? section : section[1..];
        target = null;
        if (s_byName.TryGetValue(name, out definition)) return true;
        for (int slash = name.LastIndexOf('/'); slash > 0; slash = name.LastIndexOf('/', slash - 1))
        {
            if (!s_byName.TryGetValue(name[..slash], out definition) || (definition.Traits & SectionTraits.Target) == 0) continue;
            target = name[(slash + 1)..];
            return true;
        }

        definition = null;
        return false;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Asm;

/// <summary>A kind of program: the start of its section's name and what follows from it.</summary>
/// <param name="Prefix">The section name, or what stands before its slash.</param>
/// <param name="Type">The kernel's type.</param>
/// <param name="Attach">The expected attach type, where the kind has one.</param>
internal sealed record ProgramKind(string Prefix, ProgramType Type, AttachType? Attach = null);

/// <summary>The section names that libbpf gives a meaning (its documentation, "Program types and ELF sections").</summary>
internal static class ProgramKinds
{
    /// <summary>Longer names before the names that they start with.</summary>
    private static readonly ProgramKind[] s_kinds =
    [
        new("socket", ProgramType.SocketFilter),
        new("sk_reuseport/migrate", ProgramType.SkReuseport, AttachType.SkReuseportSelectOrMigrate),
        new("sk_reuseport", ProgramType.SkReuseport, AttachType.SkReuseportSelect),
        new("kprobe.multi", ProgramType.Kprobe, AttachType.TraceKprobeMulti),
        new("kretprobe.multi", ProgramType.Kprobe, AttachType.TraceKprobeMulti),
        new("kprobe.session", ProgramType.Kprobe, AttachType.TraceKprobeSession),
        new("uprobe.multi", ProgramType.Kprobe, AttachType.TraceUprobeMulti),
        new("uretprobe.multi", ProgramType.Kprobe, AttachType.TraceUprobeMulti),
        new("uprobe.session", ProgramType.Kprobe, AttachType.TraceUprobeSession),
        new("kprobe", ProgramType.Kprobe),
        new("kretprobe", ProgramType.Kprobe),
        new("uprobe", ProgramType.Kprobe),
        new("uretprobe", ProgramType.Kprobe),
        new("ksyscall", ProgramType.Kprobe),
        new("kretsyscall", ProgramType.Kprobe),
        new("usdt", ProgramType.Kprobe),
        new("tcx/ingress", ProgramType.SchedCls, AttachType.TcxIngress),
        new("tcx/egress", ProgramType.SchedCls, AttachType.TcxEgress),
        new("netkit/primary", ProgramType.SchedCls, AttachType.NetkitPrimary),
        new("netkit/peer", ProgramType.SchedCls, AttachType.NetkitPeer),
        new("tc", ProgramType.SchedCls),
        new("classifier", ProgramType.SchedCls),
        new("action", ProgramType.SchedAct),
        new("tracepoint", ProgramType.Tracepoint),
        new("tp", ProgramType.Tracepoint),
        new("raw_tracepoint.w", ProgramType.RawTracepointWritable),
        new("raw_tp.w", ProgramType.RawTracepointWritable),
        new("raw_tracepoint", ProgramType.RawTracepoint),
        new("raw_tp", ProgramType.RawTracepoint),
        new("tp_btf", ProgramType.Tracing, AttachType.TraceRawTp),
        new("fentry", ProgramType.Tracing, AttachType.TraceFentry),
        new("fmod_ret", ProgramType.Tracing, AttachType.ModifyReturn),
        new("fexit", ProgramType.Tracing, AttachType.TraceFexit),
        new("freplace", ProgramType.Ext),
        new("lsm_cgroup", ProgramType.Lsm, AttachType.LsmCgroup),
        new("lsm", ProgramType.Lsm, AttachType.LsmMac),
        new("iter", ProgramType.Tracing, AttachType.TraceIter),
        new("syscall", ProgramType.Syscall),
        new("xdp/devmap", ProgramType.Xdp, AttachType.XdpDevMap),
        new("xdp/cpumap", ProgramType.Xdp, AttachType.XdpCpuMap),
        new("xdp", ProgramType.Xdp, AttachType.Xdp),
        new("perf_event", ProgramType.PerfEvent),
        new("lwt_in", ProgramType.LwtIn),
        new("lwt_out", ProgramType.LwtOut),
        new("lwt_xmit", ProgramType.LwtXmit),
        new("lwt_seg6local", ProgramType.LwtSeg6local),
        new("sockops", ProgramType.SockOps, AttachType.CgroupSockOps),
        new("sk_skb/stream_parser", ProgramType.SkSkb, AttachType.SkSkbStreamParser),
        new("sk_skb/stream_verdict", ProgramType.SkSkb, AttachType.SkSkbStreamVerdict),
        new("sk_skb/verdict", ProgramType.SkSkb, AttachType.SkSkbVerdict),
        new("sk_skb", ProgramType.SkSkb),
        new("sk_msg", ProgramType.SkMsg, AttachType.SkMsgVerdict),
        new("lirc_mode2", ProgramType.LircMode2, AttachType.LircMode2),
        new("flow_dissector", ProgramType.FlowDissector, AttachType.FlowDissector),
        new("cgroup_skb/ingress", ProgramType.CgroupSkb, AttachType.CgroupInetIngress),
        new("cgroup_skb/egress", ProgramType.CgroupSkb, AttachType.CgroupInetEgress),
        new("cgroup/skb", ProgramType.CgroupSkb),
        new("cgroup/sock_create", ProgramType.CgroupSock, AttachType.CgroupInetSockCreate),
        new("cgroup/sock_release", ProgramType.CgroupSock, AttachType.CgroupInetSockRelease),
        new("cgroup/sock", ProgramType.CgroupSock, AttachType.CgroupInetSockCreate),
        new("cgroup/post_bind4", ProgramType.CgroupSock, AttachType.CgroupInet4PostBind),
        new("cgroup/post_bind6", ProgramType.CgroupSock, AttachType.CgroupInet6PostBind),
        new("cgroup/bind4", ProgramType.CgroupSockAddr, AttachType.CgroupInet4Bind),
        new("cgroup/bind6", ProgramType.CgroupSockAddr, AttachType.CgroupInet6Bind),
        new("cgroup/connect4", ProgramType.CgroupSockAddr, AttachType.CgroupInet4Connect),
        new("cgroup/connect6", ProgramType.CgroupSockAddr, AttachType.CgroupInet6Connect),
        new("cgroup/connect_unix", ProgramType.CgroupSockAddr, AttachType.CgroupUnixConnect),
        new("cgroup/sendmsg4", ProgramType.CgroupSockAddr, AttachType.CgroupUdp4SendMsg),
        new("cgroup/sendmsg6", ProgramType.CgroupSockAddr, AttachType.CgroupUdp6SendMsg),
        new("cgroup/sendmsg_unix", ProgramType.CgroupSockAddr, AttachType.CgroupUnixSendMsg),
        new("cgroup/recvmsg4", ProgramType.CgroupSockAddr, AttachType.CgroupUdp4RecvMsg),
        new("cgroup/recvmsg6", ProgramType.CgroupSockAddr, AttachType.CgroupUdp6RecvMsg),
        new("cgroup/recvmsg_unix", ProgramType.CgroupSockAddr, AttachType.CgroupUnixRecvMsg),
        new("cgroup/getpeername4", ProgramType.CgroupSockAddr, AttachType.CgroupInet4GetPeerName),
        new("cgroup/getpeername6", ProgramType.CgroupSockAddr, AttachType.CgroupInet6GetPeerName),
        new("cgroup/getpeername_unix", ProgramType.CgroupSockAddr, AttachType.CgroupUnixGetPeerName),
        new("cgroup/getsockname4", ProgramType.CgroupSockAddr, AttachType.CgroupInet4GetSockName),
        new("cgroup/getsockname6", ProgramType.CgroupSockAddr, AttachType.CgroupInet6GetSockName),
        new("cgroup/getsockname_unix", ProgramType.CgroupSockAddr, AttachType.CgroupUnixGetSockName),
        new("cgroup/sysctl", ProgramType.CgroupSysctl, AttachType.CgroupSysctl),
        new("cgroup/getsockopt", ProgramType.CgroupSockOpt, AttachType.CgroupGetSockOpt),
        new("cgroup/setsockopt", ProgramType.CgroupSockOpt, AttachType.CgroupSetSockOpt),
        new("cgroup/dev", ProgramType.CgroupDevice, AttachType.CgroupDevice),
        new("struct_ops", ProgramType.StructOps),
        new("sk_lookup", ProgramType.SkLookup, AttachType.SkLookup),
        new("netfilter", ProgramType.Netfilter, AttachType.Netfilter),
    ];

    /// <summary>Names of kinds, for suggestions.</summary>
    public static IEnumerable<string> Names => s_kinds.Select(k => k.Prefix);

    /// <summary>Finds the kind of a section: <c>?xdp.frags/devmap</c>, <c>tracepoint/syscalls/sys_enter_execve</c>.</summary>
    public static ProgramKind? FindSection(string section, out string? target, out bool optional, out bool sleepable)
    {
        optional = section.StartsWith('?');
        ReadOnlySpan<char> name = optional ? section.AsSpan(1) : section;
        target = null;
        sleepable = false;
        foreach (ProgramKind kind in s_kinds)
        {
            if (!name.StartsWith(kind.Prefix, StringComparison.Ordinal)) continue;
            ReadOnlySpan<char> rest = name[kind.Prefix.Length..];
            if (rest.StartsWith(".s", StringComparison.Ordinal) && (rest.Length == 2 || rest[2] == '/'))
            {
                sleepable = true;
                rest = rest[2..];
            }
            else if (rest.StartsWith(".frags", StringComparison.Ordinal) && (rest.Length == 6 || rest[6] == '/'))
            {
                rest = rest[6..];
            }

            if (!rest.IsEmpty && rest[0] != '/') continue;
            if (rest.Length > 1) target = rest[1..].ToString();
            return kind;
        }

        return null;
    }

    /// <summary>Finds a kind by section name or by the name of its type: <c>xdp</c>, <c>socket_filter</c>, <c>BPF_PROG_TYPE_XDP</c>.</summary>
    public static ProgramKind? FindName(string name)
    {
        if (FindSection(name, out string? target, out _, out _) is { } kind && target is null) return kind;
        string wanted = Plain(name.StartsWith("BPF_PROG_TYPE_", StringComparison.OrdinalIgnoreCase) ? name["BPF_PROG_TYPE_".Length..] : name);
        foreach (ProgramKind candidate in s_kinds)
        {
            if (Plain(candidate.Type.ToString()) == wanted) return candidate;
        }

        return null;
    }

    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>Which places of its context a program may read and write, for contexts with fields; those with typed arguments are not here.</summary>
internal static class ContextRules
{
    private const string Flow = "family remote_ip4 local_ip4 remote_ip6 local_ip6 remote_port local_port";

    // Layout, fields that are hidden, fields that can be written.
    private static readonly (ProgramType Type, string Layout, string Hidden, string Writable)[] s_types =
    [
        (ProgramType.SocketFilter, "__sk_buff", $"tc_classid data data_meta data_end {Flow} tstamp wire_len hwtstamp flow_keys tstamp_type", "cb"),
        (ProgramType.Kprobe, "pt_regs", "", ""),
        (ProgramType.SchedCls, "__sk_buff", $"{Flow} flow_keys", "mark tc_index priority tc_classid cb tstamp queue_mapping"),
        (ProgramType.SchedAct, "__sk_buff", $"{Flow} flow_keys", "mark tc_index priority tc_classid cb tstamp queue_mapping"),
        (ProgramType.Tracepoint, "tracepoint", "", ""),
        (ProgramType.Xdp, "xdp_md", "", ""),
        (ProgramType.PerfEvent, "bpf_perf_event_data", "", ""),
        (ProgramType.CgroupSkb, "__sk_buff", "tc_classid data_meta wire_len flow_keys tstamp_type", "mark priority cb tstamp"),
        (ProgramType.CgroupSock, "bpf_sock", "", "bound_dev_if mark priority"),
        (ProgramType.LwtIn, "__sk_buff", $"tc_classid {Flow} data_meta tstamp wire_len hwtstamp flow_keys tstamp_type", "mark priority cb"),
        (ProgramType.LwtOut, "__sk_buff", $"tc_classid {Flow} data_meta tstamp wire_len hwtstamp flow_keys tstamp_type", "mark priority cb"),
        (ProgramType.LwtXmit, "__sk_buff", $"tc_classid {Flow} data_meta tstamp wire_len hwtstamp flow_keys tstamp_type", "mark priority cb"),
        (ProgramType.SockOps, "bpf_sock_ops", "", "reply sk_txhash"),
        (ProgramType.SkSkb, "__sk_buff", "tc_classid data_meta tstamp wire_len hwtstamp mark flow_keys tstamp_type", "tc_index priority"),
        (ProgramType.CgroupDevice, "bpf_cgroup_dev_ctx", "", ""),
        (ProgramType.SkMsg, "sk_msg_md", "", ""),
        (ProgramType.RawTracepoint, "arguments", "", ""),
        (ProgramType.CgroupSockAddr, "bpf_sock_addr", "", "user_ip4 user_ip6 user_port msg_src_ip4 msg_src_ip6"),
        (ProgramType.LwtSeg6local, "__sk_buff", $"tc_classid {Flow} data_meta tstamp wire_len hwtstamp flow_keys tstamp_type", "mark priority cb"),
        (ProgramType.LircMode2, "lirc", "", ""),
        (ProgramType.SkReuseport, "sk_reuseport_md", "", ""),
        (ProgramType.FlowDissector, "__sk_buff", $"len pkt_type mark queue_mapping protocol vlan_present vlan_tci vlan_proto priority ingress_ifindex ifindex tc_index cb hash tc_classid napi_id {Flow} "
            + "data_meta tstamp wire_len gso_segs sk gso_size tstamp_type hwtstamp", ""),
        (ProgramType.CgroupSysctl, "bpf_sysctl", "", "file_pos"),
        (ProgramType.RawTracepointWritable, "arguments", "", ""),
        (ProgramType.CgroupSockOpt, "bpf_sockopt", "", "level optname optlen retval"),
        (ProgramType.SkLookup, "bpf_sk_lookup", "", ""),
        (ProgramType.Syscall, "syscall", "", "args"),
        (ProgramType.Netfilter, "bpf_nf_ctx", "", ""),
    ];

    private static readonly AttachType[] s_inet4 =
    [
        AttachType.CgroupInet4Bind, AttachType.CgroupInet4Connect, AttachType.CgroupInet4GetPeerName, AttachType.CgroupInet4GetSockName, AttachType.CgroupUdp4SendMsg, AttachType.CgroupUdp4RecvMsg,
    ];

    private static readonly AttachType[] s_inet6 =
    [
        AttachType.CgroupInet6Bind, AttachType.CgroupInet6Connect, AttachType.CgroupInet6GetPeerName, AttachType.CgroupInet6GetSockName, AttachType.CgroupUdp6SendMsg, AttachType.CgroupUdp6RecvMsg,
    ];

    // Fields that only some attach types have, or only some may write.
    private static readonly (ProgramType Type, string Fields, bool ForWrites, AttachType[] Attach)[] s_conditions =
    [
        (ProgramType.Xdp, "egress_ifindex", false, [AttachType.XdpDevMap]),
        (ProgramType.CgroupSock, "bound_dev_if mark priority", false, [AttachType.CgroupInetSockCreate, AttachType.CgroupInetSockRelease]),
        (ProgramType.CgroupSock, "src_ip4", false, [AttachType.CgroupInet4PostBind]),
        (ProgramType.CgroupSock, "src_ip6", false, [AttachType.CgroupInet6PostBind]),
        (ProgramType.CgroupSock, "src_port", false, [AttachType.CgroupInet4PostBind, AttachType.CgroupInet6PostBind]),
        (ProgramType.CgroupSockAddr, "user_ip4", false, s_inet4),
        (ProgramType.CgroupSockAddr, "user_ip6", false, s_inet6),
        (ProgramType.CgroupSockAddr, "msg_src_ip4", false, [AttachType.CgroupUdp4SendMsg]),
        (ProgramType.CgroupSockAddr, "msg_src_ip6", false, [AttachType.CgroupUdp6SendMsg]),
        (ProgramType.CgroupSockOpt, "retval", false, [AttachType.CgroupGetSockOpt]),
        (ProgramType.CgroupSockOpt, "level optname", true, [AttachType.CgroupSetSockOpt]),
    ];

    private static readonly ContextTable?[] s_known = new ContextTable[(int)ProgramType.Netfilter + 1];

    /// <summary>Checks an access at a constant offset of the context.</summary>
    /// <param name="program">What accesses it.</param>
    /// <param name="offset">Bytes from the context's start.</param>
    /// <param name="size">1, 2, 4 or 8 bytes.</param>
    /// <param name="isWrite">True for stores.</param>
    /// <param name="isSignExtended">True for loads that extend the sign: never of pointers.</param>
    internal static ContextAccess Check(in ProgramTraits program, int offset, int size, bool isWrite, bool isSignExtended = false)
    {
        if (TableOf(program.Type) is not { } table) return new ContextAccess(RuleDenial.ProgramType, 0);
        ContextAccess access = table.Check(offset, size, isWrite, isSignExtended);
        if (!access.IsAllowed) return access;
        if (program.Kernel < access.Since) return access with { Denial = RuleDenial.TooOld };
        if (!program.HasBpf && program.Type == ProgramType.CgroupSkb && (access.Result != ContextResult.Scalar && access.Result != ContextResult.SocketCommon || (isWrite && access.Field == "tstamp")))
        {
            return access with { Denial = RuleDenial.Capability };
        }

        if (program.Type == ProgramType.RawTracepointWritable && offset == 0)
        {
            return size == 8 ? access with { Result = ContextResult.TracepointBuffer } : access with { Denial = RuleDenial.Size, AllowedSizes = 8 };
        }

        foreach ((ProgramType type, string fields, bool forWrites, AttachType[] attach) in s_conditions)
        {
            if (type != program.Type || (forWrites && !isWrite) || !HasWord(fields, access.Field!)) continue;
            if (Array.IndexOf(attach, program.EffectiveAttach) < 0) return access with { Denial = RuleDenial.AttachType };
        }

        return access;
    }

    /// <summary>Checks an access to a socket that a program holds a pointer to.</summary>
    /// <param name="result">What it points to: <see cref="ContextResult.Socket"/>, <see cref="ContextResult.SocketCommon"/> or <see cref="ContextResult.FlowKeys"/>.</param>
    /// <param name="offset">Bytes from its start.</param>
    /// <param name="size">1, 2, 4 or 8 bytes.</param>
    /// <param name="isWrite">True for stores, which only flow keys allow.</param>
    internal static ContextAccess CheckSocket(ContextResult result, int offset, int size, bool isWrite) => result switch
    {
        ContextResult.Socket => ContextTable.Socket.Check(offset, size, isWrite, false),
        ContextResult.SocketCommon => ContextTable.SocketCommon.Check(offset, size, isWrite, false),
        ContextResult.FlowKeys => ContextTable.FlowKeys.Check(offset, size, isWrite, false),
        _ => new ContextAccess(RuleDenial.ProgramType, 0),
    };

    /// <summary>Checks an access to a <c>bpf_tcp_sock</c>.</summary>
    internal static ContextAccess CheckTcpSocket(int offset, int size, bool isWrite) => ContextTable.TcpSocket.Check(offset, size, isWrite, false);

    /// <summary>Checks an access to a <c>bpf_xdp_sock</c>.</summary>
    internal static ContextAccess CheckXdpSocket(int offset, int size, bool isWrite) => ContextTable.XdpSocket.Check(offset, size, isWrite, false);

    /// <summary>True if the type's context may be accessed at an offset that is known as a range only: programs of the syscall type.</summary>
    internal static bool AllowsVariableOffset(ProgramType type) => type == ProgramType.Syscall;

    /// <summary>The struct of a type's context, for messages; null for contexts that are arguments.</summary>
    internal static string? LayoutOf(ProgramType type)
    {
        foreach ((ProgramType row, string layout, _, _) in s_types)
        {
            if (row == type) return layout;
        }

        return null;
    }

    private static ContextTable? TableOf(ProgramType type)
    {
        if ((uint)type >= (uint)s_known.Length) return null;
        if (s_known[(int)type] is { } known) return known;
        foreach ((ProgramType row, string layout, string hidden, string writable) in s_types)
        {
            if (row == type) return s_known[(int)type] = new ContextTable(layout, hidden, writable);
        }

        return null;
    }

    /// <summary>True if a list with blanks between has a word.</summary>
    internal static bool HasWord(string list, string word)
    {
        foreach (Range part in list.AsSpan().Split(' '))
        {
            if (list.AsSpan()[part].SequenceEqual(word)) return true;
        }

        return false;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Vm;

/// <summary>The contexts of all program types, as uapi/linux/bpf.h declares them.</summary>
internal static class ContextTable
{
    internal static readonly ContextLayout Memory = new("memory", 0, ContextShape.Memory);

    internal static readonly ContextLayout Xdp = Build("xdp_md", ContextShape.Xdp,
        "data:4:start data_end:4:end data_meta:4:meta ingress_ifindex:4 rx_queue_index:4 egress_ifindex:4");

    internal static readonly ContextLayout Skb = Build("__sk_buff", ContextShape.Skb,
        "len:4 pkt_type:4 mark:4:w queue_mapping:4:w protocol:4 vlan_present:4 vlan_tci:4 vlan_proto:4 priority:4:w ingress_ifindex:4 ifindex:4 "
        + "tc_index:4:w cb:4*5:w hash:4 tc_classid:4:w data:4:start data_end:4:end napi_id:4 family:4 remote_ip4:4 local_ip4:4 remote_ip6:4*4 "
        + "local_ip6:4*4 remote_port:4 local_port:4 data_meta:4:meta flow_keys:8 tstamp:8:w wire_len:4 gso_segs:4 sk:8 gso_size:4 tstamp_type:1 pad:1*3 hwtstamp:8");

    internal static readonly ContextLayout SockAddr = Build("bpf_sock_addr", ContextShape.Record,
        "user_family:4 user_ip4:4:w user_ip6:4*4:w user_port:4:w family:4 type:4 protocol:4 msg_src_ip4:4:w msg_src_ip6:4*4:w sk:8");

    internal static readonly ContextLayout SockOps = Build("bpf_sock_ops", ContextShape.Record,
        "op:4 reply:4*4:w family:4 remote_ip4:4 local_ip4:4 remote_ip6:4*4 local_ip6:4*4 remote_port:4 local_port:4 is_fullsock:4 snd_cwnd:4 srtt_us:4 "
        + "bpf_sock_ops_cb_flags:4 state:4 rtt_min:4 snd_ssthresh:4 rcv_nxt:4 snd_nxt:4 snd_una:4 mss_cache:4 ecn_flags:4 rate_delivered:4 "
        + "rate_interval_us:4 packets_out:4 retrans_out:4 total_retrans:4 segs_in:4 data_segs_in:4 segs_out:4 data_segs_out:4 lost_out:4 sacked_out:4 "
        + "sk_txhash:4:w bytes_received:8 bytes_acked:8 sk:8 skb_data:8:start skb_data_end:8:end skb_len:4 skb_tcp_flags:4 skb_hwtstamp:8");

    internal static readonly ContextLayout Sock = Build("bpf_sock", ContextShape.Record,
        "bound_dev_if:4:w family:4 type:4 protocol:4 mark:4:w priority:4:w src_ip4:4 src_ip6:4*4 src_port:4 dst_port:2 pad:2 dst_ip4:4 dst_ip6:4*4 state:4 rx_queue_mapping:4");

    internal static readonly ContextLayout SkMsg = Build("sk_msg_md", ContextShape.Record,
        "data:8:start data_end:8:end family:4 remote_ip4:4 local_ip4:4 remote_ip6:4*4 local_ip6:4*4 remote_port:4 local_port:4 size:4 sk:8");

    internal static readonly ContextLayout SkReuseport = Build("sk_reuseport_md", ContextShape.Record,
        "data:8:start data_end:8:end len:4 eth_protocol:4 ip_protocol:4 bind_inany:4 hash:4 pad:4 sk:8 migrating_sk:8");

    internal static readonly ContextLayout SkLookup = Build("bpf_sk_lookup", ContextShape.Record,
        "sk:8 family:4 protocol:4 remote_ip4:4 remote_ip6:4*4 remote_port:2 pad:2 local_ip4:4 local_ip6:4*4 local_port:4 ingress_ifindex:4");

    internal static readonly ContextLayout Sysctl = Build("bpf_sysctl", ContextShape.Record, "write:4 file_pos:4:w");

    internal static readonly ContextLayout SockOpt = Build("bpf_sockopt", ContextShape.Record,
        "sk:8 optval:8:start optval_end:8:end level:4:w optname:4:w optlen:4:w retval:4:w");

    internal static readonly ContextLayout Device = Build("bpf_cgroup_dev_ctx", ContextShape.Record, "access_type:4 major:4 minor:4");

    internal static readonly ContextLayout PtRegs = Build("pt_regs", ContextShape.Record,
        "r15:8:w r14:8:w r13:8:w r12:8:w bp:8:w bx:8:w r11:8:w r10:8:w r9:8:w r8:8:w ax:8:w cx:8:w dx:8:w si:8:w di:8:w orig_ax:8:w ip:8:w cs:8:w flags:8:w sp:8:w ss:8:w");

    internal static readonly ContextLayout PerfEvent = Build("bpf_perf_event_data", ContextShape.Record,
        "r15:8 r14:8 r13:8 r12:8 bp:8 bx:8 r11:8 r10:8 r9:8 r8:8 ax:8 cx:8 dx:8 si:8 di:8 orig_ax:8 ip:8 cs:8 flags:8 sp:8 ss:8 sample_period:8 addr:8");



    internal static readonly ContextLayout Netfilter = Build("bpf_nf_ctx", ContextShape.Record, "state:8 skb:8");

    /// <summary>The arguments of a raw tracepoint, fentry, fexit or LSM hook: an array of 64-bit values.</summary>
    internal static readonly ContextLayout Arguments = Build("arguments", ContextShape.Record, "args:8*12:w");

    /// <summary>A tracepoint record: whatever bytes the caller gives; the kernel's largest is a page.</summary>
    internal static readonly ContextLayout TracepointRecord = Build("record", ContextShape.Record, "record:1*4096:w");

    /// <summary>The context of a program type; plain memory for types without one.</summary>
    internal static ContextLayout For(ProgramType type) => type switch
    {
        ProgramType.Xdp => Xdp,
        ProgramType.SocketFilter or ProgramType.SchedCls or ProgramType.SchedAct or ProgramType.CgroupSkb or ProgramType.LwtIn or ProgramType.LwtOut
            or ProgramType.LwtXmit or ProgramType.LwtSeg6local or ProgramType.SkSkb => Skb,
        ProgramType.FlowDissector => Skb,
        ProgramType.Kprobe => PtRegs,
        ProgramType.Tracepoint => TracepointRecord,
        ProgramType.RawTracepoint or ProgramType.RawTracepointWritable or ProgramType.Tracing or ProgramType.Lsm or ProgramType.StructOps => Arguments,
        ProgramType.PerfEvent => PerfEvent,
        ProgramType.CgroupSock => Sock,
        ProgramType.CgroupSockAddr => SockAddr,
        ProgramType.SockOps => SockOps,
        ProgramType.SkMsg => SkMsg,
        ProgramType.SkReuseport => SkReuseport,
        ProgramType.SkLookup => SkLookup,
        ProgramType.CgroupSysctl => Sysctl,
        ProgramType.CgroupSockOpt => SockOpt,
        ProgramType.CgroupDevice => Device,
        ProgramType.Netfilter => Netfilter,
        ProgramType.Syscall => TracepointRecord,
        _ => Memory,
    };

    /// <summary>Builds a layout from its fields in order, <c>name:size</c> or <c>name:size*count</c>, then <c>:w</c> for writable or <c>:start</c>, <c>:end</c>, <c>:meta</c>.</summary>
    private static ContextLayout Build(string name, ContextShape shape, string fields)
    {
        List<ContextField> list = [];
        int offset = 0;
        foreach (string field in fields.Split(' '))
        {
            string[] parts = field.Split(':');
            string[] sizes = parts[1].Split('*');
            int element = int.Parse(sizes[0], System.Globalization.CultureInfo.InvariantCulture);
            int size = sizes.Length > 1 ? element * int.Parse(sizes[1], System.Globalization.CultureInfo.InvariantCulture) : element;
            offset = (offset + element - 1) / element * element;
            string flag = parts.Length > 2 ? parts[2] : "";
            ContextFieldKind kind = flag switch
            {
                "start" => ContextFieldKind.PacketStart,
                "end" => ContextFieldKind.PacketEnd,
                "meta" => ContextFieldKind.PacketMeta,
                _ => ContextFieldKind.Plain,
            };
            list.Add(new ContextField(parts[0], offset, size, kind, flag == "w", element));
            offset += size;
        }

        return new ContextLayout(name, (offset + 7) & ~7, shape, [.. list]);
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>
/// The fields of the structs that programs see instead of the kernel's: contexts and sockets. A field is
/// <c>name:offset[+length][/reads[/writes]][>result][@kernel]</c>; length is 4, reads are of 1, 2 or 4 bytes and writes of 4 if
/// nothing is said; <c>s4</c> are reads of 1, 2 or 4 bytes at the field's first byte only,
/// <c>w12</c> are reads of 1 or 2 bytes, and of 4 that take the padding behind the field in. Sources of the facts: uapi/linux/bpf.h and
/// the <c>is_valid_access</c> operations of the kernel, state of 6.18; the versions are those of the commits that added the fields.
/// </summary>
internal static class ContextLayouts
{
    private static readonly (string Name, string Fields)[] s_rows =
    [
        ("__sk_buff", "len:0 pkt_type:4 mark:8 queue_mapping:12 protocol:16 vlan_present:20 vlan_tci:24 vlan_proto:28 priority:32 ingress_ifindex:36 ifindex:40 tc_index:44 "
            + "cb:48+20/1248/1248 hash:68 tc_classid:72 data:76/4>packet@4.7 data_end:80/4>packet_end@4.7 napi_id:84@4.12 family:88@4.14 remote_ip4:92/4@4.14 local_ip4:96/4@4.14 "
            + "remote_ip6:100+16/4@4.14 local_ip6:116+16/4@4.14 remote_port:132@4.14 local_port:136@4.14 data_meta:140/4>packet_meta@4.15 flow_keys:144+8/8>flow_keys@4.20 "
            + "tstamp:152+8/8/8@5.0 wire_len:160@5.0 gso_segs:164@5.1 sk:168+8/8>sock_common?@5.1 gso_size:176@5.7 tstamp_type:180+1/1@5.18 hwtstamp:184+8/8@5.16"),
        ("xdp_md", "data:0/4>packet data_end:4/4>packet_end data_meta:8/4>packet_meta@4.15 ingress_ifindex:12/4@4.16 rx_queue_index:16/4@4.16 egress_ifindex:20/4@5.8"),
        ("bpf_sock", "bound_dev_if:0/4 family:4/s4 type:8/s4 protocol:12/s4 mark:16/4@4.14 priority:20/4@4.14 src_ip4:24@4.17 src_ip6:28+16@4.17 src_port:44/s4@4.17 dst_port:48+2/w12@5.1 "
            + "dst_ip4:52@5.1 dst_ip6:56+16@5.1 state:72/s4@5.1 rx_queue_mapping:76/s4@5.8"),
        ("bpf_tcp_sock", "snd_cwnd:0/4 srtt_us:4/4 rtt_min:8/4 snd_ssthresh:12/4 rcv_nxt:16/4 snd_nxt:20/4 snd_una:24/4 mss_cache:28/4 ecn_flags:32/4 rate_delivered:36/4 rate_interval_us:40/4 "
            + "packets_out:44/4 retrans_out:48/4 total_retrans:52/4 segs_in:56/4 data_segs_in:60/4 segs_out:64/4 data_segs_out:68/4 lost_out:72/4 sacked_out:76/4 bytes_received:80+8/8 "
            + "bytes_acked:88+8/8 dsack_dups:96/4@5.3 delivered:100/4@5.3 delivered_ce:104/4@5.3 icsk_retransmits:108/4@5.3"),
        ("bpf_xdp_sock", "queue_id:0/4"),
        ("bpf_sock_addr", "user_family:0/4 user_ip4:4 user_ip6:8+16/1248/48 user_port:24 family:28/4 type:32/4 protocol:36/4 msg_src_ip4:40@4.18 msg_src_ip6:44+16/1248/48@4.18 sk:64+8/8>socket@5.3"),
        ("bpf_sock_ops", "op:0/4 reply:4/4 replylong:8+12/4 family:20/4 remote_ip4:24/4 local_ip4:28/4 remote_ip6:32+16/4 local_ip6:48+16/4 remote_port:64/4 local_port:68/4 "
            + "is_fullsock:72/4@4.16 snd_cwnd:76/4@4.16 srtt_us:80/4@4.16 bpf_sock_ops_cb_flags:84/4@4.16 state:88/4@4.16 rtt_min:92/4@4.16 snd_ssthresh:96/4@4.16 rcv_nxt:100/4@4.16 "
            + "snd_nxt:104/4@4.16 snd_una:108/4@4.16 mss_cache:112/4@4.16 ecn_flags:116/4@4.16 rate_delivered:120/4@4.16 rate_interval_us:124/4@4.16 packets_out:128/4@4.16 "
            + "retrans_out:132/4@4.16 total_retrans:136/4@4.16 segs_in:140/4@4.16 data_segs_in:144/4@4.16 segs_out:148/4@4.16 data_segs_out:152/4@4.16 lost_out:156/4@4.16 "
            + "sacked_out:160/4@4.16 sk_txhash:164/4@4.16 bytes_received:168+8/8@4.16 bytes_acked:176+8/8@4.16 sk:184+8/8>socket?@5.3 skb_data:192+8/8>packet@5.10 "
            + "skb_data_end:200+8/8>packet_end@5.10 skb_len:208/4@5.10 skb_tcp_flags:212/s4@5.10 skb_hwtstamp:216+8/8@6.2"),
        ("sk_msg_md", "data:0+8/8>packet data_end:8+8/8>packet_end family:16/4@4.18 remote_ip4:20/4@4.18 local_ip4:24/4@4.18 remote_ip6:28+16/4@4.18 local_ip6:44+16/4@4.18 "
            + "remote_port:60/4@4.18 local_port:64/4@4.18 size:68/4@5.0 sk:72+8/8>socket@5.8"),
        ("sk_reuseport_md", "data:0+8/8>packet data_end:8+8/8>packet_end len:16 eth_protocol:20/24 ip_protocol:24 bind_inany:28 hash:32/4 sk:40+8/8>socket@5.14 migrating_sk:48+8/8>sock_common?@5.14"),
        ("bpf_sk_lookup", "sk:0+8/8>socket? family:8 protocol:12 remote_ip4:16 remote_ip6:20+16 remote_port:36/124 local_ip4:40 local_ip6:44+16 local_port:60 ingress_ifindex:64@5.17"),
        ("bpf_sockopt", "sk:0+8/8>socket optval:8+8/8>packet optval_end:16+8/8>packet_end level:24/4 optname:28/4 optlen:32/4 retval:36/4"),
        ("bpf_sysctl", "write:0 file_pos:4"),
        ("bpf_cgroup_dev_ctx", "access_type:0 major:4/4 minor:8/4"),
        ("lirc", "sample:0/4"),
        ("pt_regs", "regs:0+168/1248"),
        ("bpf_perf_event_data", "regs:0+168/8 sample_period:168+8/1248 addr:176+8/1248@4.17"),
        ("tracepoint", "record:8+8184/1248"),
        ("arguments", "args:0+96/1248"),
        ("syscall", "args:0+65535/1248/1248"),
        ("bpf_nf_ctx", "state:0+8/8>nf_hook_state skb:8+8/8>sk_buff"),
        ("bpf_flow_keys", "keys:0+56/1248/1248"),
    ];

    private static readonly (string Word, ContextResult Result)[] s_results =
    [
        ("packet", ContextResult.Packet), ("packet_end", ContextResult.PacketEnd), ("packet_meta", ContextResult.PacketMeta), ("flow_keys", ContextResult.FlowKeys),
        ("sock_common", ContextResult.SocketCommon), ("socket", ContextResult.Socket),
    ];

    private static readonly FieldRule[]?[] s_known = new FieldRule[s_rows.Length][];

    /// <summary>The fields of a struct, in order of their offsets.</summary>
    internal static ReadOnlySpan<FieldRule> Find(string name)
    {
        for (int row = 0; row < s_rows.Length; row++)
        {
            if (s_rows[row].Name == name) return s_known[row] ??= Read(s_rows[row].Fields);
        }

        throw new InvalidOperationException($"no such layout: {name}");
    }

    private static FieldRule[] Read(string text)
    {
        string[] words = text.Split(' ');
        return Array.ConvertAll(words, ReadField);
    }

    private static FieldRule ReadField(string word)
    {
        ReadOnlySpan<char> rest = word;
        KernelVersion since = default;
        int at = rest.IndexOf('@');
        if (at >= 0)
        {
            KernelVersion.TryParse(rest[(at + 1)..], out since);
            rest = rest[..at];
        }

        ContextResult result = ContextResult.Scalar;
        string? type = null;
        bool maybeNull = rest[^1] == '?';
        if (maybeNull) rest = rest[..^1];
        int arrow = rest.IndexOf('>');
        if (arrow >= 0)
        {
            string what = rest[(arrow + 1)..].ToString();
            int known = Array.FindIndex(s_results, row => row.Word == what);
            result = known >= 0 ? s_results[known].Result : ContextResult.BtfObject;
            if (known < 0) type = what;
            rest = rest[..arrow];
        }

        Span<Range> parts = stackalloc Range[3];
        int count = rest.Split(parts, '/');
        ReadOnlySpan<char> place = rest[parts[0]];
        int colon = place.IndexOf(':'), plus = place.IndexOf('+');
        ushort offset = ushort.Parse(place[(colon + 1)..(plus < 0 ? place.Length : plus)], null), length = plus < 0 ? (ushort)4 : ushort.Parse(place[(plus + 1)..], null);
        ReadOnlySpan<char> reads = count > 1 ? rest[parts[1]] : "124", writes = count > 2 ? rest[parts[2]] : "4";
        bool startOnly = reads[0] == 's', takesPadding = reads[0] == 'w';
        if (takesPadding) reads = reads[1..];
        return new FieldRule(place[..colon].ToString(), offset, length, startOnly ? (byte)7 : Sizes(reads), Sizes(writes), startOnly, takesPadding, result, maybeNull, type, since);
    }

    private static byte Sizes(ReadOnlySpan<char> digits)
    {
        int sizes = 0;
        foreach (char digit in digits) sizes |= digit - '0';
        return (byte)sizes;
    }
}

/// <summary>A field of a context.</summary>
/// <param name="Name">Its name in the C struct.</param>
/// <param name="Offset">Its first byte.</param>
/// <param name="Length">Its bytes; several elements for arrays.</param>
/// <param name="Reads">The sizes that may be read, as a sum of 1, 2, 4 and 8.</param>
/// <param name="Writes">The sizes that may be written, where programs may write it at all.</param>
/// <param name="NarrowAtStartOnly">True if fewer than 4 bytes may be read from its first byte only.</param>
/// <param name="TakesPadding">True if 4 bytes may be read from its first byte though it is shorter.</param>
/// <param name="Result">What a load gives.</param>
/// <param name="MaybeNull">True if that may be null.</param>
/// <param name="BtfType">The kernel's struct, for kernel objects.</param>
/// <param name="Since">The first kernel with the field; default where it came with the program type.</param>
internal readonly record struct FieldRule(string Name, ushort Offset, ushort Length, byte Reads, byte Writes, bool NarrowAtStartOnly, bool TakesPadding, ContextResult Result, bool MaybeNull, string? BtfType, KernelVersion Since);

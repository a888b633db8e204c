// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Probes;

// Structs of the kernel's user interface (uapi/linux/bpf.h), which have the same layout everywhere.
#pragma warning disable CS1591 // the kernel's names

/// <summary>Thread and process in a pid namespace.</summary>
public struct bpf_pidns_info
{
    public uint pid, tgid;
}

/// <summary>A counter and how long it ran, in nanoseconds.</summary>
public struct bpf_perf_event_value
{
    public ulong counter, enabled, running;
}

/// <summary>Addresses and ports of a socket, IPv4: the first of two forms that look-ups take.</summary>
[StructLayout(LayoutKind.Explicit, Size = 36)]
public unsafe struct bpf_sock_tuple
{
    /// <summary>Bytes of the IPv4 form.</summary>
    public const uint IPv4Size = 12;

    /// <summary>Bytes of the IPv6 form.</summary>
    public const uint IPv6Size = 36;

    [FieldOffset(0)] public BigEndian32 saddr;
    [FieldOffset(4)] public BigEndian32 daddr;
    [FieldOffset(8)] public BigEndian16 sport;
    [FieldOffset(10)] public BigEndian16 dport;
    [FieldOffset(0)] public fixed uint saddr6[4];
    [FieldOffset(16)] public fixed uint daddr6[4];
    [FieldOffset(32)] public BigEndian16 sport6;
    [FieldOffset(34)] public BigEndian16 dport6;
}

/// <summary>The state of a TCP connection.</summary>
public struct bpf_tcp_sock
{
    public uint snd_cwnd, srtt_us, rtt_min, snd_ssthresh, rcv_nxt, snd_nxt, snd_una, mss_cache, ecn_flags, rate_delivered, rate_interval_us;
    public uint packets_out, retrans_out, total_retrans, segs_in, data_segs_in, segs_out, data_segs_out, lost_out, sacked_out;
    public ulong bytes_received, bytes_acked;
    public uint dsack_dups, delivered, delivered_ce, icsk_retransmits;
}

/// <summary>What a tunnel is.</summary>
[StructLayout(LayoutKind.Explicit, Size = 44)]
public unsafe struct bpf_tunnel_key
{
    [FieldOffset(0)] public uint tunnel_id;
    [FieldOffset(4)] public uint remote_ipv4;
    [FieldOffset(4)] public fixed uint remote_ipv6[4];
    [FieldOffset(20)] public byte tunnel_tos;
    [FieldOffset(21)] public byte tunnel_ttl;
    [FieldOffset(22)] public ushort tunnel_flags;
    [FieldOffset(24)] public uint tunnel_label;
    [FieldOffset(28)] public uint local_ipv4;
    [FieldOffset(28)] public fixed uint local_ipv6[4];
}

/// <summary>An IPsec state.</summary>
[StructLayout(LayoutKind.Explicit, Size = 28)]
public unsafe struct bpf_xfrm_state
{
    [FieldOffset(0)] public uint reqid;
    [FieldOffset(4)] public BigEndian32 spi;
    [FieldOffset(8)] public ushort family;
    [FieldOffset(10)] public ushort ext;
    [FieldOffset(12)] public BigEndian32 remote_ipv4;
    [FieldOffset(12)] public fixed uint remote_ipv6[4];
}

/// <summary>A question to the routing table, and its answer.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
public unsafe struct bpf_fib_lookup
{
    [FieldOffset(0)] public byte family;
    [FieldOffset(1)] public byte l4_protocol;
    [FieldOffset(2)] public BigEndian16 sport;
    [FieldOffset(4)] public BigEndian16 dport;
    [FieldOffset(6)] public ushort tot_len;
    [FieldOffset(8)] public uint ifindex;
    [FieldOffset(12)] public byte tos;
    [FieldOffset(12)] public uint rt_metric;
    [FieldOffset(16)] public BigEndian32 ipv4_src;
    [FieldOffset(16)] public fixed uint ipv6_src[4];
    [FieldOffset(32)] public BigEndian32 ipv4_dst;
    [FieldOffset(32)] public fixed uint ipv6_dst[4];
    [FieldOffset(48)] public BigEndian16 h_vlan_proto;
    [FieldOffset(50)] public BigEndian16 h_vlan_TCI;
    [FieldOffset(48)] public uint tbid;
    [FieldOffset(52)] public MacAddress smac;
    [FieldOffset(58)] public MacAddress dmac;
}

/// <summary>A neighbour to send to.</summary>
[StructLayout(LayoutKind.Explicit, Size = 20)]
public unsafe struct bpf_redir_neigh
{
    [FieldOffset(0)] public uint nh_family;
    [FieldOffset(4)] public BigEndian32 ipv4_nh;
    [FieldOffset(4)] public fixed uint ipv6_nh[4];
}

/// <summary>A kernel object and the number of its type.</summary>
public unsafe struct btf_ptr
{
    public void* ptr;
    public uint type_id, flags;
}

/// <summary>Memory with bounds that are known at run time; on the stack, and opaque.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public struct bpf_dynptr
{
    private ulong _first;
    private ulong _second;
}

/// <summary>A timer in a map's value; opaque. See <see cref="Bpf.TimerInit"/>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public struct bpf_timer
{
    private ulong _first;
    private ulong _second;
}

/// <summary>A lock in a map's value; opaque. See <see cref="Bpf.SpinLock"/>.</summary>
public struct bpf_spin_lock
{
    private uint _value;
}

/// <summary>How a connection is looked up.</summary>
public struct bpf_ct_opts
{
    public int netns_id, error;
    public byte l4proto, dir;
    public ushort ct_zone_id;
    public byte ct_zone_dir;
    public byte reserved0, reserved1, reserved2;
}

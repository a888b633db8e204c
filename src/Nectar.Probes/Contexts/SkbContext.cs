// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary><c>struct __sk_buff</c></summary>
public unsafe struct __sk_buff
{
#pragma warning disable CS1591 // the kernel's names
    public uint len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto, priority, ingress_ifindex, ifindex, tc_index;
    public fixed uint cb[5];
    public uint hash, tc_classid, data, data_end, napi_id, family, remote_ip4, local_ip4;
    public fixed uint remote_ip6[4];
    public fixed uint local_ip6[4];
    public uint remote_port, local_port, data_meta;
    public void* flow_keys;
    public ulong tstamp;
    public uint wire_len, gso_segs;
    public void* sk;
    public uint gso_size;
    public byte tstamp_type;
    public ulong hwtstamp;
#pragma warning restore CS1591
}

/// <summary>The context of programs that see packets of the stack: traffic control, sockets, cgroups, tunnels.</summary>
/// <param name="skb">What the kernel passes.</param>
[ProgramContext]
public readonly unsafe ref partial struct SkbContext(__sk_buff* skb)
{
    private readonly __sk_buff* _skb = skb;

    /// <summary>What the kernel passes, for helpers.</summary>
    public __sk_buff* Pointer => _skb;

    /// <summary>The part of the packet that can be addressed: see <see cref="PullData"/> for more of it. Not for socket filters, which load bytes.</summary>
    public Packet Packet => new(ContextAccess.Data(_skb), ContextAccess.DataEnd(_skb));

    /// <summary>The bytes that an XDP program left in front of the packet. Kernel 4.15.</summary>
    public Packet Metadata => new(ContextAccess.DataMeta(_skb), ContextAccess.Data(_skb));

    /// <summary>Length of the packet in bytes, with the part that cannot be addressed.</summary>
    public uint Length => _skb->len;

    /// <summary>The EtherType.</summary>
    public BigEndian16 Protocol => new((ushort)_skb->protocol);

    /// <summary>For whom the packet is: <c>PACKET_HOST</c> (0), broadcast, multicast, other host, outgoing (4).</summary>
    public uint PacketType => _skb->pkt_type;

    /// <summary>The packet's mark.</summary>
    public uint Mark
    {
        get => _skb->mark;
        set => _skb->mark = value;
    }

    /// <summary>The packet's priority.</summary>
    public uint Priority
    {
        get => _skb->priority;
        set => _skb->priority = value;
    }

    /// <summary>The transmit queue; <c>tc</c> may set it.</summary>
    public uint QueueMapping
    {
        get => _skb->queue_mapping;
        set => _skb->queue_mapping = value;
    }

    /// <summary>The traffic control class; <c>tc</c> may set it.</summary>
    public uint ClassId
    {
        get => _skb->tc_classid;
        set => _skb->tc_classid = value;
    }

    /// <summary>The index that other actions see (<c>tc_index</c>).</summary>
    public uint TcIndex
    {
        get => _skb->tc_index;
        set => _skb->tc_index = value;
    }

    /// <summary>True if the packet carries a VLAN tag beside its bytes.</summary>
    public bool HasVlan => _skb->vlan_present != 0;

    /// <summary>The tag beside the packet's bytes.</summary>
    public uint VlanTci => _skb->vlan_tci;

    /// <summary>The tag's EtherType.</summary>
    public BigEndian16 VlanProtocol => new((ushort)_skb->vlan_proto);

    /// <summary>The index of the interface that the packet came in on.</summary>
    public uint IngressInterface => _skb->ingress_ifindex;

    /// <summary>The index of the interface that has the packet now.</summary>
    public uint Interface => _skb->ifindex;

    /// <summary>The flow hash; see <see cref="GetHashRecalc"/>.</summary>
    public uint Hash => _skb->hash;

    /// <summary>Address family of the socket, for cgroup and socket map programs.</summary>
    public uint Family => _skb->family;

    /// <summary>The socket's peer, IPv4.</summary>
    public BigEndian32 RemoteIPv4 => new(_skb->remote_ip4);

    /// <summary>The socket's own address, IPv4.</summary>
    public BigEndian32 LocalIPv4 => new(_skb->local_ip4);

    /// <summary>The peer's port.</summary>
    public BigEndian16 RemotePort => new((ushort)_skb->remote_port);

    /// <summary>The socket's own port, in host order.</summary>
    public uint LocalPort => _skb->local_port;

    /// <summary>The packet's time: when it came, or when it is to go. Nanoseconds; <c>tc</c> may set it. Kernel 5.0.</summary>
    public ulong Timestamp
    {
        get => _skb->tstamp;
        set => _skb->tstamp = value;
    }

    /// <summary>Length on the wire in bytes. Kernel 5.0.</summary>
    public uint WireLength => _skb->wire_len;

    /// <summary>Segments that the packet will be cut into. Kernel 5.1.</summary>
    public uint GsoSegments => _skb->gso_segs;

    /// <summary>Size of a segment in bytes. Kernel 5.7.</summary>
    public uint GsoSize => _skb->gso_size;

    /// <summary>A word that programs of one packet pass on (<c>cb</c>).</summary>
    /// <param name="index">0 to 4, a constant: contexts are read at fixed offsets.</param>
    public uint GetControl(int index) => _skb->cb[index];

    /// <summary>Sets a word that programs of one packet pass on.</summary>
    /// <param name="index">0 to 4, a constant.</param>
    /// <param name="value">The word.</param>
    public void SetControl(int index, uint value) => _skb->cb[index] = value;
}

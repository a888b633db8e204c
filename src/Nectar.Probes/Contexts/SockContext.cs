// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary><c>struct bpf_sock</c></summary>
public unsafe struct bpf_sock
{
#pragma warning disable CS1591 // the kernel's names
    public uint bound_dev_if, family, type, protocol, mark, priority, src_ip4;
    public fixed uint src_ip6[4];
    public uint src_port;
    public ushort dst_port;
    public uint dst_ip4;
    public fixed uint dst_ip6[4];
    public uint state;
    public int rx_queue_mapping;
#pragma warning restore CS1591
}

/// <summary>The context of programs on sockets that a cgroup makes.</summary>
/// <param name="socket">What the kernel passes.</param>
[ProgramContext]
public readonly unsafe ref partial struct SockContext(bpf_sock* socket)
{
    private readonly bpf_sock* _socket = socket;

    /// <summary>What the kernel passes, for helpers.</summary>
    public bpf_sock* Pointer => _socket;

    /// <summary>The interface that the socket is bound to; 0 for none; may be set.</summary>
    public uint BoundInterface
    {
        get => _socket->bound_dev_if;
        set => _socket->bound_dev_if = value;
    }

    /// <summary>Address family.</summary>
    public uint Family => _socket->family;

    /// <summary>1 stream, 2 datagram, 3 raw.</summary>
    public uint Type => _socket->type;

    /// <summary>See <see cref="IPProtocol"/>.</summary>
    public uint Protocol => _socket->protocol;

    /// <summary>The mark of its packets; may be set.</summary>
    public uint Mark
    {
        get => _socket->mark;
        set => _socket->mark = value;
    }

    /// <summary>The priority of its packets; may be set.</summary>
    public uint Priority
    {
        get => _socket->priority;
        set => _socket->priority = value;
    }

    /// <summary>The socket's own address, IPv4.</summary>
    public BigEndian32 SourceIPv4 => new(_socket->src_ip4);

    /// <summary>Its own port, in host order.</summary>
    public uint SourcePort => _socket->src_port;

    /// <summary>The peer's address, IPv4.</summary>
    public BigEndian32 DestinationIPv4 => new(_socket->dst_ip4);

    /// <summary>The peer's port.</summary>
    public BigEndian16 DestinationPort => new(_socket->dst_port);

    /// <summary>TCP state: 1 established, 10 listening, and so on.</summary>
    public uint State => _socket->state;
}

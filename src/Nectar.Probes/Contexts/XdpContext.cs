// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary><c>struct xdp_md</c></summary>
public struct xdp_md
{
#pragma warning disable CS1591 // the kernel's names
    public uint data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
#pragma warning restore CS1591
}

/// <summary>The context of XDP programs.</summary>
/// <param name="md">What the kernel passes.</param>
[ProgramContext]
public readonly unsafe ref partial struct XdpContext(xdp_md* md)
{
    private readonly xdp_md* _md = md;

    /// <summary>What the kernel passes, for helpers.</summary>
    public xdp_md* Pointer => _md;

    /// <summary>The packet, or with <see cref="XdpAttribute.Frags"/> its first buffer.</summary>
    public Packet Packet => new(ContextAccess.Data(_md), ContextAccess.DataEnd(_md));

    /// <summary>The bytes in front of the packet that <see cref="AdjustMeta"/> made. Kernel 4.15.</summary>
    public Packet Metadata => new(ContextAccess.DataMeta(_md), ContextAccess.Data(_md));

    /// <summary>The index of the interface that the packet came in on. Kernel 4.16.</summary>
    public uint IngressInterface => _md->ingress_ifindex;

    /// <summary>The receive queue. Kernel 4.16.</summary>
    public uint Queue => _md->rx_queue_index;

    /// <summary>The index of the interface that the packet goes out on, for programs of a devmap. Kernel 5.8.</summary>
    public uint EgressInterface => _md->egress_ifindex;
}

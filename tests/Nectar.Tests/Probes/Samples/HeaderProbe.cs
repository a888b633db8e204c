// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace TestProbes;

using Nectar.Probes; // here, it goes before what a whole project uses

/// <summary>Says what it finds in headers.</summary>
public sealed class HeaderProbe : Probe
{
    [SocketFilter]
    public uint IPv4(SkbContext skb)
    {
        if (!skb.TryLoad(14, out IPv4Header ip)) return 0;
        return ip.HeaderLength | (ip.IsFragment ? 1u : 0) << 8 | (ip.IsLaterFragment ? 2u : 0) << 8;
    }

    [Xdp]
    public uint IPv6(XdpContext ctx)
    {
        Packet packet = ctx.Packet;
        if (!packet.TryAt(0, out Ref<IPv6Header> ip)) return 0;
        uint offset = IPv6Header.Size;
        byte protocol = ip.Value.NextHeader;
        return IPv6Extensions.TrySkip(packet, ref offset, ref protocol) ? offset | (uint)protocol << 16 : 0;
    }
}

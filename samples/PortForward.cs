// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;

namespace Samples;

/// <summary>An address and a port as they stand in packets (network byte order).</summary>
public struct Endpoint
{
    public uint Address;
    public ushort Port;
    public ushort Unused;
}

/// <summary>
/// Destination NAT: rewrites address and port of TCP and UDP packets by a map, and mends the checksums. Steps over two VLAN tags and
/// IPv4 options; fragments stay as they are.
/// </summary>
public sealed class PortForward : Probe
{
    public readonly HashMap<Endpoint, Endpoint> Forwards = new(1024);

    [Tc]
    public TcAction Rewrite(SkbContext skb)
    {
        Packet packet = skb.Packet;
        if (!packet.TryAt(0, out Ref<EthernetHeader> ethernet)) return TcAction.Ok;
        uint offset = 14;
        ushort type = ethernet.Value.Type;
        for (int i = 0; i < 2 && type is EtherType.Vlan or EtherType.ProviderVlan; i++)
        {
            if (!packet.TryAt(offset, out Ref<VlanTag> tag)) return TcAction.Ok;
            type = tag.Value.Type;
            offset += 4;
        }

        if (type != EtherType.IPv4 || !packet.TryAt(offset, out Ref<IPv4Header> ip) || ip.Value.IsFragment) return TcAction.Ok;
        uint segment = offset + ip.Value.HeaderLength;
        if (!packet.TryAt(segment + 2, out Ref<ushort> port)) return TcAction.Ok;
        uint checksum;
        ulong flags = 0;
        if (ip.Value.Protocol == IPProtocol.Tcp) checksum = segment + 16;
        else if (ip.Value.Protocol == IPProtocol.Udp) (checksum, flags) = (segment + 6, Bpf.MarkMangledZero);
        else return TcAction.Ok;

        Endpoint from = new() { Address = ip.Value.Destination.Raw, Port = port.Value };
        if (!Forwards.TryFind(from, out Ref<Endpoint> found)) return TcAction.Ok;
        Endpoint to = found.Value;
        skb.L4CsumReplace(checksum, from.Address, to.Address, flags | Bpf.PseudoHeader | 4);
        skb.L4CsumReplace(checksum, from.Port, to.Port, flags | 2);
        skb.L3CsumReplace(offset + 10, from.Address, to.Address, 4);
        skb.StoreBytes(offset + 16, to.Address);
        skb.StoreBytes(segment + 2, to.Port);
        return TcAction.Ok;
    }
}

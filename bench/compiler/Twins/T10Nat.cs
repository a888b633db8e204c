// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;

namespace Twins;

public struct Endpoint
{
    public uint Address;
    public ushort Port, Unused;
}

/// <summary>10: rewrites a destination and mends the checksums.</summary>
public sealed class T10Nat : Probe
{
    public readonly HashMap<Endpoint, Endpoint> Nats = new(1024);

    [Tc]
    public TcAction rewrite(SkbContext skb)
    {
        Packet packet = skb.Packet;
        if (!packet.TryAt(0, out Ref<EthernetHeader> eth)) return TcAction.Ok;
        uint offset = 14;
        ushort type = eth.Value.Type;
        for (int i = 0; i < 2; i++)
        {
            if (type is not (0x8100 or 0x88a8)) continue;
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
        if (!Nats.TryFind(from, out Ref<Endpoint> to)) return TcAction.Ok;
        ushort newPort = to.Value.Port;
        uint newAddress = to.Value.Address;
        skb.L4CsumReplace(checksum, from.Address, newAddress, flags | Bpf.PseudoHeader | 4);
        skb.L4CsumReplace(checksum, from.Port, newPort, flags | 2);
        skb.L3CsumReplace(offset + 10, from.Address, newAddress, 4);
        skb.StoreBytes(offset + 16, newAddress);
        skb.StoreBytes(segment + 2, newPort);
        return TcAction.Ok;
    }
}

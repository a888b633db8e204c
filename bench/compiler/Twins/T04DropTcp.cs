// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;

namespace Twins;

/// <summary>04: drops TCP segments to the ports of a map.</summary>
public sealed class T04DropTcp : Probe
{
    public readonly HashMap<ushort, byte> Ports = new(1024);
    public readonly PerCpuArray<ulong> Verdicts = new(2);

    [Tc]
    public TcAction drop_tcp(SkbContext skb)
    {
        Packet packet = skb.Packet;
        uint segment;
        if (skb.Protocol == EtherType.IPv4)
        {
            if (!packet.TryAt(14, out Ref<IPv4Header> ip) || ip.Value.Protocol != IPProtocol.Tcp) return TcAction.Ok;
            segment = 14 + ip.Value.HeaderLength;
        }
        else if (skb.Protocol == EtherType.IPv6)
        {
            if (!packet.TryAt(14, out Ref<IPv6Header> ip) || ip.Value.NextHeader != IPProtocol.Tcp) return TcAction.Ok;
            segment = 14 + 40;
        }
        else
        {
            return TcAction.Ok;
        }

        if (!packet.TryAt(segment, out Ref<TcpHeader> tcp)) return TcAction.Ok;
        bool drop = Ports.ContainsKey(tcp.Value.Destination);
        if (Verdicts.TryFind(drop ? 1u : 0u, out Ref<ulong> count)) count.Value++;
        return drop ? TcAction.Shot : TcAction.Ok;
    }
}

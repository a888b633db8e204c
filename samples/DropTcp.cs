// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;

namespace Samples;

/// <summary>Drops TCP segments to the ports of a map, over IPv4 and IPv6, and counts both verdicts.</summary>
public sealed class DropTcp : Probe
{
    /// <summary>The destination ports to drop.</summary>
    public readonly HashMap<ushort, byte> Ports = new(1024);

    /// <summary>Element 0: passed segments; 1: dropped ones.</summary>
    public readonly PerCpuArray<ulong> Verdicts = new(2);

    [Tc]
    public TcAction Classify(SkbContext skb)
    {
        Packet packet = skb.Packet;
        uint segment;
        if (skb.Protocol == EtherType.IPv4 && packet.TryAt(14, out Ref<IPv4Header> ip4) && ip4.Value.Protocol == IPProtocol.Tcp) segment = 14 + ip4.Value.HeaderLength;
        else if (skb.Protocol == EtherType.IPv6 && packet.TryAt(14, out Ref<IPv6Header> ip6) && ip6.Value.NextHeader == IPProtocol.Tcp) segment = 14 + 40;
        else return TcAction.Ok;
        if (!packet.TryAt(segment, out Ref<TcpHeader> tcp)) return TcAction.Ok;

        bool drop = Ports.ContainsKey(tcp.Value.Destination);
        if (Verdicts.TryFind(drop ? 1u : 0u, out Ref<ulong> count)) count.Value++;
        return drop ? TcAction.Shot : TcAction.Ok;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;

namespace Samples;

/// <summary>What is reported of a dropped segment; addresses and ports in host byte order.</summary>
public struct HttpEvent
{
    public uint Source, Destination;
    public ushort SourcePort, DestinationPort;
    public uint Length;
}

/// <summary>Drops TCP segments whose payload begins with "HTTP/1.1" (the first segment of a response) and reports each of them.</summary>
public sealed class BlockHttp : Probe
{
    public readonly RingBuffer<HttpEvent> Events = new(64 * 1024);

    [Xdp]
    public XdpAction Filter(XdpContext ctx)
    {
        Packet packet = ctx.Packet;
        if (!packet.TryAt(0, out Ref<EthernetHeader> ethernet) || ethernet.Value.Type != EtherType.IPv4) return XdpAction.Pass;
        if (!packet.TryAt(14, out Ref<IPv4Header> ip) || ip.Value.Protocol != IPProtocol.Tcp) return XdpAction.Pass;
        uint segment = 14 + ip.Value.HeaderLength;
        if (!packet.TryAt(segment, out Ref<TcpHeader> tcp)) return XdpAction.Pass;
        uint payload = segment + tcp.Value.HeaderLength;
        if (!packet.TryAt(payload, out Ref<ulong> text) || !IsResponse(text.Value)) return XdpAction.Pass;

        using Reservation<HttpEvent> record = Events.Reserve();
        if (record)
        {
            record.Value = new HttpEvent
            {
                Source = ip.Value.Source, Destination = ip.Value.Destination,
                SourcePort = tcp.Value.Source, DestinationPort = tcp.Value.Destination,
                Length = packet.Length,
            };
            record.Submit();
        }

        return XdpAction.Drop;
    }

    private static bool IsResponse(ulong text) => text == BitConverter.ToUInt64("HTTP/1.1"u8);
}

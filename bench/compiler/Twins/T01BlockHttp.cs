// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;

namespace Twins;

public struct HttpEvent
{
    public uint Source, Destination;
    public ushort SourcePort, DestinationPort;
    public uint Length;
    public ulong Method;
}

/// <summary>01: drops requests to ports 80 and 8080; the method is compared and copied byte by byte, as in the C program.</summary>
public sealed class T01BlockHttp : Probe
{
    public readonly RingBuffer<HttpEvent> Events = new(64 * 1024);

    [Xdp]
    public XdpAction block_http(XdpContext ctx)
    {
        Packet packet = ctx.Packet;
        if (!packet.TryAt(0, out Ref<EthernetHeader> eth) || eth.Value.Type != EtherType.IPv4) return XdpAction.Pass;
        if (!packet.TryAt(14, out Ref<IPv4Header> ip) || ip.Value.Protocol != IPProtocol.Tcp) return XdpAction.Pass;
        uint length = ip.Value.HeaderLength;
        if (length < 20) return XdpAction.Pass;
        uint segment = 14 + length;
        if (!packet.TryAt(segment, out Ref<TcpHeader> tcp) || (ushort)tcp.Value.Destination is not (80 or 8080)) return XdpAction.Pass;
        if (!packet.TryAt(segment + tcp.Value.HeaderLength, out Ref<Bytes8> head)) return XdpAction.Pass;
        uint method = (uint)(head.Value[0] << 24 | head.Value[1] << 16 | head.Value[2] << 8 | head.Value[3]);
        if (method is not (0x47455420 or 0x504f5354 or 0x50555420 or 0x48454144 or 0x44454c45)) return XdpAction.Pass;

        using Reservation<HttpEvent> e = Events.Reserve();
        if (e)
        {
            e.Value = new HttpEvent
            {
                Source = ip.Value.Source.Raw, Destination = ip.Value.Destination.Raw,
                SourcePort = tcp.Value.Source, DestinationPort = tcp.Value.Destination, Length = packet.Length,
                Method = System.Runtime.InteropServices.MemoryMarshal.Read<ulong>(head.Value),
            };
            e.Submit();
        }

        return XdpAction.Drop;
    }
}

/// <summary>01b: the same with one load of eight bytes.</summary>
public sealed class T01BlockHttpWord : Probe
{
    public readonly RingBuffer<HttpEvent> Events = new(64 * 1024);

    [Xdp]
    public XdpAction block_http(XdpContext ctx)
    {
        Packet packet = ctx.Packet;
        if (!packet.TryAt(0, out Ref<EthernetHeader> eth) || eth.Value.Type != EtherType.IPv4) return XdpAction.Pass;
        if (!packet.TryAt(14, out Ref<IPv4Header> ip) || ip.Value.Protocol != IPProtocol.Tcp) return XdpAction.Pass;
        uint length = ip.Value.HeaderLength;
        if (length < 20) return XdpAction.Pass;
        uint segment = 14 + length;
        if (!packet.TryAt(segment, out Ref<TcpHeader> tcp) || (ushort)tcp.Value.Destination is not (80 or 8080)) return XdpAction.Pass;
        if (!packet.TryAt(segment + tcp.Value.HeaderLength, out Ref<ulong> head) || !IsRequest((uint)head.Value)) return XdpAction.Pass;

        using Reservation<HttpEvent> e = Events.Reserve();
        if (e)
        {
            e.Value = new HttpEvent
            {
                Source = ip.Value.Source.Raw, Destination = ip.Value.Destination.Raw,
                SourcePort = tcp.Value.Source, DestinationPort = tcp.Value.Destination, Length = packet.Length, Method = head.Value,
            };
            e.Submit();
        }

        return XdpAction.Drop;
    }

    // "GET ", "POST", "PUT ", "HEAD", "DELE"
    private static bool IsRequest(uint word) => word is 0x20544547 or 0x54534f50 or 0x20545550 or 0x44414548 or 0x454c4544;
}

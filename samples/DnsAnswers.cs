// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;

namespace Samples;

/// <summary>The first IPv4 address of a DNS answer; addresses in host byte order.</summary>
public struct DnsEvent
{
    public uint Server, Client, Address;

    /// <summary>Seconds that the answer may be kept.</summary>
    public uint TimeToLive;
    public ushort Id;

    /// <summary>Bytes of <see cref="Name"/>.</summary>
    public ushort NameLength;

    /// <summary>The name asked for as labels, each after its length.</summary>
    public Bytes64 Name;
}

/// <summary>Reports names and addresses of DNS answers over UDP; passes everything.</summary>
public sealed class DnsAnswers : Probe
{
    private const ushort AddressRecord = 1;
    public readonly RingBuffer<DnsEvent> Events = new(256 * 1024);

    [Xdp]
    public XdpAction Watch(XdpContext ctx)
    {
        Packet packet = ctx.Packet;
        if (!packet.TryAt(0, out Ref<EthernetHeader> ethernet) || ethernet.Value.Type != EtherType.IPv4) return XdpAction.Pass;
        if (!packet.TryAt(14, out Ref<IPv4Header> ip) || ip.Value.Protocol != IPProtocol.Udp) return XdpAction.Pass;
        uint offset = 14 + ip.Value.HeaderLength;
        if (!packet.TryAt(offset, out Ref<UdpHeader> udp) || udp.Value.Source != 53) return XdpAction.Pass;
        offset += 8;
        if (!packet.TryAt(offset, out Ref<DnsHeader> dns) || !dns.Value.IsResponse || dns.Value.Questions != 1) return XdpAction.Pass;
        offset += 12;

        using Reservation<DnsEvent> record = Events.Reserve(clear: true);
        if (!record) return XdpAction.Pass;
        ref DnsEvent e = ref record.Value;
        int length = CopyName(packet, offset, ref e.Name);
        if (length == 0) return XdpAction.Pass;
        e.NameLength = (ushort)length;
        e.Server = ip.Value.Source;
        e.Client = ip.Value.Destination;
        e.Id = dns.Value.Id;
        if (FirstAddress(packet, offset + (uint)length + 4, dns.Value.Answers, ref e)) record.Submit();
        return XdpAction.Pass;
    }

    /// <summary>Copies a name without compression; gives its length with the closing zero, or 0.</summary>
    private static int CopyName(Packet packet, uint offset, ref Bytes64 name)
    {
        for (int i = 0; i < 64; i++)
        {
            if (!packet.TryAt(offset + (uint)i, out Ref<byte> b)) return 0;
            name[i] = b.Value;
            if (b.Value == 0) return i + 1;
        }

        return 0;
    }

    /// <summary>Looks through the first eight answers, whose names are compressed to two bytes as a rule.</summary>
    private static bool FirstAddress(Packet packet, uint offset, ushort answers, ref DnsEvent e)
    {
        for (int i = 0; i < 8 && i < answers; i++)
        {
            if (!packet.TryAt(offset, out Ref<DnsAnswer> answer) || answer.Value.NamePointer < 0xc000) return false;
            offset += 12;
            if (answer.Value.Type == AddressRecord && packet.TryAt(offset, out Ref<BigEndian32> address))
            {
                e.Address = address.Value;
                e.TimeToLive = answer.Value.TimeToLive;
                return true;
            }

            offset += answer.Value.Length;
            if (offset > 1500) return false;
        }

        return false;
    }
}

/// <summary>An answer record with a compressed name.</summary>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Sequential, Pack = 1)]
public struct DnsAnswer
{
    public BigEndian16 NamePointer, Type, Class;
    public BigEndian32 TimeToLive;
    public BigEndian16 Length;
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Text;

namespace Nectar.CompilerTests.OnSamples;

/// <summary>Packets as they come from an Ethernet.</summary>
internal static class Packets
{
    internal static byte[] Tcp4(ushort sourcePort, ushort destinationPort, string payload = "", int options = 0)
    {
        byte[] segment = Tcp(sourcePort, destinationPort, payload);
        return IPv4(6, segment, options);
    }

    internal static byte[] Udp4(ushort sourcePort, ushort destinationPort, byte[] payload)
    {
        byte[] datagram = new byte[8 + payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(datagram, sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(2), destinationPort);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(4), (ushort)datagram.Length);
        payload.CopyTo(datagram, 8);
        return IPv4(17, datagram, 0);
    }

    internal static byte[] Tcp6(ushort sourcePort, ushort destinationPort)
    {
        byte[] segment = Tcp(sourcePort, destinationPort, "");
        byte[] packet = new byte[14 + 40 + segment.Length];
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(12), 0x86dd);
        packet[14] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(18), (ushort)segment.Length);
        packet[20] = 6;
        packet[21] = 64;
        packet[37] = packet[53] = 1; // ::1 to ::1
        segment.CopyTo(packet, 54);
        return packet;
    }

    /// <summary>The one's complement sum of bytes, as checksums of the internet have it; 0xffff over what carries a good one.</summary>
    internal static ushort Sum(ReadOnlySpan<byte> bytes, uint start = 0)
    {
        uint sum = start;
        for (int i = 0; i < bytes.Length; i += 2) sum += i + 1 < bytes.Length ? BinaryPrimitives.ReadUInt16BigEndian(bytes[i..]) : (uint)bytes[i] << 8;
        while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)sum;
    }

    /// <summary>The sum over a TCP or UDP segment and its pseudo header.</summary>
    internal static ushort SegmentSum(ReadOnlySpan<byte> packet)
    {
        int header = (packet[14] & 15) * 4;
        ReadOnlySpan<byte> segment = packet[(14 + header)..];
        return Sum(segment, (uint)Sum(packet.Slice(26, 8)) + packet[23] + (uint)segment.Length);
    }

    private static byte[] Tcp(ushort sourcePort, ushort destinationPort, string payload)
    {
        byte[] segment = new byte[20 + payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(segment, sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), destinationPort);
        segment[12] = 0x50;
        segment[13] = 0x18;
        Encoding.ASCII.GetBytes(payload, segment.AsSpan(20));
        return segment;
    }

    private static byte[] IPv4(byte protocol, byte[] segment, int options)
    {
        int header = 20 + options;
        byte[] packet = new byte[14 + header + segment.Length];
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(12), 0x0800);
        packet[14] = (byte)(0x40 | (header / 4));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(16), (ushort)(header + segment.Length));
        packet[22] = 64;
        packet[23] = protocol;
        new byte[] { 192, 168, 0, 1, 10, 0, 0, 2 }.CopyTo(packet, 26);
        packet.AsSpan(34, options).Fill(1); // no operation
        segment.CopyTo(packet, 14 + header);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(24), (ushort)~Sum(packet.AsSpan(14, header)));
        int checksum = 14 + header + (protocol == 6 ? 16 : 6);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(checksum), (ushort)~SegmentSum(packet));
        return packet;
    }
}

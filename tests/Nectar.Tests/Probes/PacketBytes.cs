// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;

namespace Nectar.Tests.Probes;

/// <summary>Packets of the tests.</summary>
internal static class PacketBytes
{
    internal static byte[] Tcp(ushort port, string payload)
    {
        byte[] packet = new byte[14 + 20 + 20 + payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(12), 0x0800);
        packet[14] = 0x45;
        packet[23] = 6;
        new byte[] { 10, 0, 0, 1, 10, 0, 0, 2 }.CopyTo(packet, 26);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(34), 4000);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(36), port);
        packet[46] = 0x50;
        System.Text.Encoding.ASCII.GetBytes(payload, packet.AsSpan(54));
        return packet;
    }

    internal static byte[] Tcp6(ushort port)
    {
        byte[] packet = new byte[14 + 40 + 20];
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(12), 0x86dd);
        packet[14] = 0x60;
        packet[20] = 6;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(56), port);
        packet[66] = 0x50;
        return packet;
    }
}

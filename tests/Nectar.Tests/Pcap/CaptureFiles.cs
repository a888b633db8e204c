// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Capture.Pcap;
using Nectar.Tests.Support;

namespace Nectar.Tests.Pcap;

/// <summary>Captures for the tests, and a plain form of their packets to compare.</summary>
internal static class CaptureFiles
{
    /// <summary>A packet that has outlived its reader.</summary>
    public sealed record Packet(long TimestampNs, uint OriginalLength, int Interface, LinkType LinkType, string Data);

    public static string[] Shared() =>
        TestEnvironment.SharedPath("captures") is { } root
            ? [.. Directory.EnumerateFiles(root, "*.pcap*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)]
            : [];

    public static List<Packet> ReadAll(CaptureReader reader)
    {
        List<Packet> packets = [];
        while (reader.TryRead(out CapturePacket packet))
        {
            packets.Add(new Packet(packet.TimestampNs, packet.OriginalLength, packet.Interface, packet.LinkType, Convert.ToHexString(packet.Data)));
        }

        return packets;
    }

    /// <summary>A pcapng file from blocks: each is its type and its body, the lengths are added.</summary>
    public static byte[] PcapNg(bool bigEndian, params (uint Type, byte[] Body)[] blocks)
    {
        MemoryStream stream = new();
        foreach ((uint type, byte[] body) in blocks)
        {
            int length = 12 + ((body.Length + 3) & ~3);
            stream.Write(Word(type, bigEndian));
            stream.Write(Word((uint)length, bigEndian));
            stream.Write(body);
            stream.Write(new byte[length - 12 - body.Length]);
            stream.Write(Word((uint)length, bigEndian));
        }

        return stream.ToArray();
    }

    public static byte[] Words(bool bigEndian, params uint[] values) => [.. values.SelectMany(v => Word(v, bigEndian))];

    public static byte[] Halves(bool bigEndian, params ushort[] values) => [.. values.SelectMany(v => BitConverter.GetBytes(bigEndian ? BinaryPrimitives.ReverseEndianness(v) : v))];

    private static byte[] Word(uint value, bool bigEndian) => BitConverter.GetBytes(bigEndian ? BinaryPrimitives.ReverseEndianness(value) : value);
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;

namespace Nectar.Trace.Runtime.Output;

/// <summary>A pcap file of packets that begin with their IP header.</summary>
internal sealed class PacketFile : IDisposable
{
    private const uint Magic = 0xa1b2c3d4, MostBytes = 65535, RawPackets = 101; // LINKTYPE_RAW

    private readonly FileStream _file;

    public PacketFile(string path)
    {
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
        Span<byte> header = stackalloc byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], 4);
        header[8..16].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], MostBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], RawPackets);
        _file.Write(header);
    }

    /// <param name="time">Nanoseconds since 1970.</param>
    public void Write(ulong time, ReadOnlySpan<byte> packet)
    {
        Span<byte> header = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)(time / 1_000_000_000));
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], (uint)(time % 1_000_000_000 / 1000));
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], packet.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], packet.Length);
        _file.Write(header);
        _file.Write(packet);
    }

    public void Dispose() => _file.Dispose();
}

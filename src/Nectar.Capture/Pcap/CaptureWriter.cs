// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Text;

namespace Nectar.Capture.Pcap;

/// <summary>Writes capture files: pcap (one link type) and pcapng (several interfaces, nanoseconds). Writing allocates nothing per packet.</summary>
public sealed class CaptureWriter : IDisposable
{
    private const int BufferSize = 64 << 10;
    private const uint DefaultSnapLength = 262144;

    private readonly Stream _stream;
    private readonly bool _ownsStream;
    private readonly bool _bigEndian;
    private readonly byte[] _buffer = new byte[BufferSize];
    private readonly List<CaptureInterface> _interfaces = [];
    private int _used;
    private bool _disposed;

    /// <summary>Starts a file on a stream, which is not disposed with the writer.</summary>
    /// <param name="stream">Where to write.</param>
    /// <param name="format">The kind of file; <see cref="CaptureFormat.PcapModified"/> cannot be written.</param>
    /// <param name="linkType">What packets start with: the link type of pcap, and of interface 0 of pcapng.</param>
    /// <param name="snapLength">The most bytes of a packet; longer ones are cut.</param>
    /// <param name="bigEndian">True to write the numbers of the file in big-endian order.</param>
    /// <exception cref="ArgumentException">The format cannot be written.</exception>
    public CaptureWriter(Stream stream, CaptureFormat format, LinkType linkType, uint snapLength = DefaultSnapLength, bool bigEndian = false)
        : this(stream, false, format, linkType, snapLength, bigEndian)
    {
    }

    private CaptureWriter(Stream stream, bool ownsStream, CaptureFormat format, LinkType linkType, uint snapLength, bool bigEndian)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (format == CaptureFormat.PcapModified) throw new ArgumentException("the modified variant of pcap cannot be written", nameof(format));
        _stream = stream;
        _ownsStream = ownsStream;
        _bigEndian = bigEndian;
        Format = format;
        if (format == CaptureFormat.PcapNg)
        {
            Word(PcapNgRecordReader.SectionBlock);
            Word(28);
            Word(PcapNgRecordReader.ByteOrderMagic);
            Half(1);
            Half(0);
            Word(uint.MaxValue); // length of the section: unknown
            Word(uint.MaxValue);
            Word(28);
            AddInterface(linkType, snapLength);
            return;
        }

        _interfaces.Add(new CaptureInterface(linkType, snapLength));
        Word(format == CaptureFormat.PcapNanoseconds ? PcapRecordReader.NanosecondMagic : PcapRecordReader.MicrosecondMagic);
        Half(2);
        Half(4);
        Word(0);
        Word(0);
        Word(snapLength);
        Word((ushort)linkType);
    }

    /// <summary>The kind of file.</summary>
    public CaptureFormat Format { get; }

    /// <summary>Packets written so far.</summary>
    public long PacketCount { get; private set; }

    /// <summary>Creates a file, or replaces it.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static CaptureWriter Create(string path, CaptureFormat format, LinkType linkType, uint snapLength = DefaultSnapLength) =>
        new(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0), true, format, linkType, snapLength, false);

    /// <summary>Describes a further interface of a pcapng file and returns its number.</summary>
    /// <exception cref="InvalidOperationException">The file is not pcapng.</exception>
    public int AddInterface(LinkType linkType, uint snapLength = DefaultSnapLength, string? name = null)
    {
        if (Format != CaptureFormat.PcapNg) throw new InvalidOperationException("only pcapng files have several interfaces");
        byte[] nameBytes = name is null ? [] : Encoding.UTF8.GetBytes(name);
        if (nameBytes.Length > 255) throw new ArgumentException("the name is longer than 255 bytes", nameof(name));
        int size = 20 + (name is null ? 0 : 4 + Padded(nameBytes.Length)) + 8 + 4;
        Word(1);
        Word((uint)size);
        Half((ushort)linkType);
        Half(0);
        Word(snapLength);
        if (name is not null)
        {
            Half(2);
            Half((ushort)nameBytes.Length);
            Bytes(nameBytes);
            Pad(nameBytes.Length);
        }

        Half(9); // time stamps count nanoseconds
        Half(1);
        Bytes([9, 0, 0, 0]);
        Word(0); // end of options
        Word((uint)size);
        _interfaces.Add(new CaptureInterface(linkType, snapLength, name, 1_000_000_000));
        return _interfaces.Count - 1;
    }

    /// <summary>Writes a packet.</summary>
    /// <param name="data">The captured bytes; what is beyond the snap length is cut.</param>
    /// <param name="timestampNs">Nanoseconds since 1970-01-01 UTC; pcap can hold 1970 to 2106, other times are clamped.</param>
    /// <param name="originalLength">Bytes that the packet had; 0 for the length of the data.</param>
    /// <param name="interfaceIndex">The interface of a pcapng file.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such interface.</exception>
    public void Write(ReadOnlySpan<byte> data, long timestampNs, uint originalLength = 0, int interfaceIndex = 0)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)interfaceIndex, (uint)_interfaces.Count, nameof(interfaceIndex));
        if (originalLength == 0) originalLength = (uint)data.Length;
        uint limit = _interfaces[interfaceIndex].SnapLength;
        if (limit != 0 && (uint)data.Length > limit) data = data[..(int)limit];
        if (Format == CaptureFormat.PcapNg)
        {
            uint size = 32 + (uint)Padded(data.Length);
            Word(6);
            Word(size);
            Word((uint)interfaceIndex);
            Word((uint)((ulong)timestampNs >> 32));
            Word((uint)timestampNs);
            Word((uint)data.Length);
            Word(originalLength);
            Bytes(data);
            Pad(data.Length);
            Word(size);
        }
        else
        {
            long time = Math.Clamp(timestampNs, 0, (uint.MaxValue * 1_000_000_000L) + 999_999_999);
            Word((uint)(time / 1_000_000_000));
            Word((uint)(time % 1_000_000_000 / (Format == CaptureFormat.PcapNanoseconds ? 1 : 1000)));
            Word((uint)data.Length);
            Word(originalLength);
            Bytes(data);
        }

        PacketCount++;
    }

    /// <summary>Writes a packet that was read; its interface must exist in this file if it is pcapng.</summary>
    public void Write(in CapturePacket packet) => Write(packet.Data, packet.TimestampNs, packet.OriginalLength, Format == CaptureFormat.PcapNg ? packet.Interface : 0);

    /// <summary>Hands everything to the stream.</summary>
    public void Flush()
    {
        _stream.Write(_buffer.AsSpan(0, _used));
        _used = 0;
        _stream.Flush();
    }

    /// <summary>Writes what is left.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Flush();
        if (_ownsStream) _stream.Dispose();
    }

    private static int Padded(int length) => (length + 3) & ~3;

    private void Pad(int length) => Bytes("\0\0\0"u8[..(Padded(length) - length)]);

    private void Word(uint value)
    {
        if (_used + 4 > BufferSize) Empty();
        if (_bigEndian) BinaryPrimitives.WriteUInt32BigEndian(_buffer.AsSpan(_used), value);
        else BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(_used), value);
        _used += 4;
    }

    private void Half(ushort value)
    {
        if (_used + 2 > BufferSize) Empty();
        if (_bigEndian) BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(_used), value);
        else BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(_used), value);
        _used += 2;
    }

    private void Bytes(ReadOnlySpan<byte> data)
    {
        if (_used + data.Length > BufferSize) Empty();
        if (data.Length > BufferSize)
        {
            _stream.Write(data);
            return;
        }

        data.CopyTo(_buffer.AsSpan(_used));
        _used += data.Length;
    }

    private void Empty()
    {
        _stream.Write(_buffer.AsSpan(0, _used));
        _used = 0;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Capture.Pcap;

/// <summary>
/// Reads capture files: pcap (micro- and nanoseconds, both byte orders, the modified variant) and pcapng (several sections
/// and interfaces). Reading allocates nothing per packet. A file that goes wrong in the middle gives its packets up to there,
/// and then a diagnostic in <see cref="Error"/>.
/// </summary>
public sealed unsafe class CaptureReader : IDisposable
{
    private readonly CaptureWindow _window;
    private readonly RecordReader _records;

    private CaptureReader(CaptureWindow window)
    {
        _window = window;
        try
        {
            _records = OpenFormat(window);
        }
        catch
        {
            window.Dispose();
            throw;
        }
    }

    /// <summary>The kind of file.</summary>
    public CaptureFormat Format => _records.Format;

    /// <summary>True if the numbers of the file (of the current section of pcapng) are big-endian.</summary>
    public bool IsBigEndian => _records.Swapped == BitConverter.IsLittleEndian;

    /// <summary>The interfaces known so far; pcap has one, pcapng describes them on the way.</summary>
    public IReadOnlyList<CaptureInterface> Interfaces => _records.Interfaces;

    /// <summary>Packets delivered so far.</summary>
    public long PacketCount { get; private set; }

    /// <summary>Offset in the file of what is read next.</summary>
    public long Offset => _window.Offset;

    /// <summary>What went wrong, after <see cref="TryRead"/> has returned false; null if the file came to its end.</summary>
    public Diagnostic? Error => _records.Diagnostics.Items.FirstOrDefault(d => d.Severity == Severity.Error);

    /// <summary>Notes about the file, and the error.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics => _records.Diagnostics.Items;

    /// <summary>True if packets stay in memory until the reader is disposed.</summary>
    public bool IsMapped => _window.IsMapped;

    /// <summary>Opens a file, mapped into memory where it can be mapped.</summary>
    /// <param name="path">The file; <c>-</c> is not special.</param>
    /// <param name="writable">True if packets may be written to: the changes stay in memory, the file keeps its bytes.</param>
    /// <exception cref="ObjectFormatException">It is no capture file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <remarks>A mapped file must not get shorter while it is read; a file that is still growing is read up to its length at opening.</remarks>
    public static CaptureReader Open(string path, bool writable = false)
    {
        FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        try
        {
            return new CaptureReader(IsMappable(stream) ? new CaptureWindow(stream, writable) : new CaptureWindow(stream, ownsStream: true));
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads a stream from where it stands. The stream is not disposed with the reader.</summary>
    /// <exception cref="ObjectFormatException">It is no capture.</exception>
    public static CaptureReader Open(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return new CaptureReader(new CaptureWindow(stream, ownsStream: false));
    }

    /// <summary>Reads the next packet; false at the end of the file and where it goes wrong (<see cref="Error"/>).</summary>
    public bool TryRead(out CapturePacket packet)
    {
        bool read = _records.TryRead(out CaptureRecord record);
        packet = new CapturePacket(record);
        if (read) PacketCount++;
        return read;
    }

    /// <summary>
    /// Reads packets up to the length of the span and returns how many; 0 at the end of the file and where it goes wrong.
    /// Over a stream a batch ends where its buffer ends, so that all addresses of one batch are valid together.
    /// </summary>
    public int ReadBatch(Span<CaptureRecord> records)
    {
        int count = 0;
        while (count < records.Length && (count == 0 || _window.IsMapped || _records.IsNextInMemory) && _records.TryRead(out records[count])) count++;
        PacketCount += count;
        return count;
    }

    /// <summary>Unmaps the file or frees the buffer; packets must not be used any more.</summary>
    public void Dispose() => _window.Dispose();

    private static bool IsMappable(FileStream stream)
    {
        try
        {
            return stream.CanSeek && stream.Length > 0 && File.GetAttributes(stream.SafeFileHandle).HasFlag(FileAttributes.Device) == false;
        }
        catch (Exception e) when (e is IOException or NotSupportedException)
        {
            return false;
        }
    }

    private static RecordReader OpenFormat(CaptureWindow window)
    {
        if (!window.Ensure(4)) throw Unknown($"the file has {window.End - window.Position} bytes; a capture has at least 24");
        uint magic = Unsafe.ReadUnaligned<uint>(window.Position);
        if (magic == PcapNgRecordReader.SectionBlock) return new PcapNgRecordReader(window);
        uint reversed = BinaryPrimitives.ReverseEndianness(magic);
        if (!TryPcap(magic, out CaptureFormat format) && !TryPcap(reversed, out format))
        {
            string help = (magic & 0xffff) == 0x8b1f ? "help: this is gzip; unpack it first (gunzip -c FILE | …)" : "help: pcap and pcapng files can be read";
            throw Unknown($"the file starts with 0x{(BitConverter.IsLittleEndian ? reversed : magic):x8}, which no capture file does", help);
        }

        if (!window.Ensure(PcapRecordReader.FileHeaderSize)) throw Unknown($"the file has {window.End - window.Position} bytes; a capture has at least {PcapRecordReader.FileHeaderSize}");
        PcapRecordReader reader = new(window, format, swapped: !TryPcap(magic, out _));
        return reader.Diagnostics.HasErrors ? throw new ObjectFormatException(reader.Diagnostics.ToImmutable()) : reader;
    }

    private static bool TryPcap(uint magic, out CaptureFormat format)
    {
        format = magic switch
        {
            PcapRecordReader.NanosecondMagic => CaptureFormat.PcapNanoseconds,
            PcapRecordReader.ModifiedMagic => CaptureFormat.PcapModified,
            _ => CaptureFormat.Pcap,
        };
        return magic is PcapRecordReader.MicrosecondMagic or PcapRecordReader.NanosecondMagic or PcapRecordReader.ModifiedMagic;
    }

    private static ObjectFormatException Unknown(string message, params ReadOnlySpan<string> notes) =>
        new(Diagnostic.Error(CaptureCodes.UnknownFormat, message, notes));
}

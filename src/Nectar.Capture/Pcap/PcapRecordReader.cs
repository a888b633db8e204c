// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Capture.Pcap;

/// <summary>Reads pcap: a file header of 24 bytes, then packets with a header of 16 bytes (24 in the modified variant).</summary>
internal sealed unsafe class PcapRecordReader : RecordReader
{
    public const uint MicrosecondMagic = 0xa1b2c3d4;
    public const uint NanosecondMagic = 0xa1b23c4d;
    public const uint ModifiedMagic = 0xa1b2cd34;
    public const int FileHeaderSize = 24;

    // libpcap's MAXIMUM_SNAPLEN: what a packet may have also if the file header promises less.
    private const uint UsualMaximum = 262144;

    private readonly int _headerSize;
    private readonly uint _fractionNs;
    private readonly uint _maximum;
    private readonly uint _snapLength;
    private readonly LinkType _linkType;
    private readonly int _minorVersion;
    private bool _failed;

    /// <summary>Starts behind the file header, which must be in memory at the window's position.</summary>
    public PcapRecordReader(CaptureWindow window, CaptureFormat format, bool swapped)
        : base(window, swapped)
    {
        Format = format;
        byte* header = window.Position;
        int major = Half(header + 4);
        _minorVersion = Half(header + 6);
        uint snapLength = Word(header + 16);
        _snapLength = snapLength == 0 ? uint.MaxValue : snapLength;
        _linkType = (LinkType)(ushort)Word(header + 20); // the upper half has flags about frame check sequences
        _headerSize = format == CaptureFormat.PcapModified ? 24 : 16;
        _fractionNs = format == CaptureFormat.PcapNanoseconds ? 1u : 1000u;
        _maximum = Math.Min(Math.Max(snapLength, UsualMaximum), MaximumLength);
        Interfaces.Add(new CaptureInterface(_linkType, snapLength, null, format == CaptureFormat.PcapNanoseconds ? 1_000_000_000u : 1_000_000u));
        if (major != 2)
        {
            Diagnostics.Error(CaptureCodes.Version, $"pcap version {major}.{_minorVersion} at offset 0x4 is not known; 2.0 to 2.4 are");
            _failed = true;
            return;
        }

        window.Position += FileHeaderSize;
        if (format == CaptureFormat.PcapModified)
        {
            Diagnostics.Add(new Diagnostic(CaptureCodes.Variant, Severity.Note,
                "a modified pcap file: interface, protocol and packet type of each packet are skipped", null, null, []));
        }
    }

    public override CaptureFormat Format { get; }

    public override bool IsNextInMemory => Window.Has(_headerSize) && Window.Has(_headerSize + (long)Word(Window.Position + 8)) && _minorVersion > 3;

    public override bool TryRead(out CaptureRecord record)
    {
        record = default;
        CaptureWindow window = Window;
        if (_failed || !window.Ensure(_headerSize)) return !_failed && End();
        RecordNumber++;
        window.Prefetch();
        byte* header = window.Position;
        uint captured = Word(header + 8);
        uint original = Word(header + 12);

        // Before version 2.3 the two lengths came in the other order, and some writers of 2.3 did not know yet.
        if (_minorVersion < 3 || (_minorVersion == 3 && captured > original)) (captured, original) = (original, captured);
        if (captured > _maximum)
        {
            _failed = true;
            return Fail(CaptureCodes.Length, $"the packet claims {captured} captured bytes, more than the possible {_maximum}");
        }

        if (!window.Ensure(_headerSize + (long)captured))
        {
            _failed = true;
            return Fail(CaptureCodes.Truncated, $"the file ends after {window.End - window.Position - _headerSize} of {captured} captured bytes");
        }

        header = window.Position; // a refill moves it
        long timestamp = (Word(header) * 1_000_000_000L) + (Word(header + 4) * (long)_fractionNs);
        uint kept = Math.Min(captured, _snapLength); // as libpcap: some writers keep more than their file header promises
        record = new CaptureRecord((nint)(header + _headerSize), kept, original, timestamp, 0, _linkType);
        window.Position = header + _headerSize + captured;
        return true;
    }

    private bool End()
    {
        _failed = true;
        if (Window.Has(1))
        {
            RecordNumber++;
            Fail(CaptureCodes.Truncated, $"the file ends after {Window.End - Window.Position} of {_headerSize} bytes of the packet's header");
        }

        return false;
    }
}

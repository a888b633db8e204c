// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Capture.Pcap;

/// <summary>The kinds of capture file.</summary>
public enum CaptureFormat : byte
{
    /// <summary>pcap with microseconds, what tcpdump writes.</summary>
    Pcap,

    /// <summary>pcap with nanoseconds.</summary>
    PcapNanoseconds,

    /// <summary>pcap with the longer record header of an old Linux patch; the additional fields are skipped. Read only.</summary>
    PcapModified,

    /// <summary>pcapng.</summary>
    PcapNg,
}

/// <summary>An interface on which packets were captured.</summary>
/// <param name="LinkType">What its packets start with.</param>
/// <param name="SnapLength">The most bytes kept of a packet; 0 for no limit.</param>
/// <param name="Name">Its name, if the file has it.</param>
/// <param name="UnitsPerSecond">The resolution of its time stamps.</param>
/// <param name="OffsetSeconds">What is added to them.</param>
public sealed record CaptureInterface(LinkType LinkType, uint SnapLength, string? Name = null, ulong UnitsPerSecond = 1_000_000, long OffsetSeconds = 0);

/// <summary>One packet as numbers, for batches and for machines that take an address.</summary>
/// <param name="Address">
/// Address of the first captured byte. Over a mapped file it stays valid until the reader is disposed, over a stream until
/// the next read.
/// </param>
/// <param name="CapturedLength">Bytes at the address.</param>
/// <param name="OriginalLength">Bytes that the packet had.</param>
/// <param name="TimestampNs">Nanoseconds since 1970-01-01 UTC; 0 where the file has none.</param>
/// <param name="Interface">Index in <see cref="CaptureReader.Interfaces"/>.</param>
/// <param name="LinkType">What it starts with.</param>
public readonly record struct CaptureRecord(nint Address, uint CapturedLength, uint OriginalLength, long TimestampNs, int Interface, LinkType LinkType);

/// <summary>One packet of a capture. Its data may be used until the next read, over a mapped file until the reader is disposed.</summary>
public readonly unsafe ref struct CapturePacket
{
    private readonly CaptureRecord _record;

    internal CapturePacket(scoped in CaptureRecord record) => _record = record;

    /// <summary>The captured bytes.</summary>
    public ReadOnlySpan<byte> Data => new((void*)_record.Address, (int)_record.CapturedLength);

    /// <summary>Address of the captured bytes.</summary>
    public byte* Address => (byte*)_record.Address;

    /// <summary>Bytes that were captured.</summary>
    public int CapturedLength => (int)_record.CapturedLength;

    /// <summary>Bytes that the packet had.</summary>
    public uint OriginalLength => _record.OriginalLength;

    /// <summary>Nanoseconds since 1970-01-01 UTC; 0 where the file has none.</summary>
    public long TimestampNs => _record.TimestampNs;

    /// <summary>Index of its interface.</summary>
    public int Interface => _record.Interface;

    /// <summary>What it starts with.</summary>
    public LinkType LinkType => _record.LinkType;

    /// <summary>The packet as numbers.</summary>
    public CaptureRecord Record => _record;
}

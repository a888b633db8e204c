// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Capture.Pcap;

/// <summary>
/// Reads pcapng (draft-ietf-opsawg-pcapng): sections of blocks, each with its type and length in front and the length again
/// behind. Packets come from enhanced, simple and (obsolete) packet blocks; blocks without packets are skipped.
/// </summary>
internal sealed unsafe class PcapNgRecordReader(CaptureWindow window) : RecordReader(window, false)
{
    public const uint SectionBlock = 0x0a0d0d0a; // the same in both byte orders
    public const uint ByteOrderMagic = 0x1a2b3c4d;

    private const uint InterfaceBlock = 1, ObsoletePacketBlock = 2, SimplePacketBlock = 3, EnhancedPacketBlock = 6;
    private const int NameOption = 2, ResolutionOption = 9, OffsetOption = 14;
    private const int Envelope = 12; // type, length, length
    private const int MaximumInterfaces = 65536;

    // Resolution and link type of each interface of the section, in an array that a packet indexes; Interfaces is for people.
    private readonly record struct Clock(LinkType LinkType, uint SnapLength, ulong UnitsPerSecond, long OffsetNs);

    private Clock[] _clocks = [];
    private int _sectionStart; // index in Interfaces of the section's first
    private int _clockCount;
    private bool _ended;

    public override CaptureFormat Format => CaptureFormat.PcapNg;

    public override bool IsNextInMemory => Window.Has(8) && Window.Has(Word(Window.Position + 4)) && Word(Window.Position) is EnhancedPacketBlock;

    public override bool TryRead(out CaptureRecord record)
    {
        record = default;
        while (!_ended)
        {
            _ended = true; // until this block has proved to be sound
            if (!ReadEnvelope(out uint type, out uint length)) return false;
            byte* block = Window.Position;
            bool packet = false;
            bool sound = type switch
            {
                EnhancedPacketBlock => packet = ReadEnhanced(block, length, out record),
                SectionBlock => ReadSection(block, length),
                InterfaceBlock => ReadInterface(block, length),
                SimplePacketBlock => packet = ReadSimple(block, length, out record),
                ObsoletePacketBlock => packet = ReadObsolete(block, length, out record),
                _ => true,
            };
            if (!sound) return false;
            Window.Position += length;
            _ended = false;
            if (packet) return true;
        }

        return false;
    }

    // Type and length of the block at the window's position, all of it in memory and its two lengths equal.
    private bool ReadEnvelope(out uint type, out uint length)
    {
        type = length = 0;
        CaptureWindow window = Window;
        if (!window.Ensure(Envelope))
        {
            if (!window.Has(1)) return false;
            RecordNumber++;
            return Fail(CaptureCodes.Truncated, $"the file ends after {window.End - window.Position} of at least {Envelope} bytes");
        }

        RecordNumber++;
        window.Prefetch();
        type = Word(window.Position);
        if (type == SectionBlock && !SetByteOrder()) return false;
        length = Word(window.Position + 4);
        if (length < Envelope || length % 4 != 0 || length > MaximumLength)
        {
            return Fail(CaptureCodes.Length, $"a block of type 0x{type:x} claims {length} bytes; a multiple of 4 from {Envelope} to {MaximumLength} is possible");
        }

        if (!window.Ensure(length)) return Fail(CaptureCodes.Truncated, $"the file ends after {window.End - window.Position} of the block's {length} bytes");
        uint repeated = Word(window.Position + length - 4);
        return repeated == length || Fail(CaptureCodes.Length, $"the block of type 0x{type:x} has the length {length} in front and {repeated} behind");
    }

    private bool SetByteOrder()
    {
        uint magic = System.Runtime.CompilerServices.Unsafe.ReadUnaligned<uint>(Window.Position + 8);
        Swapped = magic != ByteOrderMagic;
        return Word(Window.Position + 8) == ByteOrderMagic || Fail(CaptureCodes.UnknownFormat, $"a section starts with the byte order 0x{magic:x8}, not 0x{ByteOrderMagic:x8}");
    }

    private bool ReadSection(byte* block, uint length)
    {
        const int Size = 28;
        if (length < Size) return Short("section", length, Size);
        int major = Half(block + 12), minor = Half(block + 14);
        if (major != 1) return Fail(CaptureCodes.Version, $"pcapng version {major}.{minor} is not known; 1.0 to 1.2 are");
        _sectionStart = Interfaces.Count;
        _clockCount = 0;
        return true;
    }

    private bool ReadInterface(byte* block, uint length)
    {
        const int Size = 20;
        if (length < Size) return Short("interface", length, Size);
        if (Interfaces.Count == MaximumInterfaces) return Fail(CaptureCodes.Interface, $"the file describes more than {MaximumInterfaces} interfaces");
        LinkType linkType = (LinkType)Half(block + 8);
        uint snapLength = Word(block + 12);
        string? name = null;
        ulong units = 1_000_000;
        long offset = 0;
        byte* position = block + 16, end = block + length - 4;
        while (end - position >= 4)
        {
            int option = Half(position), size = Half(position + 2);
            byte* value = position + 4;
            if (option == 0) break;
            if (end - value < size) return Fail(CaptureCodes.Length, $"option {option} of the interface claims {size} bytes; the block has {end - value} left");
            if (option == NameOption) name = Encoding.UTF8.GetString(value, size).TrimEnd('\0');
            if (option == ResolutionOption && size == 1 && !TryResolution(*value, out units)) return Fail(CaptureCodes.Resolution, $"the time stamp resolution 0x{*value:x2} is finer than 64 bits can count");
            if (option == OffsetOption && size == 8) offset = (long)(Swapped ? ((ulong)Word(value) << 32) | Word(value + 4) : ((ulong)Word(value + 4) << 32) | Word(value));
            position = value + ((size + 3) & ~3);
        }

        Interfaces.Add(new CaptureInterface(linkType, snapLength, name, units, offset));
        if (_clockCount == _clocks.Length) Array.Resize(ref _clocks, Math.Max(4, _clockCount * 2));
        _clocks[_clockCount++] = new Clock(linkType, snapLength, units, unchecked(offset * 1_000_000_000));
        return true;
    }

    private static bool TryResolution(byte code, out ulong unitsPerSecond)
    {
        int exponent = code & 0x7f;
        unitsPerSecond = 1;
        if ((code & 0x80) != 0)
        {
            unitsPerSecond <<= exponent;
            return exponent < 64;
        }

        if (exponent > 19) return false; // 10^19 is the last power of ten below 2^64
        for (int i = 0; i < exponent; i++) unitsPerSecond *= 10;
        return true;
    }

    private bool ReadEnhanced(byte* block, uint length, out CaptureRecord record)
    {
        record = default;
        const int Header = 28, Size = Header + 4;
        if (length < Size) return Short("enhanced packet", length, Size);
        return ReadPacket(block, length, Word(block + 8), Header, Word(block + 12), Word(block + 16), Word(block + 20), Word(block + 24), out record);
    }

    private bool ReadObsolete(byte* block, uint length, out CaptureRecord record)
    {
        record = default;
        const int Header = 28, Size = Header + 4;
        if (length < Size) return Short("packet", length, Size);
        return ReadPacket(block, length, Half(block + 8), Header, Word(block + 12), Word(block + 16), Word(block + 20), Word(block + 24), out record);
    }

    private bool ReadSimple(byte* block, uint length, out CaptureRecord record)
    {
        record = default;
        const int Header = 12, Size = Header + 4;
        if (length < Size) return Short("simple packet", length, Size);
        if (_clockCount == 0) return Fail(CaptureCodes.Interface, "a packet before the first interface of its section");
        uint original = Word(block + 8), limit = _clocks[0].SnapLength;
        uint captured = Math.Min(original, length - Size); // it has no length of its own
        if (limit != 0) captured = Math.Min(captured, limit);
        record = new CaptureRecord((nint)(block + Header), captured, original, 0, _sectionStart, _clocks[0].LinkType);
        return true;
    }

    private bool ReadPacket(byte* block, uint length, uint index, int header, uint high, uint low, uint captured, uint original, out CaptureRecord record)
    {
        record = default;
        if (index >= (uint)_clockCount) return Fail(CaptureCodes.Interface, $"a packet of interface {index}; its section describes {_clockCount}");
        if (captured > length - (uint)header - 4) return Fail(CaptureCodes.Length, $"the packet claims {captured} captured bytes; its block has {length - header - 4}");
        Clock clock = _clocks[index];
        record = new CaptureRecord((nint)(block + header), captured, original, ToNanoseconds(((ulong)high << 32) | low, clock), _sectionStart + (int)index, clock.LinkType);
        return true;
    }

    // Times outside 1677 to 2262 wrap; nothing measured lies there.
    private static long ToNanoseconds(ulong units, Clock clock)
    {
        const ulong Second = 1_000_000_000;
        unchecked
        {
            if (clock.UnitsPerSecond == 1_000_000) return (long)(units * 1000) + clock.OffsetNs;
            if (clock.UnitsPerSecond == Second) return (long)units + clock.OffsetNs;
            ulong seconds = units / clock.UnitsPerSecond, rest = units % clock.UnitsPerSecond;
            return (long)((seconds * Second) + (ulong)((UInt128)rest * Second / clock.UnitsPerSecond)) + clock.OffsetNs;
        }
    }

    private bool Short(string kind, uint length, int size) => Fail(CaptureCodes.Length, $"the {kind} block has {length} bytes; at least {size} are needed");
}

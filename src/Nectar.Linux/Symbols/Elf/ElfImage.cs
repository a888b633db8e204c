// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Linux.Symbols.Elf;

/// <summary>
/// An executable, a shared library or a file of debug information: ELF64, little-endian, of any machine. Headers are read when
/// it is opened, sections when they are asked for. The reader of BPF objects is another one: those are small, relocatable and
/// checked whole, while these may have gigabytes and broken parts that do not matter. Not thread-safe for Dispose only.
/// </summary>
public sealed class ElfImage : IDisposable
{
    private const int HeaderSize = 64, SectionSize = 64, SegmentSize = 56;
    private readonly FileBytes _file;
    private ElfSection[] _sections = [];
    private ElfSegment[] _segments = [];
    private ReadOnlyMemory<byte> _sectionNames;
    private byte[]? _buildId;

    private ElfImage(FileBytes file, string path) => (_file, Path) = (file, path);

    /// <summary>The path that it was opened by.</summary>
    public string Path { get; }

    /// <summary>Whose instructions it holds.</summary>
    public ElfMachine Machine { get; private set; }

    /// <summary>True for shared libraries and position-independent programs: their addresses count from where they are loaded.</summary>
    public bool IsPositionIndependent { get; private set; }

    /// <summary>Address of the first instruction of a program; 0 for a library.</summary>
    public ulong EntryPoint { get; private set; }

    /// <summary>The parts that are mapped.</summary>
    public IReadOnlyList<ElfSegment> Segments => _segments;

    /// <summary>The hash that the linker gave this build (<c>NT_GNU_BUILD_ID</c>, mostly 20 bytes); empty if it has none.</summary>
    public ReadOnlyMemory<byte> BuildId => _buildId ??= ReadBuildId();

    internal FileIdentity Identity => _file.Identity;

    internal long Length => _file.Length;

    internal ReadOnlySpan<ElfSection> Sections => _sections;

    /// <summary>Opens a file.</summary>
    /// <exception cref="ObjectFormatException">It cannot be opened or is no 64-bit little-endian ELF file.</exception>
    public static ElfImage Open(string path) =>
        TryOpen(path, out ElfImage? image, out Diagnostic? problem) ? image : throw new ObjectFormatException(problem);

    /// <summary>Opens a file; false with the reason if that is not possible.</summary>
    public static bool TryOpen(string path, [NotNullWhen(true)] out ElfImage? image, [NotNullWhen(false)] out Diagnostic? problem)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        image = null;
        if (!FileBytes.TryOpen(path, out FileBytes? file, out problem)) return false;
        if (TryRead(file, path, out image, out problem)) return true;
        file.Dispose();
        return false;
    }

    /// <summary>Reads an image that lies in memory; <paramref name="name"/> stands in messages.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, string name, [NotNullWhen(true)] out ElfImage? image, [NotNullWhen(false)] out Diagnostic? problem) =>
        TryRead(new FileBytes(bytes), name, out image, out problem);

    /// <summary>The offset in the file of an address that the image is linked to: what uprobes want. False if the file holds nothing for it.</summary>
    public bool TryFileOffset(ulong address, out ulong offset)
    {
        foreach (ElfSegment segment in _segments)
        {
            if (address < segment.Address || address - segment.Address >= segment.FileSize) continue;
            offset = address - segment.Address + segment.Offset;
            return true;
        }

        offset = 0;
        return false;
    }

    /// <summary>The linked address of an offset in the file; false if it is not mapped.</summary>
    public bool TryAddress(ulong offset, out ulong address)
    {
        foreach (ElfSegment segment in _segments)
        {
            if (offset < segment.Offset || offset - segment.Offset >= segment.FileSize) continue;
            address = offset - segment.Offset + segment.Address;
            return true;
        }

        address = 0;
        return false;
    }

    /// <summary>True if an address lies where instructions are.</summary>
    public bool IsCode(ulong address)
    {
        foreach (ElfSegment segment in _segments)
        {
            if (segment.IsExecutable && address >= segment.Address && address - segment.Address < segment.MemorySize) return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    internal ReadOnlySpan<byte> NameOf(in ElfSection section) => ZeroTerminated(_sectionNames.Span, section.NameOffset);

    internal bool TrySection(ReadOnlySpan<byte> name, out ElfSection section)
    {
        foreach (ref readonly ElfSection candidate in _sections.AsSpan())
        {
            if (!StartsWithName(_sectionNames.Span, candidate.NameOffset, name)) continue;
            section = candidate;
            return true;
        }

        section = default;
        return false;
    }

    internal bool TrySection(uint type, out ElfSection section)
    {
        foreach (ref readonly ElfSection candidate in _sections.AsSpan())
        {
            if (candidate.Type != type) continue;
            section = candidate;
            return true;
        }

        section = default;
        return false;
    }

    /// <summary>The bytes of a section, decompressed where it is compressed.</summary>
    internal bool TryData(in ElfSection section, out ReadOnlyMemory<byte> data, out Diagnostic? problem)
    {
        data = default;
        problem = null;
        if (section.Type == ElfSection.NoBits) return true;
        if (CompressedSection.TryExpand(_file, section, NameOf(section), Path, out data, out problem)) return problem is null;
        if (!_file.TryRead(section.Offset, section.Size, out data))
        {
            problem = Diagnostic.Error(SymbolCodes.Malformed, $"'{Path}': section '{Text(NameOf(section))}' is said to have 0x{section.Size:x} bytes at 0x{section.Offset:x}, but the file has 0x{_file.Length:x}");
            return false;
        }

        return true;
    }

    /// <summary>As <see cref="TryData"/>, for a section of which little is looked at; null if it cannot be read.</summary>
    internal SectionBytes? BytesOf(in ElfSection section)
    {
        if (section.Type == ElfSection.NoBits) return SectionBytes.Empty;
        bool isPlain = !CompressedSection.Is(section, NameOf(section));
        if (isPlain) return SectionBytes.TryOf(_file, section.Offset, section.Size);
        return TryData(section, out ReadOnlyMemory<byte> data, out _) ? new SectionBytes(data) : null;
    }

    internal bool TryBytes(ulong offset, ulong length, out ReadOnlyMemory<byte> bytes) => _file.TryRead(offset, length, out bytes);

    /// <summary>The bytes of a string up to its zero; empty if it has none or lies outside.</summary>
    internal static ReadOnlySpan<byte> ZeroTerminated(ReadOnlySpan<byte> table, ulong offset)
    {
        if (offset >= (ulong)table.Length) return default;
        ReadOnlySpan<byte> rest = table[(int)offset..];
        int end = rest.IndexOf((byte)0);
        return end > 0 ? rest[..end] : default;
    }

    internal static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes.Length > 4096 ? bytes[..4096] : bytes);

    private static bool StartsWithName(ReadOnlySpan<byte> table, uint offset, ReadOnlySpan<byte> name)
    {
        if (offset >= (uint)table.Length) return false;
        ReadOnlySpan<byte> rest = table[(int)offset..];
        return rest.Length > name.Length && rest[name.Length] == 0 && rest.StartsWith(name);
    }

    private static bool TryRead(FileBytes file, string path, [NotNullWhen(true)] out ElfImage? image, [NotNullWhen(false)] out Diagnostic? problem)
    {
        image = null;
        problem = null;
        if (!file.TryRead(0, HeaderSize, out ReadOnlyMemory<byte> header) || !header.Span.StartsWith("\x7f"u8) || !header.Span[1..].StartsWith("ELF"u8))
        {
            problem = Diagnostic.Error(SymbolCodes.NotElf, $"'{path}' is no ELF file: it does not start with 7f 45 4c 46");
            return false;
        }

        ReadOnlySpan<byte> bytes = header.Span;
        if (bytes[4] != 2 || bytes[5] != 1)
        {
            problem = Diagnostic.Error(SymbolCodes.NotElf, $"'{path}': ELF class {bytes[4]}, byte order {bytes[5]}; expected a 64-bit little-endian file (class 2, byte order 1)");
            return false;
        }

        ElfImage read = new(file, path)
        {
            Machine = (ElfMachine)BinaryPrimitives.ReadUInt16LittleEndian(bytes[18..]),
            IsPositionIndependent = BinaryPrimitives.ReadUInt16LittleEndian(bytes[16..]) == 3,
            EntryPoint = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
        };
        if (!read.ReadTables(bytes, out problem)) return false;
        image = read;
        return true;
    }

    private bool ReadTables(ReadOnlySpan<byte> header, [NotNullWhen(false)] out Diagnostic? problem)
    {
        ulong segmentsAt = BinaryPrimitives.ReadUInt64LittleEndian(header[32..]), sectionsAt = BinaryPrimitives.ReadUInt64LittleEndian(header[40..]);
        ulong segments = BinaryPrimitives.ReadUInt16LittleEndian(header[56..]), sections = BinaryPrimitives.ReadUInt16LittleEndian(header[60..]);
        uint names = BinaryPrimitives.ReadUInt16LittleEndian(header[62..]);
        int segmentSize = BinaryPrimitives.ReadUInt16LittleEndian(header[54..]), sectionSize = BinaryPrimitives.ReadUInt16LittleEndian(header[58..]);
        problem = null;
        if (sectionsAt != 0 && sectionSize == SectionSize && _file.TryRead(sectionsAt, SectionSize, out ReadOnlyMemory<byte> first))
        {
            // Numbers too large for the header are in the first section's.
            if (sections == 0) sections = BinaryPrimitives.ReadUInt64LittleEndian(first.Span[32..]);
            if (names == 0xffff) names = BinaryPrimitives.ReadUInt32LittleEndian(first.Span[40..]);
            if (segments == 0xffff) segments = BinaryPrimitives.ReadUInt32LittleEndian(first.Span[44..]);
            if (sections > (ulong)_file.Length / SectionSize || !_file.TryRead(sectionsAt, sections * SectionSize, out ReadOnlyMemory<byte> table))
            {
                problem = Diagnostic.Error(SymbolCodes.Malformed, $"'{Path}': {sections} section headers at 0x{sectionsAt:x} lie outside the file of 0x{_file.Length:x} bytes");
                return false;
            }

            _sections = new ElfSection[sections];
            for (int i = 0; i < _sections.Length; i++) _sections[i] = ReadSection(i, table.Span[(i * SectionSize)..]);
            if (names < sections && _sections[names].Type != ElfSection.NoBits) _file.TryRead(_sections[names].Offset, _sections[names].Size, out _sectionNames);
        }

        if (segments == 0) return true;
        if (segmentSize != SegmentSize || segments > (ulong)_file.Length / SegmentSize || !_file.TryRead(segmentsAt, segments * SegmentSize, out ReadOnlyMemory<byte> programs))
        {
            problem = Diagnostic.Error(SymbolCodes.Malformed, $"'{Path}': {segments} program headers of {segmentSize} bytes at 0x{segmentsAt:x} lie outside the file of 0x{_file.Length:x} bytes");
            return false;
        }

        _segments = ReadSegments(programs.Span);
        return true;
    }

    private static ElfSection ReadSection(int index, ReadOnlySpan<byte> at) => new(
        index,
        BinaryPrimitives.ReadUInt32LittleEndian(at),
        BinaryPrimitives.ReadUInt32LittleEndian(at[4..]),
        BinaryPrimitives.ReadUInt64LittleEndian(at[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(at[16..]),
        BinaryPrimitives.ReadUInt64LittleEndian(at[24..]),
        BinaryPrimitives.ReadUInt64LittleEndian(at[32..]),
        BinaryPrimitives.ReadUInt32LittleEndian(at[40..]),
        BinaryPrimitives.ReadUInt32LittleEndian(at[44..]),
        BinaryPrimitives.ReadUInt64LittleEndian(at[56..]));

    private static ElfSegment[] ReadSegments(ReadOnlySpan<byte> table)
    {
        List<ElfSegment> found = [];
        for (; table.Length >= SegmentSize; table = table[SegmentSize..])
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(table) != 1) continue; // PT_LOAD
            found.Add(new ElfSegment(
                BinaryPrimitives.ReadUInt64LittleEndian(table[8..]),
                BinaryPrimitives.ReadUInt64LittleEndian(table[16..]),
                BinaryPrimitives.ReadUInt64LittleEndian(table[32..]),
                BinaryPrimitives.ReadUInt64LittleEndian(table[40..]),
                BinaryPrimitives.ReadUInt32LittleEndian(table[4..])));
        }

        return [.. found];
    }

    private byte[] ReadBuildId()
    {
        foreach (ref readonly ElfSection section in _sections.AsSpan())
        {
            if (section.Type != ElfSection.Note || section.Size > 1 << 20 || !TryData(section, out ReadOnlyMemory<byte> notes, out _)) continue;
            foreach (ElfNote note in new ElfNoteReader(notes))
            {
                if (note.Type == 3 && note.Owner.Span.SequenceEqual("GNU"u8)) return note.Description.ToArray();
            }
        }

        return [];
    }
}

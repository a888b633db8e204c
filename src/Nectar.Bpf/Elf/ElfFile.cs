// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Elf;

/// <summary>
/// A relocatable ELF64 file of either byte order, read in place. Whatever it hands out was checked: section bytes lie in
/// the file and do not overlap, so that work and memory stay linear in the size of the file whatever its headers claim.
/// </summary>
internal sealed class ElfFile
{
    /// <summary>No name of a real object is longer; file names and mangled names included.</summary>
    private const int MaxNameLength = 8192;

    private readonly ReadOnlyMemory<byte> _file;
    private readonly Dictionary<uint, string> _names = [];
    private ElfSection[] _sections = [];
    private ElfSymbol[] _symbols = [];
    private long _nameBudget;

    private ElfFile(ReadOnlyMemory<byte> file, bool isBigEndian)
    {
        _file = file;
        IsBigEndian = isBigEndian;
        // Names may share a tail, as linkers do, but a file whose names add up to many times its size is an attack.
        _nameBudget = (16L * file.Length) + 65536;
    }

    public bool IsBigEndian { get; }

    public ReadOnlySpan<ElfSection> Sections => _sections;

    public ReadOnlySpan<ElfSymbol> Symbols => _symbols;

    /// <summary>Index of the section that holds the symbol table; 0 if there is none.</summary>
    public int SymbolTable { get; private set; }

    /// <summary>Reads headers and symbols; reports what is wrong and returns false if the file cannot be used.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> file, DiagnosticBag diagnostics, [NotNullWhen(true)] out ElfFile? elf)
    {
        elf = null;
        ReadOnlySpan<byte> bytes = file.Span;
        if (bytes.Length < ElfConstants.HeaderSize || bytes[0] != 0x7f || bytes[1] != 'E' || bytes[2] != 'L' || bytes[3] != 'F')
        {
            diagnostics.Error(ObjectCodes.NotElf, bytes.Length < ElfConstants.HeaderSize
                ? $"the file has {bytes.Length} bytes; an ELF header alone has {ElfConstants.HeaderSize}"
                : "the file does not start with the ELF magic 7f 45 4c 46");
            return false;
        }

        if (bytes[4] != ElfConstants.Class64 || bytes[5] is not (ElfConstants.LittleEndian or ElfConstants.BigEndian))
        {
            diagnostics.Error(ObjectCodes.NotElf, $"ELF class {bytes[4]}, data encoding {bytes[5]} at offset 4; expected class 2 (64-bit) and encoding 1 or 2");
            return false;
        }

        ElfFile read = new(file, bytes[5] == ElfConstants.BigEndian);
        if (!read.ReadHeader(diagnostics, out ulong tableOffset, out uint count, out uint nameIndex)) return false;
        if (!read.ReadSections(diagnostics, tableOffset, count, nameIndex)) return false;
        if (!read.CheckOverlaps(diagnostics)) return false;
        if (!read.ReadSymbols(diagnostics)) return false;
        elf = read;
        return true;
    }

    /// <summary>The bytes of a section; empty for one that takes no room in the file.</summary>
    public ReadOnlyMemory<byte> Data(in ElfSection section) =>
        section.Type is ElfSectionType.NoBits or ElfSectionType.Null ? default : _file.Slice((int)section.Offset, (int)section.Size);

    /// <summary>The section of a symbol, or false if it has none.</summary>
    public bool TrySection(in ElfSymbol symbol, out ElfSection section)
    {
        bool found = symbol.Section is not 0 and < ElfConstants.SectionReserved && symbol.Section < _sections.Length;
        section = found ? _sections[symbol.Section] : default;
        return found;
    }

    /// <summary>The name of a symbol; empty if it has none.</summary>
    public bool TryName(in ElfSymbol symbol, DiagnosticBag diagnostics, out string name) =>
        TryString(_sections[_sections[SymbolTable].Link], symbol.NameOffset, diagnostics, "symbol", out name);

    /// <summary>Reads the entries of a REL or RELA section; false if the section is malformed.</summary>
    public bool TryRelocations(in ElfSection section, DiagnosticBag diagnostics, out ElfRelocation[] relocations)
    {
        relocations = [];
        int size = section.Type == ElfSectionType.Rela ? ElfConstants.RelaSize : ElfConstants.RelSize;
        if (section.EntrySize != (ulong)size || section.Size % (ulong)size != 0)
        {
            diagnostics.Error(ObjectCodes.BadSection,
                $"{section}: {section.Size} bytes of relocations of {section.EntrySize} bytes each; expected a multiple of {size}", At(section));
            return false;
        }

        if (section.Link != SymbolTable)
        {
            diagnostics.Error(ObjectCodes.BadSection, $"{section}: its symbols are said to be in section {section.Link}, but the symbol table is section {SymbolTable}", At(section));
            return false;
        }

        ReadOnlySpan<byte> data = Data(section).Span;
        relocations = new ElfRelocation[data.Length / size];
        for (int i = 0; i < relocations.Length; i++)
        {
            ReadOnlySpan<byte> entry = data.Slice(i * size, size);
            ulong info = U64(entry[8..]);
            relocations[i] = new ElfRelocation(U64(entry), (uint)(info >> 32), (ElfRelocationType)(uint)info, size == ElfConstants.RelaSize ? (long)U64(entry[16..]) : 0);
            if ((uint)(info >> 32) < (uint)_symbols.Length) continue;
            diagnostics.Error(ObjectCodes.BadRelocation,
                $"{section}: relocation {i} names symbol {(uint)(info >> 32)}, but there are {_symbols.Length}", $"note: at file offset 0x{section.Offset + (ulong)(i * size):x}");
            relocations = [];
            return false;
        }

        return true;
    }

    public ushort U16(ReadOnlySpan<byte> at) => IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(at) : BinaryPrimitives.ReadUInt16LittleEndian(at);

    public uint U32(ReadOnlySpan<byte> at) => IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(at) : BinaryPrimitives.ReadUInt32LittleEndian(at);

    public ulong U64(ReadOnlySpan<byte> at) => IsBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(at) : BinaryPrimitives.ReadUInt64LittleEndian(at);

    private static string At(in ElfSection section) => $"note: the section is at file offset 0x{section.Offset:x}";

    private bool ReadHeader(DiagnosticBag diagnostics, out ulong tableOffset, out uint count, out uint nameIndex)
    {
        ReadOnlySpan<byte> bytes = _file.Span;
        ushort type = U16(bytes[16..]), machine = U16(bytes[18..]);
        tableOffset = U64(bytes[40..]);
        ushort entrySize = U16(bytes[58..]);
        count = U16(bytes[60..]);
        nameIndex = U16(bytes[62..]);
        // Machine 0 is accepted as libbpf does: the first compilers had no number yet.
        if (type != ElfConstants.TypeRelocatable || machine is not (ElfConstants.MachineBpf or ElfConstants.MachineNone))
        {
            diagnostics.Error(ObjectCodes.WrongMachine,
                $"ELF type {type} for machine {machine} at offset 16; expected type 1 (relocatable) and machine 247 (BPF)",
                "help: compile with 'clang -target bpf -c'");
            return false;
        }

        if (entrySize != ElfConstants.SectionHeaderSize)
        {
            diagnostics.Error(ObjectCodes.OutOfRange, $"section headers of {entrySize} bytes each (offset 58); ELF64 has {ElfConstants.SectionHeaderSize}");
            return false;
        }

        if (tableOffset == 0 || tableOffset > (ulong)bytes.Length || (ulong)bytes.Length - tableOffset < ElfConstants.SectionHeaderSize)
        {
            diagnostics.Error(ObjectCodes.OutOfRange, $"the section header table starts at 0x{tableOffset:x}, but the file has 0x{bytes.Length:x} bytes");
            return false;
        }

        // More than 0xff00 sections: the real numbers are in the first header.
        ReadOnlySpan<byte> first = bytes[(int)tableOffset..];
        ulong realCount = count == 0 ? U64(first[32..]) : count;
        if (nameIndex == ElfConstants.SectionExtended) nameIndex = U32(first[40..]);
        if (realCount > ((ulong)bytes.Length - tableOffset) / ElfConstants.SectionHeaderSize)
        {
            diagnostics.Error(ObjectCodes.OutOfRange,
                $"{realCount} section headers at 0x{tableOffset:x} need more than the 0x{bytes.Length:x} bytes that the file has");
            return false;
        }

        count = (uint)realCount;
        if (nameIndex < count) return true;
        diagnostics.Error(ObjectCodes.OutOfRange, $"section names are said to be in section {nameIndex}, but there are {count} sections");
        return false;
    }

    private bool ReadSections(DiagnosticBag diagnostics, ulong tableOffset, uint count, uint nameIndex)
    {
        ElfSection[] sections = new ElfSection[count];
        ElfSection names = ReadSection(tableOffset, (int)nameIndex, "");
        if (!CheckRange(names, diagnostics)) return false;
        for (int i = 0; i < sections.Length; i++)
        {
            uint nameOffset = U32(_file.Span[(int)(tableOffset + ((ulong)i * ElfConstants.SectionHeaderSize))..]);
            string name = "";
            if (i > 0 && !TryString(names, nameOffset, diagnostics, $"section {i}", out name)) return false;
            sections[i] = ReadSection(tableOffset, i, name);
            if (!CheckRange(sections[i], diagnostics)) return false;
        }

        _sections = sections;
        _names.Clear(); // the symbols may use another string table
        return true;
    }

    private ElfSection ReadSection(ulong tableOffset, int index, string name)
    {
        ReadOnlySpan<byte> header = _file.Span.Slice((int)tableOffset + (index * ElfConstants.SectionHeaderSize), ElfConstants.SectionHeaderSize);
        return new ElfSection
        {
            Index = index,
            Name = name,
            Type = index == 0 ? ElfSectionType.Null : (ElfSectionType)U32(header[4..]),
            Flags = U64(header[8..]),
            Offset = U64(header[24..]),
            Size = U64(header[32..]),
            Link = U32(header[40..]),
            Info = U32(header[44..]),
            EntrySize = U64(header[56..]),
        };
    }

    private bool CheckRange(in ElfSection section, DiagnosticBag diagnostics)
    {
        ulong length = (ulong)_file.Length;
        if (section.Type is ElfSectionType.NoBits or ElfSectionType.Null) return true;
        if (section.Offset <= length && section.Size <= length - section.Offset) return true;
        diagnostics.Error(ObjectCodes.OutOfRange,
            $"{section}: 0x{section.Size:x} bytes at file offset 0x{section.Offset:x}, but the file has 0x{length:x} bytes");
        return false;
    }

    private bool CheckOverlaps(DiagnosticBag diagnostics)
    {
        List<int> order = new(_sections.Length);
        foreach (ref readonly ElfSection section in Sections)
        {
            if (section.Type is not (ElfSectionType.NoBits or ElfSectionType.Null) && section.Size > 0) order.Add(section.Index);
        }

        order.Sort((a, b) => _sections[a].Offset.CompareTo(_sections[b].Offset));
        for (int i = 1; i < order.Count; i++)
        {
            ref readonly ElfSection before = ref _sections[order[i - 1]];
            ref readonly ElfSection section = ref _sections[order[i]];
            if (before.Offset + before.Size <= section.Offset) continue;
            diagnostics.Error(ObjectCodes.OverlappingSections,
                $"{before} ends at 0x{before.Offset + before.Size:x}, but {section} starts at 0x{section.Offset:x}");
            return false;
        }

        return true;
    }

    private bool ReadSymbols(DiagnosticBag diagnostics)
    {
        foreach (ref readonly ElfSection section in Sections)
        {
            if (section.Type != ElfSectionType.SymbolTable) continue;
            if (section.EntrySize != ElfConstants.SymbolSize || section.Size % ElfConstants.SymbolSize != 0)
            {
                diagnostics.Error(ObjectCodes.BadSection,
                    $"{section}: {section.Size} bytes of symbols of {section.EntrySize} bytes each; expected a multiple of {ElfConstants.SymbolSize}", At(section));
                return false;
            }

            if (section.Link >= (uint)_sections.Length || _sections[section.Link].Type != ElfSectionType.StringTable)
            {
                diagnostics.Error(ObjectCodes.BadSection, $"{section}: its names are said to be in section {section.Link}, which is no string table", At(section));
                return false;
            }

            SymbolTable = section.Index;
            _symbols = ReadSymbols(Data(section).Span);
            return true;
        }

        return true;
    }

    private ElfSymbol[] ReadSymbols(ReadOnlySpan<byte> data)
    {
        ElfSymbol[] symbols = new ElfSymbol[data.Length / ElfConstants.SymbolSize];
        for (int i = 0; i < symbols.Length; i++)
        {
            ReadOnlySpan<byte> entry = data.Slice(i * ElfConstants.SymbolSize, ElfConstants.SymbolSize);
            symbols[i] = new ElfSymbol(U32(entry), (ElfSymbolType)(entry[4] & 15), (ElfBinding)(entry[4] >> 4), (byte)(entry[5] & 3), U16(entry[6..]), U64(entry[8..]), U64(entry[16..]));
        }

        return symbols;
    }

    private bool TryString(in ElfSection table, uint offset, DiagnosticBag diagnostics, string what, out string text)
    {
        if (_names.TryGetValue(offset, out string? known))
        {
            text = known;
            return true;
        }

        text = "";
        ReadOnlySpan<byte> bytes = Data(table).Span;
        if (offset == 0 && bytes.IsEmpty) return true;
        if (offset >= (uint)bytes.Length)
        {
            diagnostics.Error(ObjectCodes.BadString, $"{what}: its name is at offset 0x{offset:x} of {table}, which has 0x{bytes.Length:x} bytes", At(table));
            return false;
        }

        ReadOnlySpan<byte> rest = bytes[(int)offset..];
        int length = rest[..Math.Min(rest.Length, MaxNameLength)].IndexOf((byte)0);
        if (length < 0)
        {
            diagnostics.Error(ObjectCodes.BadString, $"{what}: its name at offset 0x{offset:x} of {table} does not end within {MaxNameLength} bytes", At(table));
            return false;
        }

        if ((_nameBudget -= length) < 0)
        {
            diagnostics.Error(ObjectCodes.BadString, $"{what}: the names in {table} add up to more than sixteen times the file", At(table));
            return false;
        }

        text = Encoding.UTF8.GetString(rest[..length]);
        _names.Add(offset, text);
        return true;
    }
}

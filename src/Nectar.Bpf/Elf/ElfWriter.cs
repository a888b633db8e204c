// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Text;

namespace Nectar.Bpf.Elf;

/// <summary>Composes a relocatable ELF64 file for BPF. The same calls in the same order give the same bytes.</summary>
internal sealed class ElfWriter(bool isBigEndian)
{
    private readonly List<OutSection> _sections = [];
    private readonly List<OutSymbol> _symbols = [];
    private readonly List<byte> _strings = [0];
    private readonly Dictionary<string, uint> _stringOffsets = new(StringComparer.Ordinal) { [""] = 0 };

    /// <summary>Adds a section; <paramref name="size"/> counts only for one without bytes in the file.</summary>
    /// <returns>Its index, which symbols use.</returns>
    public int AddSection(string name, ElfSectionType type, ulong flags, byte[] data, int alignment, ulong size = 0)
    {
        _sections.Add(new OutSection(name, type, flags, data, alignment, type == ElfSectionType.NoBits ? size : (ulong)data.Length));
        return _sections.Count; // section 0 is the null section
    }

    /// <summary>Adds a symbol; relocations use the handle that is returned, because local symbols are moved to the front.</summary>
    public int AddSymbol(string name, ElfSymbolType type, ElfBinding binding, int section, ulong value, ulong size)
    {
        _symbols.Add(new OutSymbol(name, type, binding, section, value, size));
        return _symbols.Count - 1;
    }

    /// <summary>Adds a REL entry.</summary>
    public void AddRelocation(int section, ulong offset, int symbol, ElfRelocationType type) => _sections[section - 1].Relocations.Add((offset, symbol, type));

    /// <summary>The bytes of a section, to be filled in later.</summary>
    public Span<byte> Bytes(int section) => _sections[section - 1].Data;

    /// <summary>Writes the file.</summary>
    public void Write(Stream stream)
    {
        int[] symbolIndex = OrderSymbols(out List<OutSymbol> symbols, out int firstGlobal);
        byte[] symbolBytes = SymbolBytes(symbols);
        List<(OutSection Section, uint Link, uint Info, ulong EntrySize)> all = [];
        foreach (OutSection section in _sections) all.Add((section, 0, 0, 0));
        int relocated = _sections.Count(section => section.Relocations.Count > 0);
        uint symbolTable = (uint)(_sections.Count + relocated + 1);
        for (int i = 0; i < _sections.Count; i++)
        {
            if (_sections[i].Relocations.Count == 0) continue;
            byte[] bytes = RelocationBytes(_sections[i], symbolIndex);
            OutSection rel = new(".rel" + _sections[i].Name, ElfSectionType.Rel, ElfConstants.FlagInfoLink, bytes, 8, (ulong)bytes.Length);
            all.Add((rel, symbolTable, (uint)(i + 1), ElfConstants.RelSize));
        }

        all.Add((new OutSection(".symtab", ElfSectionType.SymbolTable, 0, symbolBytes, 8, (ulong)symbolBytes.Length), symbolTable + 1, (uint)firstGlobal, ElfConstants.SymbolSize));
        foreach ((OutSection section, _, _, _) in all) String(section.Name);
        String(".strtab");
        byte[] strings = [.. _strings];
        all.Add((new OutSection(".strtab", ElfSectionType.StringTable, 0, strings, 1, (ulong)strings.Length), 0, 0, 0));
        WriteFile(stream, all);
    }

    private void WriteFile(Stream stream, List<(OutSection Section, uint Link, uint Info, ulong EntrySize)> all)
    {
        long position = ElfConstants.HeaderSize;
        byte[] headers = new byte[(all.Count + 1) * ElfConstants.SectionHeaderSize];
        for (int i = 0; i < all.Count; i++)
        {
            (OutSection section, uint link, uint info, ulong entrySize) = all[i];
            position = Align(position, section.Alignment);
            Span<byte> header = headers.AsSpan((i + 1) * ElfConstants.SectionHeaderSize, ElfConstants.SectionHeaderSize);
            U32(header, String(section.Name));
            U32(header[4..], (uint)section.Type);
            U64(header[8..], section.Flags);
            U64(header[24..], (ulong)position);
            U64(header[32..], section.Size);
            U32(header[40..], link);
            U32(header[44..], info);
            U64(header[48..], (ulong)section.Alignment);
            U64(header[56..], entrySize);
            position += section.Data.Length;
        }

        long table = Align(position, 8);
        byte[] first = new byte[ElfConstants.HeaderSize];
        ((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', ElfConstants.Class64, isBigEndian ? ElfConstants.BigEndian : ElfConstants.LittleEndian, 1]).CopyTo(first);
        U16(first.AsSpan(16), ElfConstants.TypeRelocatable);
        U16(first.AsSpan(18), ElfConstants.MachineBpf);
        U32(first.AsSpan(20), 1);
        U64(first.AsSpan(40), (ulong)table);
        U16(first.AsSpan(52), ElfConstants.HeaderSize);
        U16(first.AsSpan(58), ElfConstants.SectionHeaderSize);
        U16(first.AsSpan(60), (ushort)(all.Count + 1));
        U16(first.AsSpan(62), (ushort)all.Count);
        stream.Write(first);
        position = first.Length;
        foreach ((OutSection section, _, _, _) in all)
        {
            position = Pad(stream, position, section.Alignment);
            stream.Write(section.Data);
            position += section.Data.Length;
        }

        Pad(stream, position, 8);
        stream.Write(headers);
    }

    /// <summary>Local symbols come first, as the format demands; otherwise the order stays.</summary>
    private int[] OrderSymbols(out List<OutSymbol> ordered, out int firstGlobal)
    {
        int[] index = new int[_symbols.Count];
        ordered = [];
        for (int i = 0; i < _symbols.Count; i++)
        {
            if (_symbols[i].Binding != ElfBinding.Local) continue;
            ordered.Add(_symbols[i]);
            index[i] = ordered.Count; // symbol 0 is the null symbol
        }

        firstGlobal = ordered.Count + 1;
        for (int i = 0; i < _symbols.Count; i++)
        {
            if (_symbols[i].Binding == ElfBinding.Local) continue;
            ordered.Add(_symbols[i]);
            index[i] = ordered.Count;
        }

        return index;
    }

    private byte[] SymbolBytes(List<OutSymbol> symbols)
    {
        byte[] bytes = new byte[(symbols.Count + 1) * ElfConstants.SymbolSize];
        for (int i = 0; i < symbols.Count; i++)
        {
            OutSymbol symbol = symbols[i];
            Span<byte> entry = bytes.AsSpan((i + 1) * ElfConstants.SymbolSize, ElfConstants.SymbolSize);
            U32(entry, String(symbol.Name));
            entry[4] = (byte)(((int)symbol.Binding << 4) | (int)symbol.Type);
            U16(entry[6..], (ushort)symbol.Section);
            U64(entry[8..], symbol.Value);
            U64(entry[16..], symbol.Size);
        }

        return bytes;
    }

    private byte[] RelocationBytes(OutSection section, int[] symbolIndex)
    {
        section.Relocations.Sort((a, b) => a.Offset.CompareTo(b.Offset));
        byte[] bytes = new byte[section.Relocations.Count * ElfConstants.RelSize];
        for (int i = 0; i < section.Relocations.Count; i++)
        {
            (ulong offset, int symbol, ElfRelocationType type) = section.Relocations[i];
            U64(bytes.AsSpan(i * ElfConstants.RelSize), offset);
            U64(bytes.AsSpan((i * ElfConstants.RelSize) + 8), ((ulong)symbolIndex[symbol] << 32) | (uint)type);
        }

        return bytes;
    }

    private uint String(string text)
    {
        if (_stringOffsets.TryGetValue(text, out uint offset)) return offset;
        offset = (uint)_strings.Count;
        _stringOffsets.Add(text, offset);
        _strings.AddRange(Encoding.UTF8.GetBytes(text));
        _strings.Add(0);
        return offset;
    }

    private void U16(Span<byte> at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(at, isBigEndian ? BinaryPrimitives.ReverseEndianness(value) : value);

    private void U32(Span<byte> at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(at, isBigEndian ? BinaryPrimitives.ReverseEndianness(value) : value);

    private void U64(Span<byte> at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(at, isBigEndian ? BinaryPrimitives.ReverseEndianness(value) : value);

    private static long Align(long position, int alignment) => (position + alignment - 1) / alignment * alignment;

    private static long Pad(Stream stream, long position, int alignment)
    {
        long aligned = Align(position, alignment);
        for (; position < aligned; position++) stream.WriteByte(0);
        return aligned;
    }

    private sealed record OutSection(string Name, ElfSectionType Type, ulong Flags, byte[] Data, int Alignment, ulong Size)
    {
        public List<(ulong Offset, int Symbol, ElfRelocationType Type)> Relocations { get; } = [];
    }

    private readonly record struct OutSymbol(string Name, ElfSymbolType Type, ElfBinding Binding, int Section, ulong Value, ulong Size);
}

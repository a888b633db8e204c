// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Nectar.Linux.Symbols.Names;

namespace Nectar.Linux.Symbols.Elf;

/// <summary>A symbol as it is kept: 24 bytes; the name stays in its string table.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct SymbolEntry
{
    internal ulong Address;
    internal uint Size, NameOffset;
    internal ushort NameLength, Version;
    internal byte Info, Table;

    internal readonly ElfSymbolKind Kind => (ElfSymbolKind)(Info & 15);

    internal readonly ElfSymbolBinding Binding => (ElfSymbolBinding)(Info >> 4);
}

/// <summary>Gathers the symbols of a file from its tables and from those of its debug files; what is in two of them is taken once.</summary>
internal sealed class ElfSymbolsBuilder
{
    private const int EntrySize = 24, MaxNameLength = 8192, MaxSameName = 64;
    private const ushort FirstReserved = 0xff00;

    private readonly List<ReadOnlyMemory<byte>> _tables = [];
    private readonly List<string> _versions = [""];
    private readonly HashSet<int> _needed = [];
    private SymbolEntry[] _entries = [];
    private NameIndex _index = new(0);

    internal int Count { get; private set; }

    internal ReadOnlyMemory<byte>[] Tables => [.. _tables];

    internal string[] Versions => [.. _versions];

    internal NameIndex Index => _index;

    internal SymbolEntry[] Entries
    {
        get
        {
            if (_entries.Length != Count) Array.Resize(ref _entries, Count);
            return _entries;
        }
    }

    /// <summary>Adds the tables of one image; false if it has none that can be read.</summary>
    internal bool Add(ElfImage image)
    {
        bool any = false;
        if (image.TrySection(ElfSection.DynamicSymbols, out ElfSection dynamic)) any |= Add(image, dynamic, ReadVersions(image));
        if (image.TrySection(ElfSection.SymbolTable, out ElfSection all)) any |= Add(image, all, default);
        return any;
    }

    /// <summary>Adds names that some other table has: of Go, or of a JIT.</summary>
    internal void Add(ReadOnlyMemory<byte> names, ReadOnlySpan<SymbolEntry> entries)
    {
        byte table = (byte)_tables.Count;
        _tables.Add(names);
        Reserve(entries.Length);
        foreach (SymbolEntry entry in entries)
        {
            SymbolEntry added = entry;
            added.Table = table;
            AddEntry(added, names.Span.Slice((int)entry.NameOffset, entry.NameLength));
        }
    }

    private bool Add(ElfImage image, in ElfSection section, ReadOnlySpan<byte> versions)
    {
        if (section.Link >= image.Sections.Length || _tables.Count == byte.MaxValue) return false;
        if (!image.TryData(section, out ReadOnlyMemory<byte> data, out _) || !image.TryData(image.Sections[(int)section.Link], out ReadOnlyMemory<byte> strings, out _)) return false;
        byte table = (byte)_tables.Count;
        _tables.Add(strings);
        ReadOnlySpan<byte> symbols = data.Span, names = strings.Span;
        Reserve(symbols.Length / EntrySize);

        // Names may share their tails, but names that add up to many times the table are an attack on our time.
        long budget = (16L * names.Length) + 65536;
        for (int i = 0; symbols.Length >= EntrySize && budget > 0; i++, symbols = symbols[EntrySize..])
        {
            byte info = symbols[4];
            ushort place = BinaryPrimitives.ReadUInt16LittleEndian(symbols[6..]);
            ulong address = BinaryPrimitives.ReadUInt64LittleEndian(symbols[8..]);
            if (place == 0 || (place >= FirstReserved && place != 0xffff) || address == 0 || (info & 15) is not (0 or 1 or 2 or 10)) continue;
            uint nameOffset = BinaryPrimitives.ReadUInt32LittleEndian(symbols);
            if (nameOffset == 0 || nameOffset >= (uint)names.Length) continue;
            ReadOnlySpan<byte> name = names.Slice((int)nameOffset, Math.Min(MaxNameLength, names.Length - (int)nameOffset));
            int end = name.IndexOf((byte)0);
            budget -= end < 0 ? MaxNameLength : end + 1;
            if (end <= 0) continue;
            name = name[..end];
            int at = name[1..].IndexOf((byte)'@'); // version written into the name, as in tables that are no dynamic ones
            if (at >= 0) name = name[..(at + 1)];
            if (IsMappingSymbol(name, info)) continue;
            ulong size = BinaryPrimitives.ReadUInt64LittleEndian(symbols[16..]);
            ushort version = versions.Length >= (i + 1) * 2 ? BinaryPrimitives.ReadUInt16LittleEndian(versions[(i * 2)..]) : (ushort)0;
            if (_needed.Contains(version)) version |= 0x8000; // another file's version, of data that was copied from there: never a default
            AddEntry(
                new SymbolEntry
                {
                    Address = address,
                    Size = (uint)Math.Min(size, uint.MaxValue),
                    NameOffset = nameOffset,
                    NameLength = (ushort)name.Length,
                    Version = version,
                    Info = info,
                    Table = table,
                },
                name);
        }

        return true;
    }

    /// <summary>Labels that tell code from data in files for Arm and RISC-V: <c>$x</c>, <c>$d.17</c>.</summary>
    private static bool IsMappingSymbol(ReadOnlySpan<byte> name, byte info) =>
        (info & 15) == 0 && name[0] == '$' && (name.Length == 2 || (name.Length > 2 && name[2] == '.') || name.StartsWith("$xrv"u8));

    private void Reserve(int more)
    {
        if (_entries.Length - Count < more) Array.Resize(ref _entries, Count + more);
        NameIndex index = new(Count + more);
        for (int i = 0; i < Count; i++) index.Add(i, NameIndex.Hash(NameOf(_entries[i])));
        _index = index;
    }

    private ReadOnlySpan<byte> NameOf(in SymbolEntry entry) => _tables[entry.Table].Span.Slice((int)entry.NameOffset, entry.NameLength);

    private void AddEntry(in SymbolEntry entry, ReadOnlySpan<byte> name)
    {
        uint hash = NameIndex.Hash(name);
        int same = 0;
        for (int i = _index.First(hash); i >= 0 && same < MaxSameName; i = _index.Next(i), same++)
        {
            ref SymbolEntry other = ref _entries[i];
            // the same symbol in another table: only the dynamic one knows the version
            if (other.Address == entry.Address && other.Table != entry.Table && NameOf(other).SequenceEqual(name)) return;
        }

        _entries[Count] = entry;
        _index.Add(Count++, hash);
    }

    private ReadOnlySpan<byte> ReadVersions(ElfImage image)
    {
        // a second image with versions (debug file) repeats those of the first
        if (_versions.Count > 1 || !image.TrySection(ElfSection.VersionSymbols, out ElfSection symbols) || !image.TryData(symbols, out ReadOnlyMemory<byte> numbers, out _)) return default;
        SymbolVersions.Read(image, _versions, _needed);
        return numbers.Span;
    }
}

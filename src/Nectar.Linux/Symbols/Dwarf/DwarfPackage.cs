// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Symbols.Elf;

namespace Nectar.Linux.Symbols.Dwarf;

/// <summary>What a split unit consists of.</summary>
internal readonly record struct SplitParts(
    ReadOnlyMemory<byte> Info, ReadOnlyMemory<byte> Abbreviations, ReadOnlyMemory<byte> Strings, ReadOnlyMemory<byte> StringOffsets, ReadOnlyMemory<byte> RangeLists);

/// <summary>Split units of a program in one file (<c>.dwp</c>; DWARF 5, 7.3.5, and GNU's form of DWARF 4): which part of each section belongs to which unit.</summary>
internal sealed class DwarfPackage
{
    private const int MaxUnits = 1 << 20, MaxSections = 16;
    private const int InfoSection = 1, AbbreviationSection = 3, StringOffsetSection = 6, RangeListSection = 8;

    private readonly SplitParts _all;
    private readonly Dictionary<ulong, SplitParts> _units = [];

    private DwarfPackage(in SplitParts all) => _all = all;

    internal delegate ReadOnlyMemory<byte> SectionReader(ElfImage image, ReadOnlySpan<byte> name, ReadOnlySpan<byte> compressed);

    /// <summary>Reads a package; null if there is none.</summary>
    internal static DwarfPackage? Read(string path, SectionReader section)
    {
        if (!ElfImage.TryOpen(path, out ElfImage? image, out _)) return null;
        using (image)
        {
            DwarfPackage package = new(new SplitParts(
                section(image, ".debug_info.dwo"u8, default), section(image, ".debug_abbrev.dwo"u8, default), section(image, ".debug_str.dwo"u8, default),
                section(image, ".debug_str_offsets.dwo"u8, default), section(image, ".debug_rnglists.dwo"u8, default)));
            package.ReadIndex(section(image, ".debug_cu_index"u8, default).Span);
            return package;
        }
    }

    internal SplitParts? Find(ulong id) => _units.TryGetValue(id, out SplitParts parts) ? parts : null;

    private void ReadIndex(ReadOnlySpan<byte> index)
    {
        const int HeaderSize = 16;
        DwarfCursor header = new(index, 0);
        header.Skip(4); // the version: 2, or 5 in the lower half
        int sections = (int)header.Unsigned(4), units = (int)header.Unsigned(4), slots = (int)header.Unsigned(4);
        if (header.IsBad || sections is <= 0 or > MaxSections || units is < 0 or > MaxUnits || slots is <= 0 or > 4 * MaxUnits) return;
        int rows = HeaderSize + (slots * 8), kinds = rows + (slots * 4), offsets = kinds + (sections * 4), sizes = offsets + (units * sections * 4);
        if ((long)sizes + ((long)units * sections * 4) > index.Length) return;
        for (int slot = 0; slot < slots; slot++)
        {
            ulong id = new DwarfCursor(index, HeaderSize + (slot * 8)).Unsigned(8);
            int row = (int)new DwarfCursor(index, rows + (slot * 4)).Unsigned(4) - 1;
            if (row < 0 || row >= units) continue;
            SplitParts parts = _all with { RangeLists = default };
            for (int column = 0; column < sections; column++)
            {
                int at = ((row * sections) + column) * 4;
                int kind = (int)new DwarfCursor(index, kinds + (column * 4)).Unsigned(4);
                ulong start = new DwarfCursor(index, offsets + at).Unsigned(4), size = new DwarfCursor(index, sizes + at).Unsigned(4);
                parts = kind switch
                {
                    InfoSection => parts with { Info = Part(_all.Info, start, size) },
                    AbbreviationSection => parts with { Abbreviations = Part(_all.Abbreviations, start, size) },
                    StringOffsetSection => parts with { StringOffsets = Part(_all.StringOffsets, start, size) },
                    RangeListSection => parts with { RangeLists = Part(_all.RangeLists, start, size) },
                    _ => parts,
                };
            }

            _units.TryAdd(id, parts);
        }
    }

    private static ReadOnlyMemory<byte> Part(ReadOnlyMemory<byte> section, ulong start, ulong size) =>
        start <= (ulong)section.Length && size <= (ulong)section.Length - start ? section.Slice((int)start, (int)size) : default;
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Linux.Symbols.Elf;

namespace Nectar.Linux.Symbols.Dwarf;

/// <summary>The sections of DWARF 4 and 5 with their units: looks up text, addresses and ranges. What units say is read when it is asked for. Thread-safe.</summary>
internal sealed class DwarfSections
{
    private const int MaxUnits = 1 << 20, MaxRanges = 1 << 16, MaxName = 1 << 16;

    // of these the parts are read that are asked for; the others are small beside them, or gone through as a whole
    private readonly SectionBytes _info, _strings, _lineStrings = SectionBytes.Empty, _lines = SectionBytes.Empty;
    private readonly ReadOnlyMemory<byte> _abbreviations, _codeRanges, _stringOffsets, _addresses, _ranges, _rangeLists;
    private readonly ulong? _addressBase;
    private readonly List<DwarfUnit> _units = [];
    private readonly Dictionary<ulong, DwarfUnit> _typeUnits = [];
    private readonly Lazy<(ulong Start, ulong End, DwarfUnit Unit)[]> _code;
    private readonly Dictionary<ulong, DwarfAbbreviations> _layouts = [];
    private long _layoutBudget;
    private DwarfPackage? _package;
    private bool _hasLookedForPackage;

    private DwarfSections(ElfImage image)
    {
        _code = new(FindCode);
        _info = Part(image, ".debug_info"u8, ".zdebug_info"u8);
        _strings = Part(image, ".debug_str"u8, ".zdebug_str"u8);
        _lineStrings = Part(image, ".debug_line_str"u8, ".zdebug_line_str"u8);
        _stringOffsets = Section(image, ".debug_str_offsets"u8, default);
        _addresses = Section(image, ".debug_addr"u8, default);
        _ranges = Section(image, ".debug_ranges"u8, ".zdebug_ranges"u8);
        _rangeLists = Section(image, ".debug_rnglists"u8, default);
        _lines = Part(image, ".debug_line"u8, ".zdebug_line"u8);
        _codeRanges = Section(image, ".debug_aranges"u8, default);
        _abbreviations = Section(image, ".debug_abbrev"u8, ".zdebug_abbrev"u8);
        ReadUnits();
    }

    /// <summary>The sections of a split file; addresses are in the file that was split.</summary>
    private DwarfSections(in SplitParts parts, DwarfSections main, ulong addressBase)
    {
        _code = new(FindCode);
        (_info, _strings, _stringOffsets, _rangeLists) = (new SectionBytes(parts.Info), new SectionBytes(parts.Strings), parts.StringOffsets, parts.RangeLists);
        _addresses = main._addresses;
        _addressBase = addressBase;
        _abbreviations = parts.Abbreviations;
        ReadUnits();
    }

    internal SectionBytes Lines => _lines;

    internal IReadOnlyList<DwarfUnit> Units => _units;

    internal long Bytes => _info.Bytes + _strings.Bytes + _lineStrings.Bytes + _lines.Bytes + _abbreviations.Length + _codeRanges.Length + _stringOffsets.Length + _addresses.Length + _ranges.Length + _rangeLists.Length + (_units.Count * 128L);

    /// <summary><c>.debug_info</c> up to a unit's end: of what is before the unit nothing may be read.</summary>
    internal ReadOnlySpan<byte> InfoOf(DwarfUnit unit) => _info.Between(unit.Start, (ulong)unit.End);

    /// <summary>As <see cref="InfoOf"/>, up to another end.</summary>
    internal ReadOnlySpan<byte> InfoBetween(ulong start, ulong end) => _info.Between(start, end);

    /// <summary>Units say what code they have.</summary>
    internal bool HasCode => _code.Value.Length > 0;

    /// <summary>Bytes of an image's debug information as they are in the file.</summary>
    internal static long SizeOf(ElfImage image)
    {
        long total = 0;
        foreach (ElfSection section in image.Sections)
        {
            if (image.NameOf(section).StartsWith(".debug_"u8)) total += (long)Math.Min(section.Size, long.MaxValue / 64);
        }

        return total;
    }

    internal static DwarfSections? Read(ElfImage image)
    {
        DwarfSections read = new(image);
        return read._units.Count > 0 ? read : null;
    }

    /// <summary>Reads the file that a unit was split into; null if it is not there.</summary>
    internal DwarfSections? ReadSplit(DwarfUnit unit, string imagePath)
    {
        if (_addressBase is not null || unit.First.Split is not { } split) return null; // a split file names itself
        string beside = Path.Combine(Path.GetDirectoryName(imagePath) is { Length: > 0 } folder ? folder : ".", Path.GetFileName(split.Name));
        foreach (string path in new[] { Path.Combine(split.Folder, split.Name), beside })
        {
            if (!ElfImage.TryOpen(path, out ElfImage? image, out _)) continue;
            using (image)
            {
                SplitParts parts = new(
                    Section(image, ".debug_info.dwo"u8, default), Section(image, ".debug_abbrev.dwo"u8, default), Section(image, ".debug_str.dwo"u8, default),
                    Section(image, ".debug_str_offsets.dwo"u8, default), Section(image, ".debug_rnglists.dwo"u8, default));
                DwarfSections read = new(parts, this, unit.First.AddressBase);
                if (read._units.Count > 0) return read;
            }
        }

        if (!_hasLookedForPackage)
        {
            _hasLookedForPackage = true;
            _package = DwarfPackage.Read(imagePath + ".dwp", Section);
        }

        if (_package?.Find(unit.First.SplitId) is not { } packed) return null;
        DwarfSections part = new(packed, this, unit.First.AddressBase);
        return part._units.Count > 0 ? part : null;
    }

    /// <summary>The unit whose code holds an address; null if none says that it does.</summary>
    internal DwarfUnit? UnitAt(ulong address)
    {
        int low = 0, high = _code.Value.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if (address < _code.Value[middle].Start) high = middle - 1;
            else low = middle + 1;
        }

        return high >= 0 && address < _code.Value[high].End ? _code.Value[high].Unit : null;
    }

    /// <summary>The parts of code that an entry with <c>low_pc</c> and <c>high_pc</c>, or with ranges, says it has.</summary>
    internal List<(ulong Start, ulong End)> CodeOf(DwarfUnit unit, in DwarfValue lowPc, in DwarfValue highPc, in DwarfValue ranges)
    {
        if (ranges.IsPresent) return Ranges(unit, ranges);
        if (!lowPc.IsPresent || !TryAddress(unit, lowPc, out ulong low)) return [];
        ulong high = highPc.Kind == DwarfValueKind.Number ? low + highPc.Number : TryAddress(unit, highPc, out ulong end) ? end : low;
        return high > low ? [(low, high)] : [];
    }

    /// <summary>The unit that holds an offset of <c>.debug_info</c>.</summary>
    internal DwarfUnit? UnitOf(ulong offset)
    {
        int low = 0, high = _units.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if (offset < (ulong)_units[middle].FirstEntry) high = middle - 1;
            else if (offset >= (ulong)_units[middle].End) low = middle + 1;
            else return _units[middle];
        }

        return null;
    }

    private DwarfUnit? UnitStarting(ulong offset)
    {
        int low = 0, high = _units.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if (_units[middle].Start == offset) return _units[middle];
            if (offset < _units[middle].Start) high = middle - 1;
            else low = middle + 1;
        }

        return null;
    }

    internal DwarfUnit? TypeUnit(ulong signature) => _typeUnits.GetValueOrDefault(signature);

    internal string? String(DwarfUnit unit, in DwarfValue value)
    {
        ReadOnlySpan<byte> bytes = Text(unit, value);
        return bytes.IsEmpty ? null : Encoding.UTF8.GetString(bytes);
    }

    internal ReadOnlySpan<byte> Text(DwarfUnit unit, in DwarfValue value)
    {
        ulong offset = value.Number;
        switch (value.Kind)
        {
            case DwarfValueKind.Text:
                if (value.Section == DwarfTextSection.Info) return _info.Between(value.Number, value.Number + (ulong)Math.Min(value.Length, MaxName))[(int)value.Number..];
                return (value.Section == DwarfTextSection.Strings ? _strings : _lineStrings).Text(offset, MaxName);
            case DwarfValueKind.TextIndex:
                return TryIndexed(_stringOffsets.Span, unit.First.StringOffsetsBase, value.Number, unit.OffsetSize, out offset) ? _strings.Text(offset, MaxName) : default;
            default:
                return default;
        }
    }

    internal ReadOnlySpan<byte> LineText(bool isLineString, ulong offset) => (isLineString ? _lineStrings : _strings).Text(offset, MaxName);

    internal bool TryAddress(DwarfUnit unit, in DwarfValue value, out ulong address)
    {
        address = value.Number;
        return value.Kind == DwarfValueKind.Address || (value.Kind == DwarfValueKind.AddressIndex && TryIndexed(_addresses.Span, unit.First.AddressBase, value.Number, unit.AddressSize, out address));
    }

    /// <summary>The parts of a function's code; the first is where it starts.</summary>
    internal List<(ulong Start, ulong End)> Ranges(DwarfUnit unit, in DwarfValue value)
    {
        List<(ulong Start, ulong End)> found = [];
        if (unit.Version < 5) OldRanges(unit, value.Number, found);
        else if (value.Kind == DwarfValueKind.SectionOffset) NewRanges(unit, value.Number, found);
        else if (value.Kind == DwarfValueKind.ListIndex && TryIndexed(_rangeLists.Span, unit.First.RangeListsBase, value.Number, unit.OffsetSize, out ulong offset)) NewRanges(unit, unit.First.RangeListsBase + offset, found);
        return found;
    }

    private (ulong Start, ulong End, DwarfUnit Unit)[] FindCode()
    {
        List<(ulong Start, ulong End, DwarfUnit Unit)> found = [];
        HashSet<DwarfUnit> listed = [];
        ReadCodeRanges(found, listed);
        foreach (DwarfUnit unit in _units)
        {
            if (listed.Contains(unit)) continue;
            foreach ((ulong start, ulong end) in CodeOf(unit, new DwarfValue(DwarfValueKind.Address, unit.First.LowPc), unit.First.HighPc, unit.First.Ranges))
            {
                if (start != 0 && end > start) found.Add((start, end, unit));
            }
        }

        found.Sort(static (a, b) => a.Start.CompareTo(b.Start));
        return [.. found];
    }

    /// <summary>The list of units' code (DWARF 5, 6.1.2): with it the units themselves need not be looked at. Not all compilers write it.</summary>
    private void ReadCodeRanges(List<(ulong Start, ulong End, DwarfUnit Unit)> found, HashSet<DwarfUnit> listed)
    {
        const int ListVersion = 2;
        ReadOnlySpan<byte> section = _codeRanges.Span;
        for (int at = 0; at < section.Length;)
        {
            DwarfCursor header = new(section, at);
            ulong length = header.Unsigned(4);
            int offsetSize = length == 0xffffffff ? 8 : 4;
            if (offsetSize == 8) length = header.Unsigned(8);
            if (header.IsBad || length == 0 || length > (ulong)(section.Length - header.At)) return;
            int end = header.At + (int)length;
            int version = (int)header.Unsigned(2);
            ulong offset = header.Unsigned(offsetSize);
            int addressSize = header.Byte(), segmentSize = header.Byte();
            if (version == ListVersion && addressSize == 8 && segmentSize == 0 && UnitStarting(offset) is { } unit)
            {
                int entries = at + ((header.At - at + 15) & ~15); // pairs are aligned to their size
                for (DwarfCursor pairs = new(section[..end], entries); !pairs.IsBad;)
                {
                    ulong start = pairs.Unsigned(8), size = pairs.Unsigned(8);
                    if (pairs.IsBad || (start == 0 && size == 0)) break;
                    if (start == 0 || size == 0 || start + size < start) continue;
                    listed.Add(unit);
                    found.Add((start, start + size, unit));
                }
            }

            at = end;
        }
    }

    private static ReadOnlyMemory<byte> Section(ElfImage image, ReadOnlySpan<byte> name, ReadOnlySpan<byte> compressed)
    {
        bool found = image.TrySection(name, out ElfSection section) || (!compressed.IsEmpty && image.TrySection(compressed, out section));
        return found && image.TryData(section, out ReadOnlyMemory<byte> data, out _) ? data : default;
    }

    private static SectionBytes Part(ElfImage image, ReadOnlySpan<byte> name, ReadOnlySpan<byte> compressed)
    {
        bool found = image.TrySection(name, out ElfSection section) || (!compressed.IsEmpty && image.TrySection(compressed, out section));
        return found ? image.BytesOf(section) ?? SectionBytes.Empty : SectionBytes.Empty;
    }

    private static bool TryIndexed(ReadOnlySpan<byte> section, ulong start, ulong index, int size, out ulong value)
    {
        value = 0;
        if (start > (ulong)section.Length || index >= ((ulong)section.Length - start) / (ulong)size) return false;
        DwarfCursor at = new(section, (int)(start + (index * (ulong)size)));
        value = at.Unsigned(size);
        return !at.IsBad;
    }

    private void OldRanges(DwarfUnit unit, ulong offset, List<(ulong Start, ulong End)> found)
    {
        if (offset >= (ulong)_ranges.Length) return;
        DwarfCursor at = new(_ranges.Span, (int)offset);
        ulong start = unit.First.LowPc;
        while (found.Count < MaxRanges)
        {
            ulong from = at.Unsigned(unit.AddressSize), to = at.Unsigned(unit.AddressSize);
            if (at.IsBad || (from == 0 && to == 0)) return;
            if (from == ulong.MaxValue) start = to;
            else found.Add((start + from, start + to));
        }
    }

    private void NewRanges(DwarfUnit unit, ulong offset, List<(ulong Start, ulong End)> found)
    {
        if (offset >= (ulong)_rangeLists.Length) return;
        DwarfCursor at = new(_rangeLists.Span, (int)offset);
        ulong start = unit.First.LowPc;
        while (!at.IsBad && found.Count < MaxRanges)
        {
            switch (at.Byte()) // DW_RLE_*
            {
                case 1:
                    TryAddress(unit, new DwarfValue(DwarfValueKind.AddressIndex, at.Uleb()), out start);
                    break;
                case 2:
                    TryAddress(unit, new DwarfValue(DwarfValueKind.AddressIndex, at.Uleb()), out ulong first);
                    TryAddress(unit, new DwarfValue(DwarfValueKind.AddressIndex, at.Uleb()), out ulong last);
                    found.Add((first, last));
                    break;
                case 3:
                    TryAddress(unit, new DwarfValue(DwarfValueKind.AddressIndex, at.Uleb()), out first);
                    found.Add((first, first + at.Uleb()));
                    break;
                case 4:
                    found.Add((start + at.Uleb(), start + at.Uleb()));
                    break;
                case 5:
                    start = at.Unsigned(unit.AddressSize);
                    break;
                case 6:
                    found.Add((at.Unsigned(unit.AddressSize), at.Unsigned(unit.AddressSize)));
                    break;
                case 7:
                    first = at.Unsigned(unit.AddressSize);
                    found.Add((first, first + at.Uleb()));
                    break;
                default:
                    return;
            }
        }
    }

    /// <summary>The layouts at an offset of <c>.debug_abbrev</c>, read once.</summary>
    internal DwarfAbbreviations AbbreviationsAt(ulong offset)
    {
        lock (_layouts)
        {
            if (_layouts.TryGetValue(offset, out DwarfAbbreviations? known)) return known;
            known = _layouts[offset] = DwarfAbbreviations.Read(_layoutBudget > 0 ? _abbreviations.Span : [], offset, out int read);
            _layoutBudget -= read;
            return known;
        }
    }

    private void ReadUnits()
    {
        const int LargestHeader = 40;
        _layoutBudget = (4L * _abbreviations.Length) + 65536; // units share tables; a file may not make us read one again and again
        for (ulong at = 0; at < (ulong)_info.Length && _units.Count < MaxUnits;)
        {
            DwarfCursor header = new(_info.Between(at, at + LargestHeader), (int)at);
            ulong length = header.Unsigned(4);
            int offsetSize = length == 0xffffffff ? 8 : 4;
            if (offsetSize == 8) length = header.Unsigned(8);
            ulong end = (ulong)header.At + length;
            if (header.IsBad || length == 0 || length > (ulong)(_info.Length - header.At)) return;
            int version = (int)header.Unsigned(2), type = 1, addressSize;
            ulong layout, signature = 0, entry = 0;
            if (version >= 5)
            {
                type = header.Byte();
                addressSize = header.Byte();
                layout = header.Unsigned(offsetSize);
            }
            else
            {
                layout = header.Unsigned(offsetSize);
                addressSize = header.Byte();
            }

            if (type is 2 or 6) (signature, entry) = (header.Unsigned(8), at + header.Unsigned(offsetSize));
            ulong split = type is 4 or 5 ? header.Unsigned(8) : 0;
            if (version is >= 2 and <= 5 && addressSize is 4 or 8 && type is >= 1 and <= 6 && !header.IsBad)
            {
                DwarfUnit unit = new(this)
                {
                    Start = at,
                    FirstEntry = header.At,
                    End = (int)end,
                    Version = version,
                    AddressSize = addressSize,
                    OffsetSize = offsetSize,
                    AbbreviationOffset = layout,
                    TypeSignature = signature,
                    TypeEntry = entry,
                    SplitId = split,
                };
                _units.Add(unit);
                if (signature != 0) _typeUnits.TryAdd(signature, unit);
            }

            at = end;
        }
    }

    /// <summary>Reads what a unit's first entry says; what the rest is found by comes first.</summary>
    internal void ReadFirstEntry(DwarfUnit unit, UnitEntry first)
    {
        // of most units nothing else is ever looked at: the page or two that the entry is in are enough
        const int Usual = 2048;
        DwarfCursor at = new(InfoBetween(unit.Start, Math.Min((ulong)unit.End, (ulong)unit.FirstEntry + Usual)), unit.FirstEntry);
        DwarfEntry entry = new();
        if (!entry.Read(unit, ref at) || at.IsBad)
        {
            at = new DwarfCursor(InfoOf(unit), unit.FirstEntry);
            if (!entry.Read(unit, ref at)) return;
        }

        first.StringOffsetsBase = entry.StringOffsetsBase.IsPresent ? entry.StringOffsetsBase.Number : unit.Version < 5 ? 0 : unit.OffsetSize == 8 ? 16u : 8u;
        first.AddressBase = _addressBase ?? (entry.AddressBase.IsPresent ? entry.AddressBase.Number : unit.OffsetSize == 8 ? 16u : 8u);
        first.RangeListsBase = entry.RangesBase.IsPresent ? entry.RangesBase.Number : unit.OffsetSize == 8 ? 20u : 12u;
        if (entry.SplitName.IsPresent && String(unit, entry.SplitName) is { } split) first.Split = (split, String(unit, entry.CompilationFolder) ?? "");
        if (entry.StatementList.IsPresent) first.LineTable = entry.StatementList.Number;
        if (entry.LowPc.IsPresent && TryAddress(unit, entry.LowPc, out ulong low)) first.LowPc = low;
        first.SplitId = unit.SplitId != 0 ? unit.SplitId : entry.SplitId.Number;
        (first.HighPc, first.Ranges) = (entry.HighPc, entry.Ranges);
    }
}

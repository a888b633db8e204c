// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Linux.Symbols.Names;

namespace Nectar.Linux.Symbols.Dwarf;
using Nectar.Bpf.Diagnostics;

/// <summary>Where functions and types are in <c>.debug_info</c>, by name, and functions by address: one walk over all entries, flat arrays.</summary>
internal sealed class DwarfIndex
{
    private const int MaxHops = 4;
    private readonly DwarfSections _sections;
    private readonly List<Named> _functions = [], _types = [];
    private NameIndex _functionNames, _typeNames;
    private (ulong Start, ulong End, int Entry)[] _ranges = [];

    private DwarfIndex(DwarfSections sections) => _sections = sections;

    internal long Bytes => ((_functions.Count + _types.Count) * 48L) + (_ranges.Length * 24L) + _functionNames.Bytes + _typeNames.Bytes;

    internal int Functions => _ranges.Length;

    internal static DwarfIndex Build(DwarfSections sections)
    {
        DwarfIndex index = new(sections);
        List<(ulong Start, ulong End, int Entry)> ranges = [];
        foreach (DwarfUnit unit in sections.Units) index.Walk(unit, ranges);
        index._ranges = [.. ranges.OrderBy(range => range.Start)];
        index._functionNames = Fill(index._functions);
        index._typeNames = Fill(index._types);
        return index;
    }

    /// <summary>Offsets of the entries of functions with code that have a name or a linkage name.</summary>
    internal List<int> FindFunctions(ReadOnlySpan<byte> name) => Find(_functions, _functionNames, name);

    /// <summary>Offsets of the entries of types that are defined, not only declared.</summary>
    internal List<int> FindTypes(ReadOnlySpan<byte> name) => Find(_types, _typeNames, name);

    /// <summary>The innermost function whose code holds an address; -1 if there is none.</summary>
    internal int FindAddress(ulong address)
    {
        int low = 0, high = _ranges.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if (address < _ranges[middle].Start) high = middle - 1;
            else low = middle + 1;
        }

        for (int at = high, step = 0; at >= 0 && step < 16; at--, step++)
        {
            if (address < _ranges[at].End) return _ranges[at].Entry;
        }

        return -1;
    }

    internal void OfferNames(NearestNames nearest)
    {
        foreach (Named function in _functions) nearest.Offer(_sections.Text(function.Unit, function.Name));
    }

    private static NameIndex Fill(List<Named> entries)
    {
        NameIndex index = new(entries.Count);
        for (int i = 0; i < entries.Count; i++) index.Add(i, entries[i].Hash);
        return index;
    }

    private List<int> Find(List<Named> entries, NameIndex index, ReadOnlySpan<byte> name)
    {
        List<int> found = [];
        for (int i = index.First(NameIndex.Hash(name)); i >= 0; i = index.Next(i))
        {
            if (_sections.Text(entries[i].Unit, entries[i].Name).SequenceEqual(name) && !found.Contains(entries[i].Entry)) found.Add(entries[i].Entry);
        }

        found.Reverse();
        return found;
    }

    private void Walk(DwarfUnit unit, List<(ulong Start, ulong End, int Entry)> ranges)
    {
        DwarfCursor at = new(_sections.InfoOf(unit), unit.FirstEntry);
        DwarfEntry entry = new();
        while (!at.IsAtEnd)
        {
            DwarfCursor start = at;
            ulong code = at.Uleb();
            if (code == 0) continue;
            if (unit.Abbreviations[code] is not { } layout) return;
            if (!layout.IsIndexed)
            {
                layout.Skip(unit, ref at); // most entries: members, parameters, variables
                continue;
            }

            at = start;
            if (!entry.Read(unit, ref at)) return;
            switch (entry.Tag)
            {
                case DwarfTag.Subprogram:
                    AddFunction(unit, entry, ranges);
                    // what is within a function does not matter here
                    if (entry.Sibling.Kind == DwarfValueKind.Reference && entry.Sibling.Number > (ulong)at.At && entry.Sibling.Number <= (ulong)unit.End) at.Skip(entry.Sibling.Number - (ulong)at.At);
                    break;
                case DwarfTag.StructureType or DwarfTag.ClassType or DwarfTag.UnionType or DwarfTag.EnumerationType or DwarfTag.Typedef or DwarfTag.BaseType:
                    if (entry.Name.IsPresent && !entry.Declaration.IsPresent) Add(_types, unit, entry.Name, entry.Offset);
                    break;
            }
        }
    }

    private void AddFunction(DwarfUnit unit, DwarfEntry entry, List<(ulong Start, ulong End, int Entry)> ranges)
    {
        if (entry.LowPc.IsPresent && _sections.TryAddress(unit, entry.LowPc, out ulong low))
        {
            ulong high = entry.HighPc.Kind == DwarfValueKind.Number ? low + entry.HighPc.Number : _sections.TryAddress(unit, entry.HighPc, out ulong end) ? end : low + 1;
            if (low == 0 || high <= low) return; // thrown away by the linker
            ranges.Add((low, high, entry.Offset));
        }
        else if (entry.Ranges.IsPresent)
        {
            int before = ranges.Count;
            foreach ((ulong start, ulong end) in _sections.Ranges(unit, entry.Ranges))
            {
                if (start != 0 && end > start) ranges.Add((start, end, entry.Offset));
            }

            if (ranges.Count == before) return;
        }
        else
        {
            return;
        }

        // Names of inlined and of member functions are at another entry.
        (DwarfUnit Unit, DwarfValue Name) named = (unit, entry.Name), linked = (unit, entry.LinkageName);
        DwarfValue next = entry.AbstractOrigin.IsPresent ? entry.AbstractOrigin : entry.Specification;
        DwarfEntry origin = new();
        for (int hop = 0; hop < MaxHops && next.Kind == DwarfValueKind.Reference && _sections.UnitOf(next.Number) is { } home; hop++)
        {
            DwarfCursor at = new(_sections.InfoOf(home), (int)next.Number);
            if (!origin.Read(home, ref at)) break;
            if (!named.Name.IsPresent) named = (home, origin.Name);
            if (!linked.Name.IsPresent) linked = (home, origin.LinkageName);
            next = origin.AbstractOrigin.IsPresent ? origin.AbstractOrigin : origin.Specification;
        }

        if (named.Name.IsPresent) Add(_functions, named.Unit, named.Name, entry.Offset);
        if (linked.Name.IsPresent) Add(_functions, linked.Unit, linked.Name, entry.Offset);
    }

    private void Add(List<Named> list, DwarfUnit unit, in DwarfValue name, int entry)
    {
        ReadOnlySpan<byte> text = _sections.Text(unit, name);
        if (text.Length is > 0 and < 4096) list.Add(new Named(unit, name, entry, NameIndex.Hash(text)));
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Named(DwarfUnit Unit, DwarfValue Name, int Entry, uint Hash);
}

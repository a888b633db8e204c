// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Dwarf;

/// <summary>A unit's header and what its first entry says for the rest, which is read when it is first asked for. Thread-safe.</summary>
internal sealed class DwarfUnit(DwarfSections sections)
{
    private readonly Lock _reading = new();
    private DwarfAbbreviations? _abbreviations;
    private UnitEntry? _first;
    private volatile bool _isRead;

    /// <summary>Offset of the unit in <c>.debug_info</c>; references count from here.</summary>
    internal required ulong Start { get; init; }

    /// <summary>Offset of its first entry.</summary>
    internal required int FirstEntry { get; init; }

    /// <summary>Offset behind it.</summary>
    internal required int End { get; init; }

    internal required int Version { get; init; }

    internal required int AddressSize { get; init; }

    /// <summary>4, or 8 in the 64-bit form.</summary>
    internal required int OffsetSize { get; init; }

    internal required ulong AbbreviationOffset { get; init; }

    internal DwarfAbbreviations Abbreviations => _abbreviations ??= sections.AbbreviationsAt(AbbreviationOffset);

    internal ulong TypeSignature { get; init; }

    /// <summary>Offset of the type in <c>.debug_info</c>, for a type unit; else 0.</summary>
    internal ulong TypeEntry { get; init; }

    /// <summary>What its part of a package (<c>.dwp</c>) is found by, if the header says it.</summary>
    internal ulong SplitId { get; init; }

    /// <summary>What the first entry says.</summary>
    internal UnitEntry First
    {
        get
        {
            if (_isRead) return _first!;
            lock (_reading)
            {
                if (_first is null)
                {
                    _first = new UnitEntry();
                    sections.ReadFirstEntry(this, _first); // which asks for what it has found already
                    _isRead = true;
                }

                return _first;
            }
        }
    }
}

/// <summary>What a unit's first entry says for the rest.</summary>
internal sealed class UnitEntry
{
    internal ulong StringOffsetsBase { get; set; }

    internal ulong AddressBase { get; set; }

    internal ulong RangeListsBase { get; set; }

    /// <summary>Offset of the unit's line table; null if it has none.</summary>
    internal ulong? LineTable { get; set; }

    internal ulong LowPc { get; set; }

    /// <summary>The code that belongs to the unit.</summary>
    internal DwarfValue HighPc { get; set; }

    /// <inheritdoc cref="HighPc"/>
    internal DwarfValue Ranges { get; set; }

    /// <summary>The file that holds what belongs here (<c>.dwo</c>): as the compiler named it, and the folder that it ran in; null for most units.</summary>
    internal (string Name, string Folder)? Split { get; set; }

    /// <summary>What the unit's part of a package is found by, if the header does not say it.</summary>
    internal ulong SplitId { get; set; }
}

/// <summary>How entries of a kind are laid out.</summary>
internal sealed record DwarfAbbreviation(DwarfTag Tag, bool HasChildren, (DwarfAttribute Attribute, DwarfForm Form, long Constant)[] Attributes)
{
    /// <summary>True for what an index of functions and types looks at.</summary>
    internal bool IsIndexed { get; } = Tag is DwarfTag.Subprogram or DwarfTag.StructureType or DwarfTag.ClassType or DwarfTag.UnionType or DwarfTag.EnumerationType or DwarfTag.Typedef or DwarfTag.BaseType;

    /// <summary>Bytes of all values in the usual layout (8-byte addresses, 4-byte offsets); -1 if they differ from entry to entry.</summary>
    private readonly int _size = SizeOf(Attributes);

    /// <summary>Leaves the values behind.</summary>
    internal void Skip(DwarfUnit unit, ref DwarfCursor at)
    {
        if (_size >= 0 && unit.AddressSize == 8 && unit.OffsetSize == 4 && unit.Version > 2)
        {
            at.Skip((ulong)_size);
            return;
        }

        foreach ((_, DwarfForm form, long constant) in Attributes) DwarfValue.Read(form, constant, unit, ref at);
    }

    private static int SizeOf((DwarfAttribute Attribute, DwarfForm Form, long Constant)[] attributes)
    {
        int total = 0;
        foreach ((_, DwarfForm form, _) in attributes)
        {
            int size = form switch
            {
                DwarfForm.FlagPresent or DwarfForm.ImplicitConst => 0,
                DwarfForm.Data1 or DwarfForm.Flag or DwarfForm.Ref1 or DwarfForm.Strx1 or DwarfForm.Addrx1 => 1,
                DwarfForm.Data2 or DwarfForm.Ref2 or DwarfForm.Strx2 or DwarfForm.Addrx2 => 2,
                DwarfForm.Data4 or DwarfForm.Ref4 or DwarfForm.Strp or DwarfForm.LineStrp or DwarfForm.SecOffset or DwarfForm.RefAddr or DwarfForm.Strx4 or DwarfForm.Addrx4 => 4,
                DwarfForm.Addr or DwarfForm.Data8 or DwarfForm.Ref8 or DwarfForm.RefSig8 => 8,
                _ => -1,
            };
            if (size < 0) return -1;
            total += size;
        }

        return total;
    }
}

/// <summary>The layouts that a unit uses, by number.</summary>
internal sealed class DwarfAbbreviations
{
    private const int MaxCount = 1 << 17, MaxAttributes = 256;
    private readonly List<DwarfAbbreviation?> _dense = [];
    private readonly Dictionary<ulong, DwarfAbbreviation> _others = [];

    private DwarfAbbreviations()
    {
    }

    internal static DwarfAbbreviations Read(ReadOnlySpan<byte> section, ulong offset, out int read)
    {
        DwarfAbbreviations all = new();
        read = 0;
        if (offset >= (ulong)section.Length) return all;
        DwarfCursor at = new(section, (int)offset);
        List<(DwarfAttribute, DwarfForm, long)> attributes = [];
        for (int count = 0; count < MaxCount; count++)
        {
            ulong code = at.Uleb();
            if (code == 0 || at.IsBad) break;
            DwarfTag tag = (DwarfTag)at.Uleb();
            bool hasChildren = at.Byte() != 0;
            attributes.Clear();
            while (!at.IsBad)
            {
                DwarfAttribute attribute = (DwarfAttribute)at.Uleb();
                DwarfForm form = (DwarfForm)at.Uleb();
                long constant = form == DwarfForm.ImplicitConst ? at.Sleb() : 0;
                if (attribute == 0 && form == 0) break;
                if (attributes.Count == MaxAttributes) return all;
                attributes.Add((attribute, form, constant));
            }

            if (at.IsBad) break;
            read = at.At - (int)offset;
            all.Add(code, new DwarfAbbreviation(tag, hasChildren, [.. attributes]));
        }

        return all;
    }

    internal DwarfAbbreviation? this[ulong code] => code < (ulong)_dense.Count ? _dense[(int)code] : _others.GetValueOrDefault(code);

    private void Add(ulong code, DwarfAbbreviation layout)
    {
        if (code == (ulong)_dense.Count + (_dense.Count == 0 ? 1u : 0)) // numbers mostly run from 1
        {
            if (_dense.Count == 0) _dense.Add(null);
            _dense.Add(layout);
        }
        else
        {
            _others.TryAdd(code, layout);
        }
    }
}

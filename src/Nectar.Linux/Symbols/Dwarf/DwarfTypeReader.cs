// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Dwarf;

/// <summary>Makes types of entries.</summary>
internal static class DwarfTypeReader
{
    private const int PassByReference = 4; // DW_CC_pass_by_reference

    private static readonly Dictionary<DwarfTag, (DwarfTypeKind Kind, string Qualifier)> s_kinds = new()
    {
        [DwarfTag.PointerType] = (DwarfTypeKind.Pointer, ""),
        [DwarfTag.ReferenceType] = (DwarfTypeKind.Reference, ""),
        [DwarfTag.RvalueReferenceType] = (DwarfTypeKind.Reference, ""),
        [DwarfTag.StructureType] = (DwarfTypeKind.Struct, ""),
        [DwarfTag.ClassType] = (DwarfTypeKind.Struct, ""),
        [DwarfTag.UnionType] = (DwarfTypeKind.Union, ""),
        [DwarfTag.EnumerationType] = (DwarfTypeKind.Enum, ""),
        [DwarfTag.ArrayType] = (DwarfTypeKind.Array, ""),
        [DwarfTag.Typedef] = (DwarfTypeKind.Typedef, ""),
        [DwarfTag.ConstType] = (DwarfTypeKind.Qualified, "const"),
        [DwarfTag.VolatileType] = (DwarfTypeKind.Qualified, "volatile"),
        [DwarfTag.RestrictType] = (DwarfTypeKind.Qualified, "restrict"),
        [DwarfTag.AtomicType] = (DwarfTypeKind.Qualified, "_Atomic"),
        [DwarfTag.SubroutineType] = (DwarfTypeKind.Function, ""),
    };

    internal static DwarfType Read(DwarfInfo info, DwarfSections sections, ulong offset, Func<string, int?> definitionOf)
    {
        if (sections.UnitOf(offset) is not { } unit) return DwarfInfo.VoidType;
        DwarfCursor at = new(sections.InfoOf(unit), (int)offset);
        DwarfEntry entry = new();
        if (!entry.Read(unit, ref at)) return DwarfInfo.VoidType;
        string? name = sections.String(unit, entry.Name);
        ulong? size = entry.ByteSize.Kind == DwarfValueKind.Number ? entry.ByteSize.Number : null;
        if (entry.Tag == DwarfTag.BaseType) return Base(name, size ?? 0, (int)entry.Encoding.Number);
        if (!s_kinds.TryGetValue(entry.Tag, out (DwarfTypeKind Kind, string Qualifier) known)) return new DwarfType(info, entry.Offset, DwarfTypeKind.Other, name, size ?? 0, null);

        bool isDeclaration = entry.Declaration.IsPresent && known.Kind is DwarfTypeKind.Struct or DwarfTypeKind.Union or DwarfTypeKind.Enum;
        if (entry.TypeSignature.Kind == DwarfValueKind.Signature)
        {
            // the type is in a unit of its own; one that only refers on is damaged
            return sections.TypeUnit(entry.TypeSignature.Number) is { } home && IsDefinition(sections, home) ? info.TypeAt(home.TypeEntry) : DwarfInfo.VoidType;
        }

        // what is only declared here may be defined in another unit
        if (isDeclaration && name is not null && definitionOf(name) is { } defined && (ulong)defined != offset && IsSameKind(sections, defined, entry.Tag)) return info.TypeAt((ulong)defined);

        if (known.Kind is DwarfTypeKind.Pointer or DwarfTypeKind.Reference) size ??= (ulong)unit.AddressSize;
        if (known.Kind == DwarfTypeKind.Function) size ??= 0;
        ulong? target = entry.Type.Kind switch
        {
            DwarfValueKind.Reference => entry.Type.Number,
            DwarfValueKind.Signature => sections.TypeUnit(entry.Type.Number)?.TypeEntry,
            _ => null,
        };
        return new DwarfType(info, entry.Offset, known.Kind, name, size, target)
        {
            IsDeclaration = isDeclaration,
            SaysByReference = entry.CallingConvention.IsPresent ? entry.CallingConvention.Number == PassByReference : null,
            Qualifier = known.Qualifier,
            Dimensions = known.Kind == DwarfTypeKind.Array ? Dimensions(info, entry.Offset) : [],
        };
    }

    internal static DwarfMember? Member(DwarfInfo info, DwarfSections sections, DwarfUnit unit, DwarfEntry entry)
    {
        if (entry.Declaration.IsPresent || (entry.Tag == DwarfTag.Member && entry.External.IsPresent && !entry.MemberLocation.IsPresent)) return null; // static ones
        ulong offset = entry.MemberLocation.Kind switch
        {
            DwarfValueKind.Number => entry.MemberLocation.Number,
            DwarfValueKind.Block => Location(sections, entry.MemberLocation),
            _ => 0,
        };
        int bits = entry.BitSize.Kind == DwarfValueKind.Number ? (int)Math.Min(entry.BitSize.Number, 4096) : 0;
        DwarfType type = info.TypeOf(entry.Type);
        ulong bitOffset = 0;
        if (bits > 0 && entry.DataBitOffset.IsPresent)
        {
            bitOffset = entry.DataBitOffset.Number;
            offset = bitOffset / 8;
        }
        else if (bits > 0)
        {
            // before DWARF 4: counted from the highest bit of the integer that holds it
            ulong storage = entry.ByteSize.Kind == DwarfValueKind.Number ? entry.ByteSize.Number : type.Size;
            bitOffset = unchecked((offset * 8) + (storage * 8) - entry.BitOffset.Number - (ulong)bits);
        }

        return new DwarfMember(sections.String(unit, entry.Name), type, offset, bitOffset, bits, entry.Tag == DwarfTag.Inheritance);
    }

    private static bool IsDefinition(DwarfSections sections, DwarfUnit unit)
    {
        if (unit.TypeEntry < (ulong)unit.FirstEntry || unit.TypeEntry >= (ulong)unit.End) return false;
        DwarfCursor at = new(sections.InfoOf(unit), (int)unit.TypeEntry);
        DwarfEntry entry = new();
        return entry.Read(unit, ref at) && !entry.TypeSignature.IsPresent;
    }

    private static bool IsSameKind(DwarfSections sections, int offset, DwarfTag tag)
    {
        if (sections.UnitOf((ulong)offset) is not { } unit) return false;
        DwarfCursor at = new(sections.InfoOf(unit), offset);
        DwarfEntry entry = new();
        return entry.Read(unit, ref at) && (entry.Tag == tag || (entry.Tag is DwarfTag.StructureType or DwarfTag.ClassType && tag is DwarfTag.StructureType or DwarfTag.ClassType));
    }

    private static DwarfType Base(string? name, ulong size, int encoding)
    {
        // DW_ATE_*
        DwarfTypeKind kind = encoding switch
        {
            2 => DwarfTypeKind.Boolean,
            4 => DwarfTypeKind.Float,
            5 => DwarfTypeKind.SignedInteger,
            1 or 7 => DwarfTypeKind.UnsignedInteger,
            6 or 8 or 0x10 or 0x12 => DwarfTypeKind.Character,
            _ => DwarfTypeKind.Other,
        };
        return new DwarfType(null, 0, kind, name, size, null) { IsSigned = encoding is 5 or 6 };
    }

    /// <summary>Older compilers give a member's place as an expression of one operation: DW_OP_plus_uconst.</summary>
    private static ulong Location(DwarfSections sections, in DwarfValue block)
    {
        DwarfCursor at = new(sections.InfoBetween(block.Number, block.Number + (ulong)block.Length), (int)block.Number);
        return at.Byte() == 0x23 ? at.Uleb() : 0;
    }

    private static IReadOnlyList<ulong> Dimensions(DwarfInfo info, int entry)
    {
        List<ulong> counts = [];
        foreach ((_, DwarfEntry child) in info.Children(entry))
        {
            if (child.Tag != DwarfTag.SubrangeType || counts.Count == 16) continue;
            ulong count = child.Count.Kind == DwarfValueKind.Number ? child.Count.Number : child.UpperBound.Kind == DwarfValueKind.Number ? child.UpperBound.Number + 1 : 0;
            counts.Add(count);
        }

        return counts;
    }
}

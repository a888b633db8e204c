// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Dwarf;

/// <summary>An entry's attributes as far as they matter here. One object is filled again and again.</summary>
internal sealed class DwarfEntry
{
    internal int Offset { get; private set; }

    internal DwarfTag Tag { get; private set; }

    internal bool HasChildren { get; private set; }

    internal DwarfValue Name, LinkageName, LowPc, HighPc, Type, ByteSize, BitSize, DataBitOffset, MemberLocation, Encoding, UpperBound, Count, ConstValue, Specification;
    internal DwarfValue AbstractOrigin, Declaration, Inline, Location, DeclarationFile, DeclarationLine, StatementList, StringOffsetsBase, AddressBase, Ranges, RangesBase, Sibling, Artificial, External, TypeSignature, BitOffset, CompilationFolder, SplitName, SplitId, CallFile, CallLine, CallingConvention;

    /// <summary>Reads the entry at a cursor and leaves it behind; false at the end of a list of children (<see cref="Tag"/> is none) and on damage.</summary>
    internal bool Read(DwarfUnit unit, ref DwarfCursor at)
    {
        Name = LinkageName = LowPc = HighPc = Type = ByteSize = BitSize = DataBitOffset = MemberLocation = Encoding = UpperBound = Count = ConstValue = Specification = default;
        AbstractOrigin = Declaration = Inline = Location = DeclarationFile = DeclarationLine = StatementList = StringOffsetsBase = AddressBase = Ranges = RangesBase = Sibling = Artificial = External = TypeSignature = BitOffset = CompilationFolder = SplitName = SplitId = CallFile = CallLine = CallingConvention = default;
        (Offset, Tag, HasChildren) = (at.At, DwarfTag.None, false);
        ulong code = at.Uleb();
        if (code == 0 || at.IsBad) return false;
        if (unit.Abbreviations[code] is not { } layout)
        {
            at.Skip(ulong.MaxValue);
            return false;
        }

        (Tag, HasChildren) = (layout.Tag, layout.HasChildren);
        foreach ((DwarfAttribute attribute, DwarfForm form, long constant) in layout.Attributes)
        {
            DwarfValue value = DwarfValue.Read(form, constant, unit, ref at);
            ref DwarfValue slot = ref Slot(attribute, out bool known);
            if (known) slot = value;
        }

        return !at.IsBad;
    }

    private ref DwarfValue Slot(DwarfAttribute attribute, out bool known)
    {
        known = true;
        switch (attribute)
        {
            case DwarfAttribute.Name: return ref Name;
            case DwarfAttribute.LinkageName or DwarfAttribute.MipsLinkageName: return ref LinkageName;
            case DwarfAttribute.LowPc: return ref LowPc;
            case DwarfAttribute.HighPc: return ref HighPc;
            case DwarfAttribute.Type: return ref Type;
            case DwarfAttribute.ByteSize: return ref ByteSize;
            case DwarfAttribute.BitSize: return ref BitSize;
            case DwarfAttribute.DataBitOffset: return ref DataBitOffset;
            case DwarfAttribute.DataMemberLocation: return ref MemberLocation;
            case DwarfAttribute.Encoding: return ref Encoding;
            case DwarfAttribute.UpperBound: return ref UpperBound;
            case DwarfAttribute.Count: return ref Count;
            case DwarfAttribute.ConstValue: return ref ConstValue;
            case DwarfAttribute.Specification: return ref Specification;
            case DwarfAttribute.AbstractOrigin: return ref AbstractOrigin;
            case DwarfAttribute.Declaration: return ref Declaration;
            case DwarfAttribute.Inline: return ref Inline;
            case DwarfAttribute.Location: return ref Location;
            case DwarfAttribute.DeclarationFile: return ref DeclarationFile;
            case DwarfAttribute.DeclarationLine: return ref DeclarationLine;
            case DwarfAttribute.StatementList: return ref StatementList;
            case DwarfAttribute.StringOffsetsBase: return ref StringOffsetsBase;
            case DwarfAttribute.AddressBase or DwarfAttribute.GnuAddressBase: return ref AddressBase;
            case DwarfAttribute.CompilationFolder: return ref CompilationFolder;
            case DwarfAttribute.SplitName or DwarfAttribute.GnuSplitName: return ref SplitName;
            case DwarfAttribute.GnuSplitId: return ref SplitId;
            case DwarfAttribute.CallFile: return ref CallFile;
            case DwarfAttribute.CallLine: return ref CallLine;
            case DwarfAttribute.CallingConvention: return ref CallingConvention;
            case DwarfAttribute.Ranges: return ref Ranges;
            case DwarfAttribute.RangeListsBase: return ref RangesBase;
            case DwarfAttribute.External: return ref External;
            case DwarfAttribute.Signature: return ref TypeSignature;
            case DwarfAttribute.BitOffset: return ref BitOffset;
            case DwarfAttribute.Sibling: return ref Sibling;
            case DwarfAttribute.Artificial: return ref Artificial;
            default:
                known = false;
                return ref Name;
        }
    }
}

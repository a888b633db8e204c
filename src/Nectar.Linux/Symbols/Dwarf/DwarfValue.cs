// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Dwarf;

/// <summary>What a value of an attribute is.</summary>
internal enum DwarfValueKind : byte
{
    None,
    Number,
    Address,
    AddressIndex,

    /// <summary>An offset in <c>.debug_info</c>.</summary>
    Reference,

    /// <summary>The signature of a type unit.</summary>
    Signature,

    /// <summary>An offset in another section.</summary>
    SectionOffset,

    /// <summary>The number of a list of ranges.</summary>
    ListIndex,

    /// <summary>Bytes in <c>.debug_info</c>: offset and length.</summary>
    Block,

    /// <summary>Text in a section: which one, offset.</summary>
    Text,
    TextIndex,
}

/// <summary>Where text is.</summary>
internal enum DwarfTextSection : byte
{
    Info,
    Strings,
    LineStrings,
}

/// <summary>A value of an attribute, not yet looked up.</summary>
internal readonly record struct DwarfValue(DwarfValueKind Kind, ulong Number, int Length = 0, DwarfTextSection Section = DwarfTextSection.Info)
{
    internal bool IsPresent => Kind != DwarfValueKind.None;

    /// <summary>Reads a value and leaves it behind.</summary>
    internal static DwarfValue Read(DwarfForm form, long implicitConstant, DwarfUnit unit, ref DwarfCursor at)
    {
        switch (form)
        {
            case DwarfForm.Addr: return new(DwarfValueKind.Address, at.Unsigned(unit.AddressSize));
            case DwarfForm.Data1 or DwarfForm.Flag: return new(DwarfValueKind.Number, at.Unsigned(1));
            case DwarfForm.Data2: return new(DwarfValueKind.Number, at.Unsigned(2));
            case DwarfForm.Data4: return new(DwarfValueKind.Number, at.Unsigned(4));
            case DwarfForm.Data8: return new(DwarfValueKind.Number, at.Unsigned(8));
            case DwarfForm.Udata: return new(DwarfValueKind.Number, at.Uleb());
            case DwarfForm.Sdata: return new(DwarfValueKind.Number, (ulong)at.Sleb());
            case DwarfForm.ImplicitConst: return new(DwarfValueKind.Number, (ulong)implicitConstant);
            case DwarfForm.FlagPresent: return new(DwarfValueKind.Number, 1);
            case DwarfForm.Ref1: return new(DwarfValueKind.Reference, unit.Start + at.Unsigned(1));
            case DwarfForm.Ref2: return new(DwarfValueKind.Reference, unit.Start + at.Unsigned(2));
            case DwarfForm.Ref4: return new(DwarfValueKind.Reference, unit.Start + at.Unsigned(4));
            case DwarfForm.Ref8: return new(DwarfValueKind.Reference, unit.Start + at.Unsigned(8));
            case DwarfForm.RefUdata: return new(DwarfValueKind.Reference, unit.Start + at.Uleb());
            case DwarfForm.RefAddr: return new(DwarfValueKind.Reference, at.Unsigned(unit.Version <= 2 ? unit.AddressSize : unit.OffsetSize));
            case DwarfForm.RefSig8: return new(DwarfValueKind.Signature, at.Unsigned(8));
            case DwarfForm.SecOffset: return new(DwarfValueKind.SectionOffset, at.Unsigned(unit.OffsetSize));
            case DwarfForm.Strp: return new(DwarfValueKind.Text, at.Unsigned(unit.OffsetSize), 0, DwarfTextSection.Strings);
            case DwarfForm.LineStrp: return new(DwarfValueKind.Text, at.Unsigned(unit.OffsetSize), 0, DwarfTextSection.LineStrings);
            case DwarfForm.Strx or DwarfForm.GnuStrIndex: return new(DwarfValueKind.TextIndex, at.Uleb());
            case DwarfForm.Strx1: return new(DwarfValueKind.TextIndex, at.Unsigned(1));
            case DwarfForm.Strx2: return new(DwarfValueKind.TextIndex, at.Unsigned(2));
            case DwarfForm.Strx3: return new(DwarfValueKind.TextIndex, at.Unsigned(3));
            case DwarfForm.Strx4: return new(DwarfValueKind.TextIndex, at.Unsigned(4));
            case DwarfForm.Addrx or DwarfForm.GnuAddrIndex: return new(DwarfValueKind.AddressIndex, at.Uleb());
            case DwarfForm.Addrx1: return new(DwarfValueKind.AddressIndex, at.Unsigned(1));
            case DwarfForm.Addrx2: return new(DwarfValueKind.AddressIndex, at.Unsigned(2));
            case DwarfForm.Addrx3: return new(DwarfValueKind.AddressIndex, at.Unsigned(3));
            case DwarfForm.Addrx4: return new(DwarfValueKind.AddressIndex, at.Unsigned(4));
            case DwarfForm.String:
                int start = at.At;
                return new(DwarfValueKind.Text, (ulong)start, at.String());
            case DwarfForm.Block1: return Block(at.Unsigned(1), ref at);
            case DwarfForm.Block2: return Block(at.Unsigned(2), ref at);
            case DwarfForm.Block4: return Block(at.Unsigned(4), ref at);
            case DwarfForm.Block or DwarfForm.Exprloc: return Block(at.Uleb(), ref at);
            case DwarfForm.Data16: return Block(16, ref at);
            case DwarfForm.Rnglistx: return new(DwarfValueKind.ListIndex, at.Uleb());
            case DwarfForm.Loclistx:
                at.Uleb();
                return default;
            case DwarfForm.RefSup4:
                at.Skip(4);
                return default;
            case DwarfForm.RefSup8:
                at.Skip(8);
                return default;
            case DwarfForm.StrpSup or DwarfForm.GnuRefAlt or DwarfForm.GnuStrpAlt: // in a file that several programs share (dwz)
                at.Skip((ulong)unit.OffsetSize);
                return default;
            case DwarfForm.Indirect:
                DwarfForm real = (DwarfForm)at.Uleb();
                if (real is not (DwarfForm.Indirect or DwarfForm.ImplicitConst)) return Read(real, 0, unit, ref at);
                at.Skip(ulong.MaxValue);
                return default;
            default:
                at.Skip(ulong.MaxValue); // its size is not known: nothing behind it can be read
                return default;
        }
    }

    private static DwarfValue Block(ulong length, ref DwarfCursor at)
    {
        int start = at.At;
        at.Skip(length);
        return at.IsBad ? default : new DwarfValue(DwarfValueKind.Block, (ulong)start, (int)length);
    }
}

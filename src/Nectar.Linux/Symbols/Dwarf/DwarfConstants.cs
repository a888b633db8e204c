// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Dwarf;

/// <summary>Tags of entries that are read (DWARF 5, 7.5.3).</summary>
internal enum DwarfTag : ushort
{
    None = 0, ArrayType = 0x01, ClassType = 0x02, EnumerationType = 0x04, FormalParameter = 0x05, Member = 0x0d, PointerType = 0x0f, ReferenceType = 0x10,
    LexicalBlock = 0x0b, InlinedSubroutine = 0x1d,
    CompileUnit = 0x11, StructureType = 0x13, SubroutineType = 0x15, Typedef = 0x16, UnionType = 0x17, UnspecifiedParameters = 0x18, Inheritance = 0x1c,
    PointerToMember = 0x1f, SubrangeType = 0x21, BaseType = 0x24, ConstType = 0x26, Enumerator = 0x28, Subprogram = 0x2e, VolatileType = 0x35,
    RestrictType = 0x37, Namespace = 0x39, UnspecifiedType = 0x3b, PartialUnit = 0x3c, TypeUnit = 0x41, RvalueReferenceType = 0x42, AtomicType = 0x47,
}

/// <summary>Attributes that are read (DWARF 5, 7.5.4).</summary>
internal enum DwarfAttribute : ushort
{
    Sibling = 0x01, Location = 0x02, Name = 0x03, ByteSize = 0x0b, BitOffset = 0x0c, BitSize = 0x0d, StatementList = 0x10, LowPc = 0x11, HighPc = 0x12, ConstValue = 0x1c, Inline = 0x20,
    UpperBound = 0x2f, AbstractOrigin = 0x31, Artificial = 0x34, CallingConvention = 0x36, Count = 0x37, DataMemberLocation = 0x38, DeclarationFile = 0x3a, DeclarationLine = 0x3b,
    Declaration = 0x3c, Encoding = 0x3e, External = 0x3f, Specification = 0x47, Type = 0x49, Ranges = 0x55, Signature = 0x69, DataBitOffset = 0x6b, LinkageName = 0x6e,
    StringOffsetsBase = 0x72, AddressBase = 0x73, RangeListsBase = 0x74, MipsLinkageName = 0x2007,
    CompilationFolder = 0x1b, CallFile = 0x58, CallLine = 0x59, SplitName = 0x76, GnuSplitName = 0x2130, GnuSplitId = 0x2131, GnuAddressBase = 0x2133,
}

/// <summary>Forms of values (DWARF 5, 7.5.6), and those of GNU.</summary>
internal enum DwarfForm : ushort
{
    Addr = 0x01, Block2 = 0x03, Block4 = 0x04, Data2 = 0x05, Data4 = 0x06, Data8 = 0x07, String = 0x08, Block = 0x09, Block1 = 0x0a, Data1 = 0x0b, Flag = 0x0c,
    Sdata = 0x0d, Strp = 0x0e, Udata = 0x0f, RefAddr = 0x10, Ref1 = 0x11, Ref2 = 0x12, Ref4 = 0x13, Ref8 = 0x14, RefUdata = 0x15, Indirect = 0x16, SecOffset = 0x17,
    Exprloc = 0x18, FlagPresent = 0x19, Strx = 0x1a, Addrx = 0x1b, RefSup4 = 0x1c, StrpSup = 0x1d, Data16 = 0x1e, LineStrp = 0x1f, RefSig8 = 0x20,
    ImplicitConst = 0x21, Loclistx = 0x22, Rnglistx = 0x23, RefSup8 = 0x24, Strx1 = 0x25, Strx2 = 0x26, Strx3 = 0x27, Strx4 = 0x28, Addrx1 = 0x29, Addrx2 = 0x2a,
    Addrx3 = 0x2b, Addrx4 = 0x2c, GnuAddrIndex = 0x1f01, GnuStrIndex = 0x1f02, GnuRefAlt = 0x1f20, GnuStrpAlt = 0x1f21,
}

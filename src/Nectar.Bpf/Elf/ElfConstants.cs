// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Elf;

/// <summary>Numbers of the ELF format that BPF objects use (System V ABI; <c>include/uapi/linux/elf.h</c>, <c>elf-em.h</c>).</summary>
internal static class ElfConstants
{
    public const int HeaderSize = 64;
    public const int SectionHeaderSize = 64;
    public const int SymbolSize = 24;
    public const int RelSize = 16;
    public const int RelaSize = 24;

    public const byte Class64 = 2;
    public const byte LittleEndian = 1;
    public const byte BigEndian = 2;
    public const ushort TypeRelocatable = 1;
    public const ushort MachineNone = 0;
    public const ushort MachineBpf = 247;

    public const ulong FlagWrite = 1;
    public const ulong FlagAlloc = 2;
    public const ulong FlagExecute = 4;
    public const ulong FlagMerge = 0x10;
    public const ulong FlagStrings = 0x20;
    public const ulong FlagInfoLink = 0x40;

    /// <summary>Section index of an undefined symbol.</summary>
    public const ushort SectionUndefined = 0;

    /// <summary>First of the section indices that are no sections.</summary>
    public const ushort SectionReserved = 0xff00;

    /// <summary>Section index of a common symbol.</summary>
    public const ushort SectionCommon = 0xfff2;

    /// <summary>Section index that says: the real one is in SYMTAB_SHNDX.</summary>
    public const ushort SectionExtended = 0xffff;
}

/// <summary>Kinds of section (<c>sh_type</c>).</summary>
internal enum ElfSectionType : uint
{
    Null = 0,
    ProgBits = 1,
    SymbolTable = 2,
    StringTable = 3,
    Rela = 4,
    NoBits = 8,
    Rel = 9,
    SymbolTableIndex = 18,
}

/// <summary>Kinds of symbol (low four bits of <c>st_info</c>).</summary>
internal enum ElfSymbolType : byte
{
    None = 0,
    Object = 1,
    Function = 2,
    Section = 3,
    File = 4,

    /// <summary>A function that chooses its implementation when the program starts (<c>STT_GNU_IFUNC</c>).</summary>
    Indirect = 10,
}

/// <summary>Who sees a symbol (high four bits of <c>st_info</c>).</summary>
internal enum ElfBinding : byte
{
    Local = 0,
    Global = 1,
    Weak = 2,

    /// <summary>One for the whole process (<c>STB_GNU_UNIQUE</c>).</summary>
    Unique = 10,
}

/// <summary>Relocation types of the BPF target (kernel: <c>Documentation/bpf/llvm_reloc.rst</c>).</summary>
internal enum ElfRelocationType : uint
{
    None = 0,

    /// <summary>The immediate of a wide load.</summary>
    Bpf64Load = 1,

    /// <summary>A 64-bit word of data.</summary>
    Abs64 = 2,

    /// <summary>A 32-bit word of data.</summary>
    Abs32 = 3,

    /// <summary>A 32-bit word of data that dynamic linkers leave alone (<c>.BTF</c>, <c>.BTF.ext</c>).</summary>
    NoDynamicLink32 = 4,

    /// <summary>The immediate of a call.</summary>
    Call = 10,
}

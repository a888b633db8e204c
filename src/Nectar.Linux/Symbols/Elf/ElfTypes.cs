// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Elf;

/// <summary>Whose instructions an ELF file holds (<c>e_machine</c>, <c>include/uapi/linux/elf-em.h</c>).</summary>
public enum ElfMachine : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>AMD and Intel, 64-bit.</summary>
    X86_64 = 62,

    /// <summary>Arm, 64-bit.</summary>
    Arm64 = 183,

    /// <summary>RISC-V.</summary>
    RiscV = 243,

    /// <summary>BPF.</summary>
    Bpf = 247,

    /// <summary>LoongArch.</summary>
    LoongArch = 258,
}

/// <summary>A part of the file that is mapped when it runs (<c>PT_LOAD</c>).</summary>
/// <param name="Offset">In the file, bytes.</param>
/// <param name="Address">Where it is linked to.</param>
/// <param name="FileSize">Bytes in the file.</param>
/// <param name="MemorySize">Bytes in memory; what is more than in the file is zero.</param>
/// <param name="Flags">1 executable, 2 writable, 4 readable.</param>
public readonly record struct ElfSegment(ulong Offset, ulong Address, ulong FileSize, ulong MemorySize, uint Flags)
{
    /// <summary>True where instructions are.</summary>
    public bool IsExecutable => (Flags & 1) != 0;
}

/// <summary>A section's header.</summary>
internal readonly record struct ElfSection(int Index, uint NameOffset, uint Type, ulong Flags, ulong Address, ulong Offset, ulong Size, uint Link, uint Info, ulong EntrySize)
{
    internal const uint SymbolTable = 2, Note = 7, NoBits = 8, DynamicSymbols = 11, VersionDefinitions = 0x6ffffffd, VersionNeeds = 0x6ffffffe, VersionSymbols = 0x6fffffff;
    internal const ulong Executable = 4, Compressed = 0x800;
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Elf;

namespace Nectar.Linux.Symbols.Elf;

/// <summary>What a symbol names (low four bits of <c>st_info</c>).</summary>
public enum ElfSymbolKind : byte
{
    /// <summary>Not said: a label of an assembly source.</summary>
    None = ElfSymbolType.None,

    /// <summary>Data.</summary>
    Object = ElfSymbolType.Object,

    /// <summary>A function.</summary>
    Function = ElfSymbolType.Function,

    /// <summary>A function that chooses, when the program starts, which implementation the name stands for (<c>STT_GNU_IFUNC</c>).</summary>
    Indirect = ElfSymbolType.Indirect,
}

/// <summary>Who sees a symbol (high four bits of <c>st_info</c>).</summary>
public enum ElfSymbolBinding : byte
{
    /// <summary>Its own source file only.</summary>
    Local = ElfBinding.Local,

    /// <summary>Everyone.</summary>
    Global = ElfBinding.Global,

    /// <summary>Everyone, unless there is a global one.</summary>
    Weak = ElfBinding.Weak,

    /// <summary>One for the whole process (<c>STB_GNU_UNIQUE</c>).</summary>
    Unique = ElfBinding.Unique,
}

/// <summary>A symbol that a file defines.</summary>
/// <param name="Name">As the linker knows it, without version.</param>
/// <param name="Version">Of the symbol, as <c>GLIBC_2.14</c>; null if it has none.</param>
/// <param name="IsDefaultVersion">True if programs that are linked today get this version.</param>
/// <param name="Address">Where it is linked to.</param>
/// <param name="Size">In bytes; 0 if not said.</param>
/// <param name="FileOffset">Where its first byte is in the file, as uprobes want it; null if it is not in the file (<c>.bss</c>).</param>
/// <param name="Kind">What it names.</param>
/// <param name="Binding">Who sees it.</param>
public readonly record struct ElfSymbol(
    string Name,
    string? Version,
    bool IsDefaultVersion,
    ulong Address,
    ulong Size,
    ulong? FileOffset,
    ElfSymbolKind Kind,
    ElfSymbolBinding Binding)
{
    /// <summary>The name with its version, as <c>nm -D</c> writes it.</summary>
    public override string ToString() => Version is null ? Name : $"{Name}{(IsDefaultVersion ? "@@" : "@")}{Version}";
}

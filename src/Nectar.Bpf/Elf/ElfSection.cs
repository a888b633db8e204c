// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Elf;

/// <summary>A section header, already in this machine's byte order and checked against the file's size.</summary>
internal readonly struct ElfSection
{
    /// <summary>Position in the section header table.</summary>
    public required int Index { get; init; }

    public required string Name { get; init; }

    public required ElfSectionType Type { get; init; }

    public required ulong Flags { get; init; }

    /// <summary>Offset in bytes in the file.</summary>
    public required ulong Offset { get; init; }

    /// <summary>Size in bytes: in the file, or in memory for <see cref="ElfSectionType.NoBits"/>.</summary>
    public required ulong Size { get; init; }

    public required uint Link { get; init; }

    public required uint Info { get; init; }

    public required ulong EntrySize { get; init; }

    public bool IsCode => Type == ElfSectionType.ProgBits && (Flags & ElfConstants.FlagExecute) != 0;

    public override string ToString() => $"section {Index} '{Name}'";
}

/// <summary>A symbol table entry in this machine's byte order.</summary>
/// <param name="NameOffset">Where its name starts in the string table.</param>
/// <param name="Type">What it names.</param>
/// <param name="Binding">Who sees it.</param>
/// <param name="Visibility">0 default, 1 internal, 2 hidden, 3 protected.</param>
/// <param name="Section">The index of its section; values from 0xff00 are no sections.</param>
/// <param name="Value">Offset in its section.</param>
/// <param name="Size">Size in bytes; 0 if unknown.</param>
internal readonly record struct ElfSymbol(uint NameOffset, ElfSymbolType Type, ElfBinding Binding, byte Visibility, ushort Section, ulong Value, ulong Size)
{
    public bool IsUndefined => Section == ElfConstants.SectionUndefined;

    public bool IsHidden => Visibility is 1 or 2;
}

/// <summary>A REL or RELA entry in this machine's byte order.</summary>
/// <param name="Offset">Where in the section that is relocated.</param>
/// <param name="Symbol">Index of the symbol.</param>
/// <param name="Type">What is done.</param>
/// <param name="Addend">The addend of a RELA entry; 0 for REL, whose addend is in the place itself.</param>
internal readonly record struct ElfRelocation(ulong Offset, uint Symbol, ElfRelocationType Type, long Addend);

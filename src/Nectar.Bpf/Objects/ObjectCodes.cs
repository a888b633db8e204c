// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Objects;

/// <summary>The diagnostics of object files; <c>docs/diagnostics/objects.md</c> explains each.</summary>
public static class ObjectCodes
{
    /// <summary>The file is no 64-bit ELF file.</summary>
    public static readonly DiagnosticCode NotElf = new(1001);

    /// <summary>The ELF file is not relocatable or not for BPF.</summary>
    public static readonly DiagnosticCode WrongMachine = new(1002);

    /// <summary>A header or section lies outside the file.</summary>
    public static readonly DiagnosticCode OutOfRange = new(1003);

    /// <summary>A section does not have the form that its type demands.</summary>
    public static readonly DiagnosticCode BadSection = new(1004);

    /// <summary>Two sections share bytes of the file.</summary>
    public static readonly DiagnosticCode OverlappingSections = new(1005);

    /// <summary>A name lies outside its string table or does not end.</summary>
    public static readonly DiagnosticCode BadString = new(1006);

    /// <summary>A symbol lies outside its section or has no usable place.</summary>
    public static readonly DiagnosticCode BadSymbol = new(1007);

    /// <summary>A relocation is malformed.</summary>
    public static readonly DiagnosticCode BadRelocation = new(1008);

    /// <summary>A relocation refers to something that a program cannot refer to.</summary>
    public static readonly DiagnosticCode BadReference = new(1009);

    /// <summary>A section name says no program type (warning).</summary>
    public static readonly DiagnosticCode UnknownSection = new(1010);

    /// <summary>The object declares maps in the old way.</summary>
    public static readonly DiagnosticCode LegacyMaps = new(1011);

    /// <summary>A map definition in <c>.maps</c> is wrong.</summary>
    public static readonly DiagnosticCode BadMapDefinition = new(1012);

    /// <summary>A function is malformed: size, place, overlap.</summary>
    public static readonly DiagnosticCode BadFunction = new(1013);

    /// <summary>An initial slot of a map cannot be understood.</summary>
    public static readonly DiagnosticCode BadInitialSlot = new(1014);

    /// <summary>An extern is of a type that no host can provide.</summary>
    public static readonly DiagnosticCode BadExtern = new(1015);

    /// <summary>A data section is too large or its variables do not fit.</summary>
    public static readonly DiagnosticCode BadDataSection = new(1016);

    /// <summary>The licence or version section is malformed.</summary>
    public static readonly DiagnosticCode BadLicense = new(1017);

    /// <summary>A pointer in a data section that hosts will not fill (warning).</summary>
    public static readonly DiagnosticCode DataPointer = new(1018);

    /// <summary>A record of <c>.BTF.ext</c> points at no instruction of a function.</summary>
    public static readonly DiagnosticCode BadInstructionRecord = new(1019);

    /// <summary>A <see cref="BpfObject"/> cannot be written as an ELF file.</summary>
    public static readonly DiagnosticCode CannotWrite = new(1020);

    /// <summary>A program or function refers to a symbol that the object does not have.</summary>
    public static readonly DiagnosticCode UnresolvedSymbol = ProgramLinker.UnresolvedSymbol;
}

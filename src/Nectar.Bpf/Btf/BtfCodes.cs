// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Btf;

/// <summary>What can be wrong with type information. docs/diagnostics/btf.md explains each.</summary>
public static class BtfCodes
{
    /// <summary>The header is too short, has the wrong magic number or claims more than there is.</summary>
    public static readonly DiagnosticCode Header = new(1101);

    /// <summary>The string section does not begin and end with a zero byte.</summary>
    public static readonly DiagnosticCode Strings = new(1102);

    /// <summary>A type record has an unknown kind or runs past the end of its section.</summary>
    public static readonly DiagnosticCode TypeRecord = new(1103);

    /// <summary>A type refers to a type that does not exist, or to a kind that makes no sense there.</summary>
    public static readonly DiagnosticCode TypeReference = new(1104);

    /// <summary>A name lies outside the string section.</summary>
    public static readonly DiagnosticCode Name = new(1105);

    /// <summary>Types contain each other without end, or deeper than any real type.</summary>
    public static readonly DiagnosticCode Cycle = new(1106);

    /// <summary>The <c>.BTF.ext</c> section is malformed.</summary>
    public static readonly DiagnosticCode Extension = new(1107);

    /// <summary>A type or member that was asked for is not there.</summary>
    public static readonly DiagnosticCode Selection = new(1108);

    /// <summary>A CO-RE relocation is malformed: no such type, kind, instruction or access.</summary>
    public static readonly DiagnosticCode CoreRecord = new(1110);

    /// <summary>Candidates of a CO-RE relocation disagree about its value.</summary>
    public static readonly DiagnosticCode CoreAmbiguous = new(1111);

    /// <summary>The target has nothing that a CO-RE relocation fits; the instruction is poisoned.</summary>
    public static readonly DiagnosticCode CoreNotFound = new(1112);

    /// <summary>The instruction under a CO-RE relocation is not what the compiler writes there.</summary>
    public static readonly DiagnosticCode CoreInstruction = new(1113);

    /// <summary>The value of a CO-RE relocation does not fit its instruction.</summary>
    public static readonly DiagnosticCode CoreRange = new(1114);

    /// <summary>A load or store would read another size than the field has and cannot be widened; the instruction is poisoned.</summary>
    public static readonly DiagnosticCode CoreAccessSize = new(1115);
}

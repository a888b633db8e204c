// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Asm;

/// <summary>What can be wrong with assembly text.</summary>
public static class AsmCodes
{
    /// <summary>Text that does not fit the form of an instruction or directive.</summary>
    public static readonly DiagnosticCode Syntax = new(9001);

    /// <summary>No instruction has this name.</summary>
    public static readonly DiagnosticCode UnknownMnemonic = new(9002);

    /// <summary>There is no such register, or it cannot stand here.</summary>
    public static readonly DiagnosticCode BadRegister = new(9003);

    /// <summary>A number does not fit the immediate field.</summary>
    public static readonly DiagnosticCode ImmediateRange = new(9004);

    /// <summary>A number does not fit the offset field.</summary>
    public static readonly DiagnosticCode OffsetRange = new(9005);

    /// <summary>A jump leads to a label that is not defined.</summary>
    public static readonly DiagnosticCode UnknownLabel = new(9006);

    /// <summary>A name is defined twice.</summary>
    public static readonly DiagnosticCode DuplicateName = new(9007);

    /// <summary>Registers or memory of different widths in one instruction.</summary>
    public static readonly DiagnosticCode WidthMismatch = new(9008);

    /// <summary>No directive has this name.</summary>
    public static readonly DiagnosticCode UnknownDirective = new(9009);

    /// <summary>An argument of a directive is wrong or missing.</summary>
    public static readonly DiagnosticCode BadArgument = new(9010);

    /// <summary>A call or load names something that does not exist.</summary>
    public static readonly DiagnosticCode UnknownSymbol = new(9011);

    /// <summary>Warning: a 32-bit constant is sign-extended to a different 64-bit number.</summary>
    public static readonly DiagnosticCode SignExtended = new(9012);

    /// <summary>A label is farther away than the jump reaches.</summary>
    public static readonly DiagnosticCode JumpTooFar = new(9013);

    /// <summary>Something that only an object can hold, where bare instructions are wanted.</summary>
    public static readonly DiagnosticCode NeedsObject = new(9014);

    /// <summary>Instructions in a data section, or data among instructions.</summary>
    public static readonly DiagnosticCode WrongSection = new(9015);

    /// <summary>A program or function without instructions, or a text without any.</summary>
    public static readonly DiagnosticCode Empty = new(9016);
}

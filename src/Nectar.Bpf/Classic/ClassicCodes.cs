// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Classic;

/// <summary>The diagnostics of classic BPF; <c>docs/diagnostics/classic.md</c> explains each.</summary>
public static class ClassicCodes
{
    /// <summary>The program is empty or longer than 4096 instructions.</summary>
    public static readonly DiagnosticCode Length = new(9101);

    /// <summary>A code that is no instruction.</summary>
    public static readonly DiagnosticCode Opcode = new(9102);

    /// <summary>Division or remainder by the constant 0.</summary>
    public static readonly DiagnosticCode DivisionByZero = new(9103);

    /// <summary>Shift by a constant of 32 or more.</summary>
    public static readonly DiagnosticCode Shift = new(9104);

    /// <summary>Scratch memory outside M[0] to M[15].</summary>
    public static readonly DiagnosticCode Memory = new(9105);

    /// <summary>A jump that leaves the program.</summary>
    public static readonly DiagnosticCode Jump = new(9106);

    /// <summary>An absolute load at a negative offset that means nothing.</summary>
    public static readonly DiagnosticCode Ancillary = new(9107);

    /// <summary>The last instruction is not a return.</summary>
    public static readonly DiagnosticCode LastInstruction = new(9108);

    /// <summary>Scratch memory that is read before it is written on some path.</summary>
    public static readonly DiagnosticCode Uninitialised = new(9109);

    /// <summary>Text that is no listing of a classic program.</summary>
    public static readonly DiagnosticCode Syntax = new(9120);

    /// <summary>A mnemonic or operand that does not exist.</summary>
    public static readonly DiagnosticCode UnknownInstruction = new(9121);

    /// <summary>A number that does not fit its field.</summary>
    public static readonly DiagnosticCode Number = new(9122);

    /// <summary>The count at the head of a decimal program is not the number of instructions that follow.</summary>
    public static readonly DiagnosticCode Count = new(9123);

    /// <summary>A value that the target of a conversion cannot give.</summary>
    public static readonly DiagnosticCode NotConvertible = new(9130);
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Isa;

/// <summary>What <see cref="ProgramStructure"/> can find wrong.</summary>
public static class StructureCodes
{
    /// <summary>A program without instructions.</summary>
    public static readonly DiagnosticCode EmptyProgram = new(9060);

    /// <summary>Opcode and selector fields that no instruction has.</summary>
    public static readonly DiagnosticCode UnknownInstruction = new(9061);

    /// <summary>A field that the instruction does not use is not zero.</summary>
    public static readonly DiagnosticCode ReservedField = new(9062);

    /// <summary>A register number above r10.</summary>
    public static readonly DiagnosticCode BadRegister = new(9063);

    /// <summary>The frame pointer r10 is written.</summary>
    public static readonly DiagnosticCode FramePointerWritten = new(9064);

    /// <summary>A jump or call leads out of the program or into the middle of a wide load.</summary>
    public static readonly DiagnosticCode BadTarget = new(9065);

    /// <summary>A wide load without its second slot, or with a wrong one.</summary>
    public static readonly DiagnosticCode BadWideLoad = new(9066);

    /// <summary>Execution can run past the last instruction.</summary>
    public static readonly DiagnosticCode FallsOffEnd = new(9067);

    /// <summary>Division by the constant zero, or a shift by the width or more.</summary>
    public static readonly DiagnosticCode BadImmediate = new(9068);
}

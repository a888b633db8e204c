// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Isa;

/// <summary>What <see cref="ProgramStructure.Check"/> demands beyond what every host needs.</summary>
[Flags]
public enum StructureChecks
{
    /// <summary>Only what makes a program well formed.</summary>
    None = 0,

    /// <summary>Refuse division by the constant zero and constant shifts out of range, as the kernel does (RFC 9669 gives them a meaning).</summary>
    KernelImmediates = 1,

    /// <summary>Refuse calls and jumps through a register, which no kernel up to 6.18 accepts.</summary>
    NoIndirect = 2,

    /// <summary>Allow execution to run past the end: the code is a fragment, or a subprogram that ends in a call that does not return.</summary>
    Fragment = 4,
}

/// <summary>
/// The check that every host makes before it runs or translates a program: each slot is an instruction, unused fields
/// are zero, registers exist, r10 is not written, jumps stay inside, nothing falls off the end. One pass, no memory.
/// </summary>
public static class ProgramStructure
{
    /// <summary>Checks a program.</summary>
    /// <param name="code">The slots of the program.</param>
    /// <param name="diagnostics">Receives one error for each problem, with the index of the slot.</param>
    /// <param name="checks">What to demand beyond the form.</param>
    /// <returns>True if no error was found.</returns>
    public static bool Check(ReadOnlySpan<Instruction> code, DiagnosticBag diagnostics, StructureChecks checks = StructureChecks.None)
    {
        ArgumentNullException.ThrowIfNull(diagnostics);
        int errors = diagnostics.ErrorCount;
        if (code.IsEmpty)
        {
            diagnostics.Error(StructureCodes.EmptyProgram, "the program has no instructions, expected at least 'exit'");
            return false;
        }

        OpcodeInfo? last = null;
        for (int at = 0; at < code.Length; at++)
        {
            Instruction instruction = code[at];
            last = OpcodeTable.Find(instruction);
            if (last is null) ReportUnknown(instruction, at, diagnostics);
            else
            {
                CheckInstruction(code, at, last, diagnostics, checks);
                if (last.Form == OperandForm.Wide) at++;
            }
        }

        if ((checks & StructureChecks.Fragment) == 0 && last is not null && last.Operation is not (Operation.Exit or Operation.Ja or Operation.JaLong or Operation.GotoRegister or Operation.CallKfunc))
        {
            // A kfunc is allowed at the end because bpf_throw does not return; which kfunc it is only the host knows.
            Report(diagnostics, StructureCodes.FallsOffEnd, code.Length - 1, "the last instruction does not end the program, expected 'exit' or a jump");
        }

        return diagnostics.ErrorCount == errors;
    }

    private static void CheckInstruction(ReadOnlySpan<Instruction> code, int at, OpcodeInfo row, DiagnosticBag diagnostics, StructureChecks checks)
    {
        Instruction instruction = code[at];
        if (!OpcodeTable.ReservedFieldsAreZero(row, instruction)) ReportReserved(row, instruction, at, diagnostics);
        CheckRegisters(row, instruction, at, diagnostics);
        if (row.IsJump) CheckTarget(code, at, row.Form == OperandForm.JumpLong ? instruction.Immediate : instruction.Offset, "jump", diagnostics);
        switch (row.Operation)
        {
            case Operation.CallLocal:
                CheckTarget(code, at, instruction.Immediate, "call", diagnostics);
                break;
            case Operation.LdImm64:
                CheckWide(code, at, diagnostics);
                break;
            case Operation.AddrSpaceCast when instruction.Immediate is not (1 or 0x10000):
                Report(diagnostics, StructureCodes.BadImmediate, at, $"addr_space_cast has immediate 0x{instruction.Immediate:x}, expected 0x1 or 0x10000 (address spaces 0 and 1)");
                break;
            case Operation.CallRegister or Operation.GotoRegister when (checks & StructureChecks.NoIndirect) != 0:
                Report(diagnostics, StructureCodes.UnknownInstruction, at, "calls and jumps through a register are not accepted here");
                break;
        }

        if ((checks & StructureChecks.KernelImmediates) != 0 && row.Form == OperandForm.DstImm) CheckImmediate(row, instruction, at, diagnostics);
    }

    private static void CheckRegisters(OpcodeInfo row, Instruction instruction, int at, DiagnosticBag diagnostics)
    {
        if (instruction.Destination > 10) Report(diagnostics, StructureCodes.BadRegister, at, $"there is no register r{instruction.Destination}, the last is r10");
        else if (instruction.Destination == 10 && row.WritesDestination) Report(diagnostics, StructureCodes.FramePointerWritten, at, "r10 is the frame pointer and cannot be written");
        if (!row.UsesSourceRegister) return;
        if (instruction.Source > 10) Report(diagnostics, StructureCodes.BadRegister, at, $"there is no register r{instruction.Source}, the last is r10");
        else if (instruction.Source == 10 && row.WritesSource) Report(diagnostics, StructureCodes.FramePointerWritten, at, "r10 is the frame pointer and cannot be written");
    }

    private static void CheckTarget(ReadOnlySpan<Instruction> code, int at, int distance, string what, DiagnosticBag diagnostics)
    {
        long target = at + 1L + distance;
        if (target < 0 || target >= code.Length)
        {
            Report(diagnostics, StructureCodes.BadTarget, at, $"the {what} leads to instruction {target}, outside of the program (0 to {code.Length - 1})");
        }
        else if (target > 0 && code[(int)target].Opcode == 0 && code[(int)target - 1].IsWide)
        {
            Report(diagnostics, StructureCodes.BadTarget, at, $"the {what} leads to instruction {target}, the second half of a 64-bit load");
        }
    }

    private static void CheckWide(ReadOnlySpan<Instruction> code, int at, DiagnosticBag diagnostics)
    {
        Instruction first = code[at];
        if (first.Source > (int)PseudoSource.MapIndexValue)
        {
            Report(diagnostics, StructureCodes.UnknownInstruction, at, $"a 64-bit load has source {first.Source}, expected 0 to 6");
        }

        if (at + 1 >= code.Length)
        {
            Report(diagnostics, StructureCodes.BadWideLoad, at, "the program ends in the middle of a 64-bit load");
            return;
        }

        Instruction second = code[at + 1];
        if ((uint)second.ToUInt64() != 0)
        {
            Report(diagnostics, StructureCodes.BadWideLoad, at + 1, "the second half of a 64-bit load must have all fields but the immediate zero");
        }
        else if (second.Immediate != 0 && (PseudoSource)first.Source is PseudoSource.MapFd or PseudoSource.MapIndex or PseudoSource.Function)
        {
            Report(diagnostics, StructureCodes.BadWideLoad, at + 1, $"the second half of a 64-bit load has immediate {second.Immediate}, expected 0 for source {first.Source}");
        }
        else if ((PseudoSource)first.Source == PseudoSource.Function)
        {
            CheckTarget(code, at, first.Immediate, "function reference", diagnostics);
        }
    }

    private static void CheckImmediate(OpcodeInfo row, Instruction instruction, int at, DiagnosticBag diagnostics)
    {
        switch (row.Operation)
        {
            case Operation.Div or Operation.SDiv or Operation.Mod or Operation.SMod when instruction.Immediate == 0:
                Report(diagnostics, StructureCodes.BadImmediate, at, "division by the constant 0");
                break;
            case Operation.Lsh or Operation.Rsh or Operation.Arsh when (uint)instruction.Immediate >= row.Width:
                Report(diagnostics, StructureCodes.BadImmediate, at, string.Create(CultureInfo.InvariantCulture, $"shift by {instruction.Immediate}, expected 0 to {row.Width - 1}"));
                break;
        }
    }

    private static void ReportUnknown(Instruction instruction, int at, DiagnosticBag diagnostics)
    {
        string why = instruction.Opcode == 0 && at > 0
            ? "; opcode 0 is only the second half of a 64-bit load"
            : "";
        Report(diagnostics, StructureCodes.UnknownInstruction, at,
            $"no instruction has opcode 0x{instruction.Opcode:x2} with source {instruction.Source}, offset {instruction.Offset} and immediate 0x{instruction.Immediate:x}{why}");
    }

    private static void ReportReserved(OpcodeInfo row, Instruction instruction, int at, DiagnosticBag diagnostics)
    {
        List<string> fields = [];
        if (instruction.Destination != 0 && !OpcodeTable.ReservedFieldsAreZero(row, new(instruction.Opcode, instruction.Destination, 0, 0, 0))) fields.Add("destination");
        if (instruction.Source != 0 && !OpcodeTable.ReservedFieldsAreZero(row, new(instruction.Opcode, 0, instruction.Source, 0, 0))) fields.Add("source");
        if (instruction.Offset != 0 && !OpcodeTable.ReservedFieldsAreZero(row, new(instruction.Opcode, 0, 0, instruction.Offset, 0))) fields.Add("offset");
        if (instruction.Immediate != 0 && !OpcodeTable.ReservedFieldsAreZero(row, new(instruction.Opcode, 0, 0, 0, instruction.Immediate))) fields.Add("immediate");
        Report(diagnostics, StructureCodes.ReservedField, at,
            $"the {string.Join(" and ", fields)} of opcode 0x{row.Opcode:x2} ({row.Operation}) must be 0 (dst {instruction.Destination}, src {instruction.Source}, off {instruction.Offset}, imm {instruction.Immediate})");
    }

    private static void Report(DiagnosticBag diagnostics, DiagnosticCode code, int at, string message) =>
        diagnostics.Add(new Diagnostic(code, Severity.Error, message, null, at, []));
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Classic;

/// <summary>
/// Decides whether Linux would accept a classic program (the rules of <c>bpf_check_classic</c>, net/core/filter.c), and says
/// everything that is wrong, where the kernel says EINVAL.
/// </summary>
public static class ClassicValidator
{
    /// <summary>Checks a program and reports every error; true if there was none.</summary>
    public static bool Validate(ReadOnlySpan<ClassicInstruction> program, DiagnosticBag diagnostics)
    {
        ArgumentNullException.ThrowIfNull(diagnostics);
        int before = diagnostics.ErrorCount;
        if (program.Length is 0 or > ClassicInstruction.MaxCount)
        {
            diagnostics.Error(ClassicCodes.Length, $"the program has {program.Length} instructions; 1 to {ClassicInstruction.MaxCount} are allowed");
            return false;
        }

        for (int i = 0; i < program.Length; i++) CheckInstruction(program, i, diagnostics);
        ClassicOpcodeInfo? last = ClassicOpcodeTable.Find(program[^1].Code);
        if (last is { IsReturn: false })
        {
            Report(diagnostics, ClassicCodes.LastInstruction, program.Length - 1, $"the last instruction is '{last.Mnemonic}'; a program ends with 'ret'");
        }

        // The walk over memory relies on jumps that stay inside.
        if (diagnostics.ErrorCount == before) CheckMemory(program, diagnostics);
        return diagnostics.ErrorCount == before;
    }

    /// <summary>True if Linux would accept the program.</summary>
    public static bool IsValid(ReadOnlySpan<ClassicInstruction> program) => Validate(program, new DiagnosticBag());

    private static void CheckInstruction(ReadOnlySpan<ClassicInstruction> program, int index, DiagnosticBag diagnostics)
    {
        ClassicInstruction instruction = program[index];
        if (ClassicOpcodeTable.Find(instruction.Code) is not { } info)
        {
            Report(diagnostics, ClassicCodes.Opcode, index, $"0x{instruction.Code:x} is not a classic instruction");
            return;
        }

        int remaining = program.Length - index - 1;
        uint k = instruction.K;
        switch (info.Operation)
        {
            case ClassicOperation.DivK or ClassicOperation.ModK when k == 0:
                Report(diagnostics, ClassicCodes.DivisionByZero, index, $"'{info.Mnemonic}' by the constant 0");
                break;
            case ClassicOperation.LshK or ClassicOperation.RshK when k >= 32:
                Report(diagnostics, ClassicCodes.Shift, index, $"'{info.Mnemonic}' by {k}; 0 to 31 are allowed");
                break;
            case ClassicOperation.LdMem or ClassicOperation.LdxMem or ClassicOperation.St or ClassicOperation.Stx when k >= ClassicInstruction.MemoryWords:
                Report(diagnostics, ClassicCodes.Memory, index, $"'{info.Mnemonic}' uses M[{k}]; there are M[0] to M[15]");
                break;
            case ClassicOperation.Ja when k >= (uint)remaining:
                if ((int)k < 0) Report(diagnostics, ClassicCodes.Jump, index, $"'ja' backward to {index + 1 + (int)k}; jumps go forward only", "help: 'protochain' makes such programs; libpcap runs them in user space, no kernel does");
                else Report(diagnostics, ClassicCodes.Jump, index, $"'ja' to {(ulong)index + 1 + k}; the last instruction is {program.Length - 1}");
                break;
            case ClassicOperation.LdAbsW or ClassicOperation.LdAbsH or ClassicOperation.LdAbsB when k >= ClassicAncillaryTable.Base && !ClassicAncillaryTable.TryFind(k, out _):
                Report(diagnostics, ClassicCodes.Ancillary, index, $"offset {(int)k} is no ancillary value",
                    "help: offsets from -4096 in steps of 4 up to -4036 are ancillary values; -1048576 counts from the network header, -2097152 from the link header");
                break;
            default:
                if (!info.IsConditional) break;
                if (instruction.JumpTrue >= remaining) ReportBranch(diagnostics, program, index, info, "jt", instruction.JumpTrue);
                if (instruction.JumpFalse >= remaining) ReportBranch(diagnostics, program, index, info, "jf", instruction.JumpFalse);
                break;
        }
    }

    // One bit a word: what is written on every path that reaches an instruction. Jumps only go forward, so one walk is enough.
    private static void CheckMemory(ReadOnlySpan<ClassicInstruction> program, DiagnosticBag diagnostics)
    {
        Span<ushort> written = program.Length <= 1024 ? stackalloc ushort[program.Length] : new ushort[program.Length];
        written.Fill(0xffff); // an instruction that nothing reaches may do anything, as in the kernel
        ushort current = 0;
        for (int i = 0; i < program.Length; i++)
        {
            ClassicInstruction instruction = program[i];
            ClassicOpcodeInfo info = ClassicOpcodeTable.Find(instruction.Code)!;
            current &= written[i];
            switch (info.Operation)
            {
                case ClassicOperation.St or ClassicOperation.Stx:
                    current |= (ushort)(1 << (int)instruction.K);
                    break;
                case ClassicOperation.LdMem or ClassicOperation.LdxMem when (current & (1 << (int)instruction.K)) == 0:
                    Report(diagnostics, ClassicCodes.Uninitialised, i, $"M[{instruction.K}] is read, but not written on every path to here");
                    break;
                case ClassicOperation.Ja:
                    written[i + 1 + (int)instruction.K] &= current;
                    current = 0xffff;
                    break;
                default:
                    // The kernel does not stop the walk at a return: what follows it counts as reached from it.
                    if (!info.IsConditional) break;
                    written[i + 1 + instruction.JumpTrue] &= current;
                    written[i + 1 + instruction.JumpFalse] &= current;
                    current = 0xffff;
                    break;
            }
        }
    }

    private static void ReportBranch(DiagnosticBag diagnostics, ReadOnlySpan<ClassicInstruction> program, int index, ClassicOpcodeInfo info, string side, byte distance) =>
        Report(diagnostics, ClassicCodes.Jump, index, $"{side} of '{info.Mnemonic}' goes to {index + 1 + distance}; the last instruction is {program.Length - 1}");

    private static void Report(DiagnosticBag diagnostics, DiagnosticCode code, int index, string message, params ReadOnlySpan<string> notes) =>
        diagnostics.Add(new Diagnostic(code, Severity.Error, message, null, index, [.. notes]));
}

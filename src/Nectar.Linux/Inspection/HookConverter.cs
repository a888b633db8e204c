// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Linux.Features;

namespace Nectar.Linux.Inspection;

/// <summary>
/// Turns programs for a hook that a kernel lacks into programs for the next best one, where that means the same: a kprobe into fentry and
/// the other way round. Arguments move with them: a kprobe finds them in saved registers, fentry in a row.
/// </summary>
internal static class HookConverter
{
    private const int Slot = 8;

    // Where struct pt_regs keeps the arguments of a call: rdi, rsi, rdx, rcx, r8, r9; arm64 keeps x0 to x7 in a row from 0.
    private static readonly int[] s_x64Arguments = [112, 104, 96, 88, 72, 64];
    private static readonly int[] s_arm64Arguments = [0, 8, 16, 24, 32, 40, 48, 56];

    /// <summary>Converts what this kernel needs converted.</summary>
    /// <param name="source">An object that is not loaded yet; its programs are changed.</param>
    /// <returns>For each program that was looked at, what was done, or why nothing could be.</returns>
    internal static List<string> Convert(BpfObject source)
    {
        bool hasKprobes = KernelFeatures.Has(Feature.Kprobes), hasFentry = KernelFeatures.Has(Feature.Fentry);
        List<string> notes = [];
        if (hasKprobes == hasFentry) return notes;
        foreach (ProgramDefinition program in source.Programs)
        {
            if (Convert(program, toFentry: hasFentry, RuntimeInformation.OSArchitecture == Architecture.Arm64 ? s_arm64Arguments : s_x64Arguments) is { } note) notes.Add(note);
        }

        return notes;
    }

    /// <summary>Converts one program; null if it is for another hook.</summary>
    internal static string? Convert(ProgramDefinition program, bool toFentry, ReadOnlySpan<int> registers)
    {
        if (!SectionNames.TryParse(program.Section, out SectionDefinition? section, out _, out _) || section.Name != (toFentry ? "kprobe" : "fentry")) return null;
        string lacking = toFentry ? "kprobes" : "fentry", instead = toFentry ? "fentry" : "kprobe";
        string subject = $"program '{program.Name}': this kernel has no {lacking}";
        if (program.AttachTarget is not { Length: > 0 } target) return $"{subject}, and its section names no function: left as it is";
        if (target.Contains('+', StringComparison.Ordinal)) return $"{subject}, and fentry is at the begin of a function only: left as it is";
        if (Rewrite(program.Entry, toFentry, registers) is not { } code) return $"{subject}, and it uses its context in a way that {instead} has not: left as it is";
        program.Entry.Instructions = code;
        program.Type = toFentry ? ProgramType.Tracing : ProgramType.Kprobe;
        program.ExpectedAttachType = toFentry ? AttachType.TraceFentry : null;
        program.Section = $"{instead}/{target}";
        return $"{subject}, so it is loaded as {program.Section}";
    }

    /// <summary>The code with its reads of arguments moved; null if it does something else with its context than read arguments and hand it to helpers.</summary>
    private static Instruction[]? Rewrite(FunctionDefinition function, bool toFentry, ReadOnlySpan<int> registers)
    {
        Instruction[] code = [.. function.Instructions];
        HashSet<int> calls = [.. function.Relocations.Where(r => r.Kind == RelocationKind.FunctionCall).Select(r => r.Instruction)];
        if (calls.Count > 0) return null; // the subprogram would read the context as well
        HashSet<int> joins = JumpTargets(code);
        int holders = FindHolders(code);
        bool? first = true; // whether r1 is the context; null where it depends on the way there
        for (int i = 0; i < code.Length; i++)
        {
            if (joins.Contains(i)) first = null;
            Instruction one = code[i];
            if (OpcodeTable.Find(one) is not { } row) return null;
            if (row.ReadsMemory && IsContext(one.Source, holders, first) is not false)
            {
                // whole arguments only: parts of them stand elsewhere on other machines, and fentry gives none
                if (IsContext(one.Source, holders, first) is null || row.Form != OperandForm.LoadMem || row.Width != 64 || Move(one.Offset, toFentry, registers) is not { } offset) return null;
                code[i] = one.WithOffset((short)offset);
            }

            // written to, or kept where it is lost from sight
            if (row.WritesMemory && (IsContext(one.Destination, holders, first) is not false || (row.Form == OperandForm.StoreReg && IsContext(one.Source, holders, first) is not false))) return null;
            bool isCopy = row is { Operation: Operation.Mov, Form: OperandForm.DstSrc };
            if (isCopy && IsContext(one.Source, holders, first) is not false && one.Destination != 1 && (holders & (1 << one.Destination)) == 0) return null;
            if (row.WritesDestination && one.Destination == 1) first = isCopy && row.Width == 64 ? IsContext(one.Source, holders, first) : false;
            else if (row.Form == OperandForm.Call) first = false; // calls destroy it
            if (row.Form == OperandForm.Wide) i++;
        }

        return code;
    }

    private static bool? IsContext(int register, int holders, bool? first) => register == 1 ? first : (holders & (1 << register)) != 0;

    private static HashSet<int> JumpTargets(Instruction[] code)
    {
        HashSet<int> targets = [];
        for (int i = 0; i < code.Length; i++)
        {
            OperandForm? form = OpcodeTable.Find(code[i])?.Form;
            if (form is OperandForm.Jump or OperandForm.DstImmJump or OperandForm.DstSrcJump) targets.Add(i + 1 + code[i].Offset);
            else if (form == OperandForm.JumpLong) targets.Add(i + 1 + code[i].Immediate);
            else if (form == OperandForm.Wide) i++;
        }

        return targets;
    }

    private static int? Move(int offset, bool toFentry, ReadOnlySpan<int> registers)
    {
        if (toFentry) return registers.IndexOf(offset) is >= 0 and var argument ? argument * Slot : null;
        return offset % Slot == 0 && offset >= 0 && offset / Slot < registers.Length ? registers[offset / Slot] : null;
    }

    /// <summary>
    /// The registers that hold the context wherever they are read: all that is ever written to them is a copy of r1 before it changes, or
    /// of such a register.
    /// </summary>
    private static int FindHolders(Instruction[] code)
    {
        int holders = 0;
        for (bool isChanged = true; isChanged;)
        {
            isChanged = false;
            for (int register = 6; register <= 9; register++)
            {
                if ((holders & (1 << register)) != 0 || !HoldsContext(code, register, holders)) continue;
                holders |= 1 << register;
                isChanged = true;
            }
        }

        return holders;
    }

    private static bool HoldsContext(Instruction[] code, int register, int holders)
    {
        bool isStart = true, isWritten = false; // the start: r1 as it came, before any branch
        for (int i = 0; i < code.Length; i++)
        {
            Instruction one = code[i];
            if (OpcodeTable.Find(one) is not { } row) return false;
            if ((row.WritesDestination && one.Destination == register) || (row.WritesSource && one.Source == register))
            {
                bool isCopy = row is { Operation: Operation.Mov, Form: OperandForm.DstSrc, Width: 64 } && ((one.Source == 1 && isStart) || (holders & (1 << one.Source)) != 0);
                if (!isCopy) return false;
                isWritten = true;
            }

            if (one.Class is InstructionClass.Jmp or InstructionClass.Jmp32 || (row.WritesDestination && one.Destination == 1)) isStart = false;
            if (row.Form == OperandForm.Wide) i++;
        }

        return isWritten;
    }
}

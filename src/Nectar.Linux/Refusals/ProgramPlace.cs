// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.Linux.Refusals;

/// <summary>Places in a program for people: the source line of an instruction, its text, and what it refers to.</summary>
internal static class ProgramPlace
{
    /// <summary>The place in the source and the line there; null where the program has no line info.</summary>
    internal static (SourceSpan Span, string Text)? Find(LinkedProgram? program, int? instruction)
    {
        if (program is null || instruction is not { } at || (uint)at >= (uint)program.Instructions.Length) return null;
        if (program.FindLine(at) is not { Line: > 0 } line) return null;
        int column = Math.Max(1, line.Column);
        string text = line.Text;
        // some compilers record the line without its indentation: put it back, so that the caret is under the right place
        if (column > 1 && text.Length > 0 && !char.IsWhiteSpace(text[0])) text = new string(' ', Math.Min(column - 1, 64)) + text;
        int end = column - 1;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '_' or '.' or '-' or '>')) end++;
        return (new SourceSpan(line.File, line.Line, column, line.Line, Math.Max(column + 1, end + 1)), text);
    }

    /// <summary>An instruction and its line in short: <c>insn 4 (line 12)</c>.</summary>
    internal static string Name(LinkedProgram? program, int instruction) =>
        program?.FindLine(instruction) is { Line: > 0 } line && instruction < program.Instructions.Length ? $"insn {instruction} (line {line.Line})" : $"insn {instruction}";

    /// <summary>The text of an instruction as this library writes it; null if the program does not have it.</summary>
    internal static string? Text(LinkedProgram? program, int instruction)
    {
        if (program is null || (uint)instruction >= (uint)program.Instructions.Length) return null;
        string symbol = Symbol(program, instruction) is { } name ? $" // {name}" : "";
        return Disassembler.Format(program.Instructions, instruction).Trim() + symbol;
    }

    /// <summary>What an instruction refers to by name: a map, a function, an extern; null for nothing.</summary>
    internal static string? Symbol(LinkedProgram program, int instruction)
    {
        foreach (LinkedFunction function in program.Functions)
        {
            if (instruction < function.Start || instruction >= function.End) continue;
            foreach (Relocation relocation in function.Source.Relocations)
            {
                if (relocation.Instruction == instruction - function.Start) return relocation.Symbol;
            }
        }

        return null;
    }

    /// <summary>The jumps back, which are the loops of the program: from slot, to slot.</summary>
    internal static List<(int From, int To)> Loops(LinkedProgram program)
    {
        List<(int, int)> loops = [];
        for (int i = 0; i < program.Instructions.Length; i++)
        {
            Instruction instruction = program.Instructions[i];
            OpcodeInfo? row = OpcodeTable.Find(instruction);
            if (row is { IsJump: true })
            {
                int distance = row.Form == OperandForm.JumpLong ? instruction.Immediate : instruction.Offset;
                if (distance < 0) loops.Add((i, i + 1 + distance));
            }

            if (instruction.IsWide) i++;
        }

        return loops;
    }
}

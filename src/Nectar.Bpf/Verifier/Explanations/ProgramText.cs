// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Explanations;

/// <summary>A function of a program: slots <c>Start</c> to <c>End</c> (exclusive).</summary>
internal readonly record struct ProgramFunction(string Name, int Start, int End);

/// <summary>A program as a reader sees it: the text of instructions, their source lines, functions and symbols.</summary>
internal sealed class ProgramText(Instruction[] code)
{
    private readonly Dictionary<int, string> _symbols = [];

    internal ProgramText(LinkedProgram program)
        : this(program.Instructions)
    {
        Lines = program.Lines;
        Functions = [.. program.Functions.Select(function => new ProgramFunction(function.Name, function.Start, function.End))];
        foreach (LinkedFunction function in program.Functions)
        {
            foreach (Relocation relocation in function.Source.Relocations)
            {
                if (relocation.Instruction < function.End - function.Start) _symbols[function.Start + relocation.Instruction] = relocation.Symbol;
            }
        }
    }

    internal Instruction[] Code { get; } = code;

    /// <summary>Source lines in the order of slots.</summary>
    internal LineInfo[] Lines { get; init; } = [];

    internal ProgramFunction[] Functions { get; init; } = [];

    /// <summary>Names that no relocation tells: the callee of a kernel function by its slot.</summary>
    internal Func<int, string?>? NameOf { get; init; }

    internal bool Contains(int slot) => (uint)slot < (uint)Code.Length;

    /// <summary>What an instruction refers to by name: a map, a function, an extern; null for nothing.</summary>
    internal string? Symbol(int slot) => _symbols.GetValueOrDefault(slot) ?? NameOf?.Invoke(slot);

    /// <summary>The source line of an instruction; null where unknown.</summary>
    internal LineInfo? Line(int slot)
    {
        int low = 0, high = Lines.Length - 1, found = -1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if (Lines[middle].Instruction <= slot) (found, low) = (middle, middle + 1);
            else high = middle - 1;
        }

        return found >= 0 && Lines[found].Line > 0 ? Lines[found] : null;
    }

    /// <summary>The name of the function that holds an instruction; null where unknown.</summary>
    internal string? Function(int slot)
    {
        foreach (ProgramFunction function in Functions)
        {
            if (slot >= function.Start && slot < function.End) return function.Name;
        }

        return null;
    }

    /// <summary>True for the second slot of a 64-bit constant.</summary>
    internal bool IsSecondHalf(int slot)
    {
        int wide = 0;
        while (slot - wide - 1 >= 0 && Code[slot - wide - 1].IsWide) wide++; // a run of constants whose values look like constants
        return wide % 2 == 1;
    }

    /// <summary>An instruction as this library writes it, with what it refers to.</summary>
    internal string Text(int slot)
    {
        if (!Contains(slot)) return "";
        string text = ToDecimal(Disassembler.Format(Code, slot).Trim());
        if (OpcodeTable.Find(Code[slot]) is { IsJump: true } row && text.LastIndexOf("goto ", StringComparison.Ordinal) is var at and >= 0)
        {
            text = $"{text[..at]}goto insn {slot + 1 + (row.Form == OperandForm.JumpLong ? Code[slot].Immediate : Code[slot].Offset)}";
        }

        return Symbol(slot) is { } name && !text.Contains(name, StringComparison.Ordinal) ? $"{text} // {name}" : text;
    }

    /// <summary>An instruction and its line in short: <c>insn 4 (line 12)</c>.</summary>
    internal string Name(int slot) => Contains(slot) && Line(slot) is { } line ? $"insn {slot} (line {line.Line})" : $"insn {slot}";

    /// <summary>The jumps back, which are the loops of the program: from slot, to slot.</summary>
    internal List<(int From, int To)> Loops()
    {
        List<(int, int)> loops = [];
        for (int i = 0; i < Code.Length; i++)
        {
            if (OpcodeTable.Find(Code[i]) is { IsJump: true } row)
            {
                int distance = row.Form == OperandForm.JumpLong ? Code[i].Immediate : Code[i].Offset;
                if (distance < 0) loops.Add((i, i + 1 + distance));
            }

            if (Code[i].IsWide) i++;
        }

        return loops;
    }

    /// <summary>The refused instruction with at most <paramref name="around"/> on both sides.</summary>
    internal IEnumerable<CodeLine> Excerpt(int slot, int around)
    {
        if (!Contains(slot)) yield break;
        int marked = IsSecondHalf(slot) ? slot - 1 : slot, first = marked, last = marked;
        for (int i = 0; i < around && first > 0; i++) first -= first > 1 && IsSecondHalf(first - 1) ? 2 : 1;
        for (int i = 0; i < around && last + Size(last) < Code.Length; i++) last += Size(last);
        for (int i = first; i <= last; i += Size(i)) yield return new CodeLine(i, Text(i), i == marked);
    }

    /// <summary>Small numbers as people count: offsets and sizes; masks and addresses stay what they are.</summary>
    private static string ToDecimal(string text)
    {
        const int LargestInDecimal = 1_000_000;
        int at = text.IndexOf("0x", StringComparison.Ordinal);
        if (at < 0) return text;
        StringBuilder result = new();
        int copied = 0;
        for (; at >= 0; at = text.IndexOf("0x", at + 2, StringComparison.Ordinal))
        {
            int end = at + 2;
            while (end < text.Length && char.IsAsciiHexDigit(text[end])) end++;
            if (!uint.TryParse(text.AsSpan(at + 2, end - at - 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value) || value > LargestInDecimal) continue;
            result.Append(text, copied, at - copied).Append(value);
            copied = end;
        }

        return result.Append(text, copied, text.Length - copied).ToString();
    }

    private int Size(int slot) => Code[slot].IsWide ? 2 : 1;
}

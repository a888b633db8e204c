// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Bpf.Isa;

namespace Nectar.Linux.Inspection;

/// <summary>A loaded program's control flow as a graph in the DOT language, a box for each straight piece of code.</summary>
public static class TranslatedGraph
{
    private const byte Call = 0x85, Exit = 0x95, Goto = 0x05, LongGoto = 0x06;

    /// <summary>Writes the graph.</summary>
    public static void Write(ProgramCode code, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(code);
        ArgumentNullException.ThrowIfNull(output);
        Instruction[] instructions = code.Translated;
        SortedSet<int> starts = [0, .. code.Functions.Select(f => f.Slot)];
        for (int i = 0; i < instructions.Length; i++)
        {
            if (!IsBranch(instructions[i])) continue;
            starts.Add(i + 1);
            if (Target(instructions[i], i) is { } target) starts.Add(target);
        }

        int[] blocks = [.. starts.Where(start => start >= 0 && start < instructions.Length)];
        Dictionary<int, TranslatedLine> lines = TranslatedListing.Lines(code).ToDictionary(line => line.Slot);
        output.WriteLine("digraph \"DOT graph for eBPF program\" {");
        output.WriteLine("\tnode [shape=box, fontname=\"monospace\"];");
        for (int b = 0; b < blocks.Length; b++)
        {
            int end = b + 1 < blocks.Length ? blocks[b + 1] : instructions.Length;
            StringBuilder label = new();
            int last = blocks[b];
            for (int slot = blocks[b]; slot < end; slot++)
            {
                if (!lines.TryGetValue(slot, out TranslatedLine? line)) continue;
                if (line.Prototype is { } prototype) label.Append(Escape(prototype)).Append(":\\l");
                if (line.Line is { } source) label.Append("; ").Append(Escape(source.Text.TrimStart())).Append("\\l");
                label.Append(CultureInfo.InvariantCulture, $"{slot,4}: {Escape(line.Text)}\\l");
                last = slot;
            }

            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\tb{blocks[b]} [label=\"{label}\"];"));
            WriteEdges(instructions[last], last, blocks[b], end < instructions.Length ? end : null, output);
        }

        output.WriteLine("}");
    }

    private static void WriteEdges(Instruction last, int slot, int block, int? next, TextWriter output)
    {
        if (last.Opcode == Exit) return;
        if (IsBranch(last) && Target(last, slot) is { } target) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\tb{block} -> b{target}{(IsUnconditional(last) ? "" : " [label=\"yes\"]")};"));
        if (!IsUnconditional(last) && next is { } following) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\tb{block} -> b{following}{(IsBranch(last) ? " [label=\"no\"]" : "")};"));
    }

    private static bool IsBranch(Instruction i) => i.Class is InstructionClass.Jmp or InstructionClass.Jmp32 && i.Opcode != Call;

    private static bool IsUnconditional(Instruction i) => i.Opcode is Goto or LongGoto or Exit;

    private static int? Target(Instruction i, int slot) => i.Opcode == Exit ? null : slot + 1 + (i.Opcode == LongGoto ? i.Immediate : i.Offset);

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}

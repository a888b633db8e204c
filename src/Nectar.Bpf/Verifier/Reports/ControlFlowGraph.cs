// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Explanations;

namespace Nectar.Bpf.Verifier.Reports;

/// <summary>How control goes from one block to another.</summary>
public enum FlowKind : byte
{
    /// <summary>To the next instruction.</summary>
    Next,

    /// <summary>A jump, or the taken side of a conditional one.</summary>
    Jump,
}

/// <summary>An edge between two blocks.</summary>
/// <param name="From">Index of the block that it leaves.</param>
/// <param name="To">Index of the block that it enters.</param>
/// <param name="Kind">How.</param>
public readonly record struct FlowEdge(int From, int To, FlowKind Kind);

/// <summary>Instructions that run one after the other.</summary>
/// <param name="Start">The first slot.</param>
/// <param name="End">The slot behind the last.</param>
/// <param name="Function">The function that holds it; null where unknown.</param>
/// <param name="Lines">The text of its instructions.</param>
/// <param name="Visits">How often the verifier walked its first instruction.</param>
public sealed record FlowBlock(int Start, int End, string? Function, ImmutableArray<CodeLine> Lines, long Visits);

/// <summary>The control flow graph of a program and its functions; calls are no edges.</summary>
public sealed class ControlFlowGraph
{
    private ControlFlowGraph(ImmutableArray<FlowBlock> blocks, ImmutableArray<FlowEdge> edges) => (Blocks, Edges) = (blocks, edges);

    /// <summary>The blocks in the order of their slots.</summary>
    public ImmutableArray<FlowBlock> Blocks { get; }

    /// <summary>The edges in the order of the blocks that they leave.</summary>
    public ImmutableArray<FlowEdge> Edges { get; }

    /// <summary>Makes the graph of a program.</summary>
    /// <param name="program">The program, which must be well formed: jumps that lead outside are left out.</param>
    /// <param name="visits">How often each slot was walked; empty where unknown.</param>
    public static ControlFlowGraph Of(LinkedProgram program, IReadOnlyList<int>? visits = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        visits ??= [];
        ProgramText text = new(program);
        Instruction[] code = program.Instructions;
        bool[] starts = FindStarts(program);
        List<FlowBlock> blocks = [];
        int[] blockOf = new int[code.Length + 1];
        Array.Fill(blockOf, -1);
        for (int at = 0; at < code.Length;)
        {
            int end = at + Size(code, at);
            while (end < code.Length && !starts[end]) end += Size(code, end);
            end = Math.Min(end, code.Length);
            blockOf[at] = blocks.Count;
            List<CodeLine> lines = [];
            for (int slot = at; slot < end; slot += Size(code, slot)) lines.Add(new CodeLine(slot, text.Text(slot), IsMarked: false));
            blocks.Add(new FlowBlock(at, end, text.Function(at), [.. lines], at < visits.Count ? visits[at] : 0));
            at = end;
        }

        List<FlowEdge> edges = [];
        for (int i = 0; i < blocks.Count; i++)
        {
            int last = blocks[i].Lines[^1].Slot;
            OpcodeInfo? row = OpcodeTable.Find(code[last]);
            if (row is { IsJump: true } && Target(code, last, row) is { } target && (uint)target < (uint)code.Length && blockOf[target] >= 0) edges.Add(new FlowEdge(i, blockOf[target], FlowKind.Jump));
            bool ends = row is { IsJump: true, IsConditionalJump: false } || row?.Operation is Operation.Exit or Operation.GotoRegister;
            if (!ends && blocks[i].End < code.Length && blockOf[blocks[i].End] >= 0 && text.Function(blocks[i].End) == blocks[i].Function) edges.Add(new FlowEdge(i, blockOf[blocks[i].End], FlowKind.Next));
        }

        return new ControlFlowGraph([.. blocks], [.. edges]);
    }

    private static bool[] FindStarts(LinkedProgram program)
    {
        Instruction[] code = program.Instructions;
        bool[] starts = new bool[code.Length + 1];
        foreach (LinkedFunction function in program.Functions)
        {
            if ((uint)function.Start < (uint)code.Length) starts[function.Start] = true;
        }

        for (int at = 0; at < code.Length; at += Size(code, at))
        {
            if (OpcodeTable.Find(code[at]) is not { } row || !(row.IsJump || row.Operation is Operation.Exit or Operation.GotoRegister)) continue;
            starts[Math.Min(at + 1, code.Length)] = true;
            if (row.IsJump && Target(code, at, row) is var target && (uint)target < (uint)code.Length) starts[target] = true;
        }

        return starts;
    }

    private static int Target(Instruction[] code, int at, OpcodeInfo row) => at + 1 + (row.Form == OperandForm.JumpLong ? code[at].Immediate : code[at].Offset);

    private static int Size(Instruction[] code, int at) => code[at].IsWide ? 2 : 1;
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Codegen.Preparation;

/// <summary>
/// Gives the values of phis a place to be set. Edges that bring the same values share one block, so that twenty ways to "return 2" set the
/// register once; and a block that only returns is made anew for each value, since <c>exit</c> costs no more than a jump to one.
/// </summary>
internal static class EdgeSplitter
{
    public static void Run(IrFunction function)
    {
        foreach (Block block in function.Blocks.ToArray())
        {
            if (block.Predecessors.Count < 2) continue;
            if (ReturnsOnly(block)) SplitReturn(block);
            else if (block.Values[0].Op == Op.Phi) SplitEdges(block);
        }

        function.Blocks.RemoveAll(block => block != function.Entry && block.Predecessors.Count == 0 && IsGone(block));
    }

    private static bool ReturnsOnly(Block block) =>
        block.Terminator is { Op: Op.Return } end && block.FirstOrdinary == block.Values.Count - 1 && end.Operands.Count == 1 && end[0].Op == Op.Phi && end[0].Block == block;

    private static bool IsGone(Block block)
    {
        block.RemoveTerminator();
        block.RemoveAll(_ => true);
        return true;
    }

    private static void SplitReturn(Block block)
    {
        int which = block.IndexOf(block.Terminator![0]);
        SourceLocation? location = block.Terminator.Location;
        foreach (List<(Block From, int Target)> edges in Group(block, which))
        {
            Value returned = block.Values[which][IndexOf(block, edges[0].From)];
            Block made = block.Function.NewBlock();
            foreach ((Block from, int target) in edges) from.Retarget(target, made);
            new IrBuilder(block.Function) { Block = made, Location = returned.IsConstant && edges.Count == 1 ? edges[0].From.Terminator!.Location ?? location : location }.Return(returned);
        }
    }

    private static void SplitEdges(Block block)
    {
        foreach (List<(Block From, int Target)> edges in Group(block, -1))
        {
            if (edges.Count == 1 && edges[0].From.Terminator!.Op == Op.Jump) continue;
            int index = IndexOf(block, edges[0].From);
            Value[] operands = [.. block.Phis.Select(phi => phi[index])];
            Block made = block.Function.NewBlock();
            SourceLocation? location = edges[0].From.Terminator!.Location;
            foreach ((Block from, int target) in edges) from.Retarget(target, made);
            new IrBuilder(block.Function) { Block = made, Location = location }.Jump(block);
            int i = 0;
            foreach (Value phi in block.Phis) phi.AddOperand(operands[i++]);
        }
    }

    /// <summary>Edges into a block by what they bring to its phis (or to one of them).</summary>
    private static IEnumerable<List<(Block From, int Target)>> Group(Block block, int onlyPhi)
    {
        Dictionary<string, List<(Block, int)>> groups = [];
        HashSet<Block> done = [];
        Value[] phis = onlyPhi >= 0 ? [block.Values[onlyPhi]] : [.. block.Phis];
        foreach (Block predecessor in block.Predecessors)
        {
            if (!done.Add(predecessor)) continue;
            int index = IndexOf(block, predecessor);
            string key = string.Join(',', phis.Select(phi => phi[index].IsConstant ? $"#{phi[index].Immediate}" : $"%{phi[index].Id}"));
            if (!groups.TryGetValue(key, out List<(Block, int)>? edges)) groups.Add(key, edges = []);
            for (int t = 0; t < predecessor.Successors.Count; t++)
            {
                if (predecessor.Successors[t] == block) edges.Add((predecessor, t));
            }
        }

        return [.. groups.Values];
    }

    private static int IndexOf(Block block, Block predecessor)
    {
        for (int i = 0; ; i++)
        {
            if (block.Predecessors[i] == predecessor) return i;
        }
    }
}

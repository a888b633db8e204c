// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;

namespace Nectar.Compiler.Ir;

/// <summary>
/// Dominators of the blocks that the entry reaches, by the iterative method of Cooper, Harvey and Kennedy ("A Simple, Fast Dominance
/// Algorithm"). Valid until the graph changes.
/// </summary>
internal sealed class Dominance
{
    private readonly int[] _order;
    private readonly IrFunction _function;
    private Block?[]? _immediate;
    private ItemList<Block>[]? _children;

    internal Dominance(IrFunction function)
    {
        _function = function;
        ReversePostorder = Walk(function);
        _order = new int[function.BlockCount];
        Array.Fill(_order, -1);
        for (int i = 0; i < ReversePostorder.Count; i++) _order[ReversePostorder[i].Id] = i;
    }

    /// <summary>Reachable blocks, each before its successors where there is no loop.</summary>
    public List<Block> ReversePostorder { get; }

    public bool IsReachable(Block block) => _order[block.Id] >= 0;

    /// <summary>The place in <see cref="ReversePostorder"/>; -1 if unreachable.</summary>
    public int OrderOf(Block block) => _order[block.Id];

    /// <summary>The closest block that every way to a block passes; null for the entry and the unreachable.</summary>
    public Block? ImmediateDominator(Block block) => block == _function.Entry ? null : Immediate[block.Id];

    /// <summary>The blocks whose closest dominator a block is, in reverse postorder.</summary>
    public Items<Block> Children(Block block) => (_children ??= MakeChildren())[block.Id].Items;

    /// <summary>Most passes ask for the order only.</summary>
    private Block?[] Immediate => _immediate ??= Solve();

    /// <summary>True if every way to <paramref name="block"/> passes <paramref name="by"/>; a block dominates itself.</summary>
    public bool IsDominated(Block block, Block by)
    {
        Block? at = block;
        while (at is not null && _order[at.Id] > _order[by.Id]) at = ImmediateDominator(at);
        return at == by;
    }

    /// <summary>For each block (by number) where its dominance ends: the places for phis.</summary>
    public HashSet<Block>[] Frontiers()
    {
        HashSet<Block>[] frontiers = new HashSet<Block>[_order.Length];
        for (int i = 0; i < frontiers.Length; i++) frontiers[i] = [];
        foreach (Block block in ReversePostorder)
        {
            if (block.Predecessors.Count < 2) continue;
            foreach (Block predecessor in block.Predecessors)
            {
                if (!IsReachable(predecessor)) continue;
                for (Block? at = predecessor; at is not null && at != ImmediateDominator(block); at = ImmediateDominator(at)) frontiers[at.Id].Add(block);
            }
        }

        return frontiers;
    }

    /// <summary>The first use that its definition does not dominate, or null.</summary>
    internal static string? Check(IrFunction function)
    {
        Dominance dominance = function.Dominance;
        Dictionary<Value, int> places = [];
        foreach (Block block in dominance.ReversePostorder)
        {
            for (int i = 0; i < block.Values.Count; i++) places[block.Values[i]] = i;
        }

        foreach (Block block in dominance.ReversePostorder)
        {
            foreach (Value value in block.Values)
            {
                for (int i = 0; i < value.Operands.Count; i++)
                {
                    Value operand = value.Operands[i];
                    if (value.Op == Op.Phi)
                    {
                        Block from = block.Predecessors[i];
                        if (dominance.IsReachable(from) && !dominance.IsDominated(from, operand.Block!)) return $"%{operand.Id} does not reach the phi %{value.Id} from {from}";
                        continue;
                    }

                    bool good = operand.Block == block ? places[operand] < places[value] : dominance.IsReachable(operand.Block!) && dominance.IsDominated(block, operand.Block!);
                    if (!good) return $"%{operand.Id} is used before it is there: {value}";
                }
            }
        }

        return null;
    }

    private static List<Block> Walk(IrFunction function)
    {
        List<Block> order = new(function.Blocks.Count);
        bool[] seen = new bool[function.BlockCount];
        Stack<(Block Block, int Next)> path = new();
        path.Push((function.Entry, 0));
        seen[function.Entry.Id] = true;
        while (path.TryPop(out (Block Block, int Next) top))
        {
            if (top.Next < top.Block.Successors.Count)
            {
                path.Push((top.Block, top.Next + 1));
                Block next = top.Block.Successors[top.Next];
                if (seen[next.Id]) continue;
                seen[next.Id] = true;
                path.Push((next, 0));
                continue;
            }

            order.Add(top.Block);
        }

        order.Reverse();
        return order;
    }

    private Block?[] Solve()
    {
        Debug.Assert(ReferenceEquals(_function.Dominance, this), "the graph has changed before dominators were asked for");
        Block?[] immediate = new Block?[_order.Length];
        immediate[_function.Entry.Id] = _function.Entry;
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int i = 1; i < ReversePostorder.Count; i++)
            {
                Block block = ReversePostorder[i];
                Block? best = null;
                foreach (Block predecessor in block.Predecessors)
                {
                    if (_order[predecessor.Id] < 0 || immediate[predecessor.Id] is null) continue;
                    best = best is null ? predecessor : Intersect(immediate, best, predecessor);
                }

                if (immediate[block.Id] == best) continue;
                immediate[block.Id] = best;
                changed = true;
            }
        }

        return immediate;
    }

    private ItemList<Block>[] MakeChildren()
    {
        ItemList<Block>[] children = new ItemList<Block>[_order.Length];
        Array.Fill(children, new ItemList<Block>(0));
        foreach (Block block in ReversePostorder)
        {
            if (ImmediateDominator(block) is { } parent) children[parent.Id].Add(block);
        }

        return children;
    }

    private Block Intersect(Block?[] immediate, Block a, Block b)
    {
        while (a != b)
        {
            while (_order[a.Id] > _order[b.Id]) a = immediate[a.Id]!;
            while (_order[b.Id] > _order[a.Id]) b = immediate[b.Id]!;
        }

        return a;
    }
}

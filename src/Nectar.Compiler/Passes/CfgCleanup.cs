// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes;

/// <summary>
/// Makes the graph as small as it is: branches on constants go, blocks that nothing reaches go, a block and its only successor are one
/// if that has no other predecessor, blocks that only jump are passed by, phis that have one value are that value.
/// </summary>
internal static class CfgCleanup
{
    public static bool Run(IrFunction function, PassContext context)
    {
        bool any = false;
        for (bool changed = true; changed;)
        {
            changed = false;
            foreach (Block block in function.Blocks) changed |= FoldTerminator(block);
            changed |= RemoveUnreachable(function);
            foreach (Block block in function.Blocks) changed |= FoldPhis(block);
            bool merged = false;
            foreach (Block block in function.Blocks) merged |= block.Terminator is not null && MergeWithSuccessor(block);
            if (merged) function.Blocks.RemoveAll(block => block.Values.Count == 0);
            changed |= merged;
            foreach (Block block in function.Blocks) changed |= Bypass(block);
            any |= changed;
        }

        return any;
    }

    /// <summary>Drops the blocks that nothing reaches.</summary>
    public static bool RemoveUnreachable(IrFunction function)
    {
        Dominance order = function.Dominance;
        if (order.ReversePostorder.Count == function.Blocks.Count) return false;
        List<Block> dead = function.Blocks.FindAll(block => !order.IsReachable(block));
        foreach (Block block in dead) block.RemoveTerminator();
        // What dead code computed is used by dead code only: operands of living phis went with the edges.
        foreach (Block block in dead) block.RemoveAll(_ => true);
        function.Blocks.RemoveAll(block => !order.IsReachable(block));
        return true;
    }

    private static bool FoldTerminator(Block block)
    {
        Value terminator = block.Terminator!;
        if (terminator.Op == Op.Branch)
        {
            if (terminator[0].Op is Op.Constant or Op.Undefined) return Reduce(block, terminator[0].Op == Op.Constant && terminator[0].Immediate != 0 ? 0 : 1);
            if (terminator.Targets[0] == terminator.Targets[1] && AreEdgesAlike(block, terminator.Targets[0])) return Reduce(block, 0);
        }
        else if (terminator.Op == Op.Switch && terminator[0].Op is Op.Constant or Op.Undefined)
        {
            return Reduce(block, Array.IndexOf((long[])terminator.Symbol!, terminator[0].Immediate) + 1);
        }

        return false;
    }

    private static bool Reduce(Block block, int target)
    {
        block.ReduceToJump(target);
        return true;
    }

    private static bool AreEdgesAlike(Block from, Block to)
    {
        foreach (Value phi in to.Phis)
        {
            Value? first = null;
            for (int i = 0; i < to.Predecessors.Count; i++)
            {
                if (to.Predecessors[i] != from) continue;
                if (first is not null && first != phi[i]) return false;
                first = phi[i];
            }
        }

        return true;
    }

    private static bool FoldPhis(Block block)
    {
        bool changed = false;
        for (int i = block.FirstOrdinary - 1; i >= 0; i--)
        {
            Value phi = block.Values[i];
            if (OnlyOperand(phi) is not { } only) continue;
            phi.ReplaceUsesWith(only);
            phi.Remove();
            changed = true;
        }

        return changed;
    }

    /// <summary>The one value that a phi has beside itself; null if there are several.</summary>
    internal static Value? OnlyOperand(Value phi)
    {
        Value? only = null;
        foreach (Value operand in phi.Operands)
        {
            if (operand == phi || operand == only) continue;
            if (only is not null) return null;
            only = operand;
        }

        return only;
    }

    private static bool MergeWithSuccessor(Block block)
    {
        bool changed = false;
        while (block.Terminator is { Op: Op.Jump } jump && jump.Targets[0] is var next && next != block && next != block.Function.Entry && next.Predecessors.Count == 1)
        {
            FoldPhis(next);
            block.RemoveTerminator();
            next.MoveTail(0, block);
            changed = true;
        }

        return changed;
    }

    /// <summary>Lets the predecessors of a block of phis and a jump go straight on.</summary>
    private static bool Bypass(Block block)
    {
        if (block.Terminator is not { Op: Op.Jump } jump || block == block.Function.Entry || jump.Targets[0] == block) return false;
        Block to = jump.Targets[0];
        int phis = block.FirstOrdinary;
        return block.Values.Count == phis + 1 && BypassTo(to, block, phis);
    }

    private static bool BypassTo(Block to, Block block, int phis)
    {
        bool toHasPhis = to.FirstOrdinary > 0;
        int edge = to.Predecessors.IndexOf(block);
        if (phis > 0)
        {
            foreach (Value phi in block.Phis)
            {
                foreach (Value user in phi.Users)
                {
                    if (user.Op != Op.Phi || user.Block != to || user[edge] != phi || user.Operands.CountOf(phi) != 1) return false;
                }
            }
        }

        bool changed = false;
        Block[] predecessors = block.Predecessors.ToArray();
        for (int p = 0; p < predecessors.Length; p++)
        {
            Block from = predecessors[p];
            if (from == block || Array.IndexOf(predecessors, from) < p) continue;
            // Two edges from one block to another must agree on all phis, else the code for the phis has no place.
            if (toHasPhis && (to.Predecessors.Contains(from) || from.Successors.CountOf(block) > 1)) continue;
            for (int i = 0; i < from.Successors.Count; i++)
            {
                if (from.Successors[i] != block) continue;
                int index = block.Predecessors.IndexOf(from);
                foreach (Value phi in to.Phis) phi.AddOperand(phi[edge] is { Op: Op.Phi } inner && inner.Block == block ? inner[index] : phi[edge]);
                from.Retarget(i, to); // takes the operands of the block's own phis
                changed = true;
            }
        }

        return changed;
    }
}

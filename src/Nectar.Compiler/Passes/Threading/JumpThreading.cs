// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Threading;

/// <summary>
/// A block that only decides what its way in has decided already is left out on that way: truth values made in one place and tested in the next
/// (<c>is not (80 or 8080)</c>, results of <c>TryAt</c>) cost nothing. The block's few operations are copied for the way.
/// </summary>
internal static class JumpThreading
{
    private const int MaxCopied = 8;
    private const int MaxRounds = 4096;

    public static bool Run(IrFunction function, PassContext context)
    {
        bool any = false;
        int rounds = 0;
        for (bool changed = true; changed && rounds < MaxRounds;)
        {
            changed = false;
            foreach (Block block in function.Blocks.ToArray())
            {
                if (block.Terminator is not { Op: Op.Branch or Op.Switch } || block == function.Entry || !IsCheap(block)) continue;
                for (int edge = block.Predecessors.Count - 1; edge >= 0; edge--)
                {
                    Block from = block.Predecessors[edge];
                    if (from == block || block.Predecessors.Count < 2 || Target(block, edge) is not { } target || target == block) continue;
                    if (from.Terminator!.Targets.Count(t => t == block) > 1) continue;
                    Thread(block, edge, target);
                    changed = any = true;
                    if (++rounds >= MaxRounds) return any;
                }
            }
        }

        return any;
    }

    private static bool IsCheap(Block block)
    {
        int copied = 0;
        foreach (Value value in block.Values)
        {
            if (value.Op == Op.Phi || value.IsTerminator) continue;
            if (!value.Op.IsPure() || ++copied > MaxCopied) return false;
        }

        return true;
    }

    private static Block? Target(Block block, int edge)
    {
        Value terminator = block.Terminator!;
        if (ConditionFold.Evaluate(terminator[0], block, edge) is not { } number) return null;
        if (terminator.Op == Op.Branch) return terminator.Targets[number != 0 ? 0 : 1];
        int index = Array.IndexOf((long[])terminator.Symbol!, number);
        return terminator.Targets[index + 1];
    }

    private static void Thread(Block block, int edge, Block target)
    {
        IrFunction function = block.Function;
        Block from = block.Predecessors[edge], copy = function.NewBlock();
        Dictionary<Value, Value> copies = [];
        foreach (Value phi in block.Phis) copies.Add(phi, phi[edge]);
        foreach (Value value in block.Values)
        {
            if (value.Op == Op.Phi || value.IsTerminator) continue;
            Value made = Clone(function, value, copies);
            copies.Add(value, made);
            copy.Append(made);
        }

        Value jump = function.NewValue(Op.Jump, IrType.Void);
        (jump.Location, jump.Targets) = (block.Terminator!.Location, [target]);
        copy.Append(jump);
        int old = target.Predecessors.IndexOf(block);
        foreach (Value phi in target.Phis) phi.AddOperand(copies.GetValueOrDefault(phi[old], phi[old]));

        from.Retarget(Array.IndexOf(from.Terminator!.Targets, block), copy);
        foreach (Value value in block.Values.ToArray())
        {
            if (value.Type == IrType.Void || value.IsTerminator || !value.Users.Any(user => user.Block != block || user.Op == Op.Phi)) continue;
            new SsaRepair(value, new Dictionary<Block, Value> { [block] = value, [copy] = copies[value] }).Rewrite(value);
        }
    }

    private static Value Clone(IrFunction function, Value value, Dictionary<Value, Value> copies)
    {
        Value made = function.NewValue(value.Op, value.Type, [.. value.Operands.Select(operand => copies.GetValueOrDefault(operand, operand))]);
        (made.Immediate, made.Width, made.IsSigned, made.IsVolatile) = (value.Immediate, value.Width, value.IsSigned, value.IsVolatile);
        (made.Symbol, made.Origin, made.Location) = (value.Symbol, value.Origin, value.Location);
        return made;
    }
}

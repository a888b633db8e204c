// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Threading;

/// <summary>Computes a condition for one way into a block, as far as that way makes its phis constants.</summary>
internal static class ConditionFold
{
    private const int MaxDepth = 8;

    /// <summary>The number that a value is when its block is entered by an edge; null if that is not known.</summary>
    /// <param name="value">A value of the block, or one from before.</param>
    /// <param name="block">The block that is entered.</param>
    /// <param name="edge">The index of the predecessor.</param>
    /// <param name="depth">How deep the computation was followed already.</param>
    public static long? Evaluate(Value value, Block block, int edge, int depth = 0)
    {
        if (value.IsConstant) return value.Immediate;
        if (depth > MaxDepth) return null;
        if (value.Block == block && value.Op == Op.Phi)
        {
            Value operand = value[edge];
            return operand.IsConstant ? operand.Immediate : KnownOnEdge(operand, block.Predecessors[edge], block);
        }

        if (KnownOnEdge(value, block.Predecessors[edge], block) is { } known) return known;
        if (value.Block != block) return null;
        if (value.Op.IsComparison() && value[0].Type == IrType.Pointer) return CompareWithNull(value, block, edge);
        switch (value.Op)
        {
            case Op.ZeroExtend when Evaluate(value[0], block, edge, depth + 1) is { } narrow:
                return narrow & (long)(ulong.MaxValue >> (64 - (value.Width * 8)));
            case Op.Truncate when Evaluate(value[0], block, edge, depth + 1) is { } wide:
                return (int)wide;
        }

        if (value.Operands.Count != 2 || Evaluate(value[0], block, edge, depth + 1) is not { } a || Evaluate(value[1], block, edge, depth + 1) is not { } b) return null;
        return ConstantFolding.Fold(value.Op, value[0].Type, a, b);
    }

    /// <summary>What the branch at the end of the predecessor says about a value that it tested itself.</summary>
    private static long? KnownOnEdge(Value value, Block from, Block to)
    {
        if (value.Type != IrType.I32 || from.Terminator is not { Op: Op.Branch } branch || branch.Targets[0] == branch.Targets[1]) return null;
        bool isTaken = branch.Targets[0] == to;
        Value tested = branch[0];
        if (ReferenceEquals(tested, value))
        {
            if (!isTaken) return 0;
            return value.Op.IsComparison() ? 1 : null;
        }

        if (tested.Op.IsComparison() && value.Op.IsComparison() && ReferenceEquals(tested[0], value[0]) && ReferenceEquals(tested[1], value[1]))
        {
            if (tested.Op == value.Op) return isTaken ? 1 : 0;
            if (tested.Op.Negated() == value.Op) return isTaken ? 0 : 1;
        }

        return null;
    }

    private static long? CompareWithNull(Value comparison, Block block, int edge)
    {
        if (comparison.Op is not (Op.Equal or Op.NotEqual)) return null;
        Value pointer = comparison[0], other = comparison[1];
        if (!other.IsConstantOf(0)) (pointer, other) = (other, pointer);
        if (!other.IsConstantOf(0)) return null;
        if (pointer.Block == block && pointer.Op == Op.Phi) pointer = pointer[edge];
        bool? isNull = pointer.IsConstantOf(0) ? true : IsNeverNull(pointer) ? false : TestedNull(pointer, block.Predecessors[edge], block);
        return isNull is { } known ? known == (comparison.Op == Op.Equal) ? 1 : 0 : null;
    }

    private static bool? TestedNull(Value pointer, Block from, Block to)
    {
        if (from.Terminator is not { Op: Op.Branch } branch || branch.Targets[0] == branch.Targets[1]) return null;
        Value tested = branch[0];
        if (tested.Op is not (Op.Equal or Op.NotEqual) || !ReferenceEquals(tested[0], pointer) || !tested[1].IsConstantOf(0)) return null;
        return (branch.Targets[0] == to) == (tested.Op == Op.Equal);
    }

    private static bool IsNeverNull(Value pointer) => pointer.Op switch
    {
        Op.StackSlot or Op.MapAddress or Op.GlobalAddress or Op.FunctionAddress => true,
        Op.PointerOffset or Op.PointerAdd => pointer.Origin is PointerOrigin.Stack or PointerOrigin.Packet || IsNeverNull(pointer[0]),
        Op.Load => pointer.Origin is PointerOrigin.Packet or PointerOrigin.PacketEnd,
        _ => false,
    };
}

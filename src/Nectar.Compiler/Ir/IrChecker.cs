// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Compiler.Ir;

/// <summary>Finds what must never be in the IR: run after every pass in tests and in debug builds.</summary>
internal static class IrChecker
{
    /// <summary>The first defect, or null.</summary>
    public static string? Check(IrFunction function)
    {
        foreach (Block block in function.Blocks)
        {
            if (block.Terminator is not { } terminator) return $"{block} has no terminator";
            foreach (Block target in terminator.Targets)
            {
                if (!function.Blocks.Contains(target)) return $"{block} goes to {target}, which is not in the function";
                if (terminator.Targets.Count(other => other == target) != target.Predecessors.Count(other => other == block)) return $"{target} does not know all edges from {block}";
            }

            foreach (Block predecessor in block.Predecessors)
            {
                if (!predecessor.Successors.Contains(block)) return $"{block} names {predecessor}, which does not go there";
            }

            for (int i = 0; i < block.Values.Count; i++)
            {
                if (Check(function, block, block.Values[i], i) is { } problem) return $"{problem}\n  in {block}: {block.Values[i]}";
            }
        }

        return Dominance.Check(function);
    }

    private static string? Check(IrFunction function, Block block, Value value, int index)
    {
        if (value.Block != block) return "the value believes to be in another block";
        if (value.IsTerminator && index != block.Values.Count - 1) return "a terminator in the middle";
        if (value.Op == Op.Phi && index >= block.FirstOrdinary) return "a phi behind other operations";
        if (value.Op == Op.Phi && value.Operands.Count != block.Predecessors.Count) return $"a phi of {value.Operands.Count} operands for {block.Predecessors.Count} edges";
        if (value.Op is Op.StackSlot or Op.Parameter && block != function.Entry) return "belongs into the entry block";
        foreach (Value operand in value.Operands)
        {
            if (operand.Block is null) return $"operand %{operand.Id} is in no block";
            if (!operand.Users.Contains(value)) return $"operand %{operand.Id} does not know its user";
            if (operand.Type == IrType.Void) return $"operand %{operand.Id} has no result";
        }

        return CheckTypes(value);
    }

    private static string? CheckTypes(Value value)
    {
        int count = value.Operands.Count;
        bool good = value.Op switch
        {
            >= Op.Add and <= Op.ShiftRightSigned => count == 2 && value.Type is IrType.I32 or IrType.I64 && value[0].Type == value.Type && value[1].Type == value.Type,
            Op.Negate or Op.ByteSwap => count == 1 && value[0].Type == value.Type,
            Op.ZeroExtend or Op.SignExtend => count == 1 && value[0].Type is IrType.I32 or IrType.I64 && value.Width is 1 or 2 or 4,
            Op.Truncate => count == 1 && value[0].Type == IrType.I64,
            >= Op.Equal and <= Op.GreaterOrEqualSigned => count == 2 && value[0].Type == value[1].Type && value.Type == IrType.I32,
            Op.PointerOffset or Op.CoreField => count == 1 && value[0].Type == IrType.Pointer,
            Op.PointerAdd => count == 2 && value[0].Type == IrType.Pointer && value[1].Type == IrType.I64,
            Op.PointerDifference => count == 2 && value[0].Type == IrType.Pointer && value[1].Type == IrType.Pointer,
            Op.Load => count == 1 && value[0].Type == IrType.Pointer && value.Width is 1 or 2 or 4 or 8 && (value.Type != IrType.I32 || value.Width <= 4),
            Op.Store => count == 2 && value[0].Type == IrType.Pointer && value.Width is 1 or 2 or 4 or 8,
            Op.MemoryCopy or Op.MemoryEqual => count == 2 && value[0].Type == IrType.Pointer && value[1].Type == IrType.Pointer,
            Op.Call => count <= 5 && value.Symbol is CallTarget or IrFunction,
            Op.Phi => value.Operands.All(operand => operand.Type == value.Type),
            Op.Jump => value.Targets.Length == 1,
            Op.Branch => count == 1 && value.Targets.Length == 2,
            Op.Switch => count == 1 && value.Symbol is long[] cases && value.Targets.Length == cases.Length + 1,
            _ => true,
        };
        return good ? null : "operands or result have the wrong types or number";
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Codegen.Preparation;

/// <summary>
/// Comparisons that are wanted as a number become a branch and a phi of 1 and 0: eBPF has no instruction that gives one. A sign is a shift.
/// </summary>
internal static class ComparisonValues
{
    public static void Run(IrFunction function)
    {
        for (int b = 0; b < function.Blocks.Count; b++) // blocks split off are appended and looked at in turn
        {
            Block block = function.Blocks[b];
            for (int i = 0; i < block.Values.Count; i++)
            {
                Value value = block.Values[i];
                if (!value.Op.IsComparison() || !value.Users.Any(user => user.Op != Op.Branch)) continue;
                if (IsSign(value))
                {
                    Value shift = function.NewValue(Op.ShiftRight, IrType.I32, value[0], function.Constant(IrType.I32, 31));
                    shift.Location = value.Location;
                    block.Insert(block.IndexOf(value), shift);
                    value.ReplaceUsesWith(shift);
                    value.Remove();
                    i = block.IndexOf(shift);
                    continue;
                }

                Split(block, value);
                break;
            }
        }
    }

    private static bool IsSign(Value value) => value.Op == Op.LessSigned && value[0].Type == IrType.I32 && value[1].IsConstantOf(0);

    private static void Split(Block block, Value comparison)
    {
        IrFunction function = block.Function;
        Value one = function.Constant(IrType.I32, 1);
        Value zero = function.Constant(IrType.I32, 0);
        Block rest = function.NewBlock();
        block.MoveTail(block.IndexOf(comparison) + 1, rest);
        Block otherwise = function.NewBlock();
        IrBuilder builder = new(function) { Block = block, Location = comparison.Location };
        builder.Branch(comparison, rest, otherwise);
        builder.Block = otherwise;
        builder.Jump(rest);
        Value phi = function.NewValue(Op.Phi, IrType.I32, one, zero);
        phi.Location = comparison.Location;
        rest.Insert(0, phi);
        foreach (Value user in comparison.Users.ToArray())
        {
            if (user.Op == Op.Branch) continue;
            for (int i = 0; i < user.Operands.Count; i++)
            {
                if (user[i] == comparison) user[i] = phi;
            }
        }
    }
}

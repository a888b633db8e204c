// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Simplification;

/// <summary>Rules for the conditions of branches, which only ask whether something is zero.</summary>
internal static class Branches
{
    public static Value? Apply(Value branch, Simplify pass)
    {
        Value condition = branch[0];
        Value? inner = condition.Op switch
        {
            Op.ZeroExtend when condition.Width == 4 && condition[0].Type == IrType.I32 => condition[0],
            Op.ZeroExtend or Op.SignExtend when condition[0].Type == condition.Type && KnownBits.Max(condition[0]) <= Folding.Mask(condition.Width) => condition[0],
            Op.Negate or Op.ByteSwap when condition.Op == Op.Negate || condition.Width == 8 => condition[0],
            Op.NotEqual when condition[1].IsConstantOf(0) && KnownBits.IsBoolean(condition[0]) => condition[0],
            _ => null,
        };
        if (inner is not null)
        {
            branch[0] = inner;
            return branch;
        }

        if (condition.Op != Op.Equal || !condition[1].IsConstantOf(0) || !KnownBits.IsBoolean(condition[0]) || branch.Targets[0] == branch.Targets[1]) return null;
        (branch.Targets[0], branch.Targets[1]) = (branch.Targets[1], branch.Targets[0]);
        branch[0] = condition[0];
        return branch;
    }
}

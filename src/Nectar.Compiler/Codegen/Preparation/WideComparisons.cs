// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Codegen.Selection;
using Nectar.Compiler.Ir;
using Nectar.Compiler.Passes.Ranges;

namespace Nectar.Compiler.Codegen.Preparation;

/// <summary>
/// Versions without jumps of 32 bits compare numbers of 32 bits that are extended to 64. An address that is made of such a number extends it as
/// well, and verifiers learn nothing about one copy from a check of the other: so there is one extension for all, behind the definition.
/// </summary>
internal sealed class WideComparisons
{
    private readonly IrFunction _function;
    private readonly SignificantBits _bits;
    private readonly RangeAnalysis _ranges;
    private readonly Dictionary<(Value Of, bool IsSigned), Value> _extensions = [];

    private WideComparisons(IrFunction function) =>
        (_function, _bits, _ranges) = (function, new SignificantBits(function, function.Dominance), new RangeAnalysis(function));

    public static void Run(IrFunction function, CompilationTarget target)
    {
        if (target.HasJump32) return;
        WideComparisons pass = new(function);
        foreach (Block block in function.Blocks)
        {
            foreach (Value value in block.Values.ToArray())
            {
                if (value.Block is not null && value.Op.IsComparison() && value[0].Type == IrType.I32) pass.Widen(value);
            }
        }
    }

    private void Widen(Value comparison)
    {
        (Value left, Value right) = (comparison[0], comparison[1]);
        bool isSigned = comparison.Op is >= Op.LessSigned and <= Op.GreaterOrEqualSigned;
        if (IsFine(left, isSigned) && IsFine(right, isSigned)) return; // a comparison of all 64 bits gives the same
        if (BranchSelection.IsBitTest(left)) return;
        (comparison[0], comparison[1]) = (Extended(left, isSigned), Extended(right, isSigned));
    }

    private bool IsFine(Value value, bool isSigned) => value.IsConstant ? value.Immediate >= 0 : _bits.Of(value) <= (isSigned ? 31 : 32);

    private Value Extended(Value value, bool isSigned)
    {
        if (value.IsConstant) return _function.Constant(IrType.I64, isSigned ? value.Immediate : (uint)value.Immediate);
        Value compared = value;
        while (value.Op == Op.Truncate) value = value[0]; // the extension of what was cut is the same
        if (_extensions.TryGetValue((value, isSigned), out Value? known)) return known;
        Value extended = _function.NewValue(isSigned ? Op.SignExtend : Op.ZeroExtend, IrType.I64, value);
        (extended.Width, extended.Location) = (4, value.Location);
        value.Block!.Insert(value.Op == Op.Phi ? value.Block.FirstOrdinary : value.Block.IndexOf(value) + 1, extended);
        ReplaceOthers(value, extended, compared);
        return _extensions[(value, isSigned)] = extended;
    }

    /// <summary>Extensions of the same kind, and of the other kind where the number is known not to be negative.</summary>
    private void ReplaceOthers(Value value, Value extended, Value compared)
    {
        foreach (Value user in value.Users.ToArray())
        {
            if (user.Op == Op.Truncate) ReplaceOthers(user, extended, compared);
            if (user == extended || user.Op is not (Op.ZeroExtend or Op.SignExtend) || user.Type != IrType.I64 || user.Width != 4 || _extensions.ContainsValue(user)) continue;
            if (user.Op != extended.Op && _ranges.Range(compared, user.Block!).UMax > int.MaxValue) continue;
            user.ReplaceUsesWith(extended);
            user.Remove();
        }
    }
}

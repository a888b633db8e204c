// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Compiler.Codegen.Machine;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Codegen.Selection;

/// <summary>
/// Conditional jumps with their comparison. Comparisons of 32-bit values are done on all 64 bits where both upper halves are zero: the
/// verifiers learn most from those, and jump on 32 bits, which v1 and v2 have not, only where the upper half is not known.
/// </summary>
internal sealed class BranchSelection(SelectionState state, ArithmeticSelection arithmetic)
{
    public MachineInstruction Condition(Value condition)
    {
        if (!condition.Op.IsComparison()) return Compare(Operation.Jne, condition, null, 0);
        (Op op, Value left, Value right) = (condition.Op, condition[0], condition[1]);
        if (left.IsConstant && !right.IsConstant) (op, left, right) = (op.Mirrored(), right, left);
        Operation jump = op switch
        {
            Op.Equal => Operation.Jeq,
            Op.NotEqual => Operation.Jne,
            Op.LessUnsigned => Operation.Jlt,
            Op.LessOrEqualUnsigned => Operation.Jle,
            Op.GreaterUnsigned => Operation.Jgt,
            Op.GreaterOrEqualUnsigned => Operation.Jge,
            Op.LessSigned => Operation.Jslt,
            Op.LessOrEqualSigned => Operation.Jsle,
            Op.GreaterSigned => Operation.Jsgt,
            _ => Operation.Jsge,
        };
        if (right.IsConstant && right.Immediate == 0 && jump is Operation.Jeq or Operation.Jne && BitTest(left, jump) is { } test) return test;
        return right.IsConstant ? Compare(jump, left, null, right.Immediate) : Compare(jump, left, right, 0);
    }

    /// <summary>True for the and of a comparison that becomes one instruction with it.</summary>
    public static bool IsBitTest(Value value) =>
        value.Op == Op.And && value.Users.Count == 1 && value.Users[0] is { Op: Op.Equal or Op.NotEqual } compare && compare[1].IsConstantOf(0)
        && value[1].IsConstant && value[1].Immediate == (int)value[1].Immediate && (value.Type == IrType.I64 || value[1].Immediate >= 0)
        && compare.Users.All(user => user.Op == Op.Branch && user.Block == value.Block);

    private MachineInstruction? BitTest(Value value, Operation jump)
    {
        if (!IsBitTest(value)) return null;
        MachineInstruction test = New(Operation.Jset, 64, state.Use(value[0]));
        test.Immediate = value[1].Immediate;
        test.Arguments = jump == Operation.Jeq ? (byte)1 : (byte)0; // 1: the caller exchanges the targets
        return test;
    }

    private MachineInstruction Compare(Operation jump, Value left, Value? right, long number)
    {
        bool isSigned = jump is >= Operation.Jsgt and <= Operation.Jsge or Operation.Jslt or Operation.Jsle;
        if (left.Type != IrType.I32) return Compare64(jump, isSigned, left, right, number);
        int limit = isSigned ? 31 : 32;
        bool isNarrow = !left.IsConstant && state.Bits.Of(left) <= limit && (right is null ? number >= 0 : state.Bits.Of(right) <= limit && !right.IsConstant);
        if (isNarrow || state.Target.HasJump32)
        {
            MachineInstruction compare = New(jump, isNarrow ? 64 : 32, state.Use(left));
            if (right is null) compare.Immediate = number;
            else compare.Source = state.Use(right);
            return compare;
        }

        MachineInstruction wide = New(jump, 64, Extended(left, isSigned));
        if (right is not null) wide.Source = Extended(right, isSigned);
        else if (isSigned || number >= 0) wide.Immediate = number;
        else wide.Source = state.Number(IrType.I32, number);
        return wide;
    }

    private MachineInstruction Compare64(Operation jump, bool isSigned, Value left, Value? right, long number)
    {
        if (right is null && number != (int)number && !isSigned && state.Target.HasJump32 && (ulong)number <= uint.MaxValue && state.Bits.IsNarrow(left))
        {
            MachineInstruction narrow = New(jump, 32, state.Use(left));
            narrow.Immediate = (int)number;
            return narrow;
        }

        int source = right is not null ? state.Use(right) : number != (int)number ? state.Number(IrType.I64, number) : -1;
        MachineInstruction compare = New(jump, 64, state.Use(left));
        compare.Source = source;
        if (source < 0) compare.Immediate = number;
        return compare;
    }

    private MachineInstruction New(Operation jump, int width, int left) =>
        new() { Operation = jump, Width = (byte)width, Destination = left, Location = state.Location };

    private int Extended(Value value, bool isSigned)
    {
        if (!isSigned && state.Bits.IsNarrow(value)) return state.Use(value);
        int register = state.Machine.NewRegister();
        if (isSigned) arithmetic.ExtendSign(register, value, 4, 64);
        else arithmetic.ClearUpper(register, value);
        return register;
    }
}

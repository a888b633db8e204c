// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Compiler.Codegen.Machine;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Codegen.Selection;

/// <summary>
/// Arithmetic and conversions. A 32-bit value may have anything in the upper half of its register: 32-bit instructions, which every cpu
/// version has, do not look at it, and what does look asks <see cref="SignificantBits"/> first.
/// </summary>
internal sealed class ArithmeticSelection(SelectionState state)
{
    public void Select(Value value)
    {
        switch (value.Op)
        {
            case Op.Negate:
                int negated = state.Home(value);
                state.UseInto(negated, value[0]);
                state.Emit(new MachineInstruction { Operation = Operation.Neg, Width = WidthOf(value), Destination = negated });
                break;
            case Op.ByteSwap:
                int swapped = state.Home(value);
                state.UseInto(swapped, value[0]);
                int bits = value.Width * 8;
                state.Emit(new MachineInstruction { Operation = Operation.ToBe, Width = (byte)bits, Destination = swapped, Immediate = bits });
                break;
            case Op.ZeroExtend:
                ZeroExtend(value);
                break;
            case Op.SignExtend:
                SignExtend(value);
                break;
            case Op.Truncate or Op.PointerToInteger or Op.IntegerToPointer:
                state.Alias(value, state.Use(value[0]));
                break;
            case Op.PointerOffset:
                int moved = state.Home(value);
                state.SetPointer(moved, state.Addresses.Of(value[0], value.Immediate));
                break;
            case Op.PointerAdd when state.Addresses.IsFrameSum(value):
                int frame = state.Home(value);
                state.UseInto(frame, value[1]);
                state.Register(Operation.Add, 64, frame, MachineFacts.FramePointer);
                break;
            case Op.PointerAdd:
                Binary(value, Operation.Add);
                break;
            case Op.PointerDifference:
                Binary(value, Operation.Sub);
                break;
            case Op.CoreField:
                int field = state.Home(value);
                state.UseInto(field, value[0]);
                CoreAccess access = (CoreAccess)value.Symbol!;
                state.Immediate(Operation.Add, 64, field, access.LocalValue).Access = access;
                break;
            case Op.CoreConstant:
                Ask(value, (CoreAccess)value.Symbol!);
                break;
            case Op.Subtract when value[1].IsConstant && value[1].Immediate != int.MinValue && Fits(value, -value[1].Immediate):
                int less = state.Home(value);
                state.UseInto(less, value[0]);
                state.Immediate(Operation.Add, WidthOf(value), less, -value[1].Immediate);
                break;
            default:
                Binary(value, Code(value.Op));
                break;
        }
    }

    /// <summary>Bits of the instruction that computes a value.</summary>
    private static byte WidthOf(Value value) => value.Type == IrType.I32 ? (byte)32 : (byte)64;

    private static bool Fits(Value value, long number) => value.Type == IrType.I32 || number == (int)number;

    private static Operation Code(Op op) => op switch
    {
        Op.Add => Operation.Add,
        Op.Subtract => Operation.Sub,
        Op.Multiply => Operation.Mul,
        Op.DivideUnsigned => Operation.Div,
        Op.DivideSigned => Operation.SDiv,
        Op.RemainderUnsigned => Operation.Mod,
        Op.RemainderSigned => Operation.SMod,
        Op.And => Operation.And,
        Op.Or => Operation.Or,
        Op.Xor => Operation.Xor,
        Op.ShiftLeft => Operation.Lsh,
        Op.ShiftRight => Operation.Rsh,
        Op.ShiftRightSigned => Operation.Arsh,
        _ => throw new InvalidOperationException($"{op} is no arithmetic"),
    };

    private void Binary(Value value, Operation operation)
    {
        (Value left, Value right) = (value[0], value[1]);
        if (left.IsConstant && !right.IsConstant && MachineFacts.IsCommutative(operation)) (left, right) = (right, left);
        if (right.IsConstant && operation == Operation.And && state.Bits.Of(left) < 64 && ((1L << state.Bits.Of(left)) - 1 & ~right.Immediate) == 0)
        {
            state.Alias(value, state.Use(left)); // the mask takes nothing away
            return;
        }

        byte width = WidthOf(value);
        if (right.IsConstant && operation == Operation.And && width == 64 && right.Immediate == uint.MaxValue)
        {
            ClearUpper(state.Home(value), left);
            return;
        }

        if (right.IsConstant && operation == Operation.And && (ulong)right.Immediate <= uint.MaxValue) width = 32; // clears the upper half as well
        int result = state.Home(value);
        if (right.IsConstantOf(0) && operation is Operation.Div or Operation.SDiv or Operation.Mod or Operation.SMod)
        {
            if (operation is Operation.Div or Operation.SDiv) state.SetNumber(result, IrType.I64, 0); // the verifier refuses the instruction
            else state.UseInto(result, left);
            return;
        }

        bool isShift = operation is Operation.Lsh or Operation.Rsh or Operation.Arsh;
        if (right.IsConstant && (isShift || width == 32 || right.Immediate == (int)right.Immediate))
        {
            long number = isShift ? right.Immediate & (width - 1) : right.Immediate;
            state.UseInto(result, left);
            state.Immediate(operation, width, result, width == 32 ? (int)number : number);
            return;
        }

        int other = state.Use(right); // before the result is written: it may be made of an address
        state.UseInto(result, left);
        state.Register(operation, width, result, other);
    }

    /// <summary>Copies the low half of a value and clears the upper.</summary>
    public void ClearUpper(int result, Value value)
    {
        if (value.IsConstant)
        {
            state.SetNumber(result, IrType.I32, value.Immediate);
            return;
        }

        if (state.Bits.IsNarrow(value))
        {
            state.UseInto(result, value);
            return;
        }

        if (state.Target.Cpu >= 3)
        {
            state.Register(Operation.Mov, 32, result, state.Use(value));
            return;
        }

        // verifiers of that time forget what they know over a 32-bit move, but not over shifts
        state.UseInto(result, value);
        state.Immediate(Operation.Lsh, 64, result, 32);
        state.Immediate(Operation.Rsh, 64, result, 32);
    }

    /// <summary>Copies the low half of a value and fills the upper with its sign.</summary>
    public void ExtendSign(int result, Value value, int bytes, int width)
    {
        if (state.Target.HasSignedLoads)
        {
            Operation move = bytes switch { 1 => Operation.MovSx8, 2 => Operation.MovSx16, _ => Operation.MovSx32 };
            state.Register(move, width, result, state.Use(value));
            return;
        }

        state.UseInto(result, value);
        state.Immediate(Operation.Lsh, width, result, width - (bytes * 8));
        state.Immediate(Operation.Arsh, width, result, width - (bytes * 8));
    }

    private void ZeroExtend(Value value)
    {
        Value from = value[0];
        if (state.Bits.Of(from) <= value.Width * 8 && !from.IsConstant)
        {
            state.Alias(value, state.Use(from));
            return;
        }

        int result = state.Home(value);
        if (value.Width == 4)
        {
            ClearUpper(result, from);
            return;
        }

        state.UseInto(result, from);
        state.Immediate(Operation.And, 64, result, value.Width == 1 ? 0xff : 0xffff);
    }

    private void SignExtend(Value value)
    {
        Value from = value[0];
        bool isSame = value.Width == 4 && value.Type == IrType.I32;
        if (from.IsConstant)
        {
            long number = value.Width switch { 1 => (sbyte)from.Immediate, 2 => (short)from.Immediate, _ => (int)from.Immediate };
            state.SetNumber(state.Home(value), value.Type, number);
            return;
        }

        if (isSame || state.Bits.Of(from) < value.Width * 8)
        {
            state.Alias(value, state.Use(from));
            return;
        }

        ExtendSign(state.Home(value), from, value.Width, value.Type == IrType.I32 ? 32 : 64);
    }

    private void Ask(Value value, CoreAccess access)
    {
        int result = state.Home(value);
        bool isWide = value.Type == IrType.I64 && (access.LocalValue != (int)access.LocalValue || access.Kind is Nectar.Bpf.Btf.CoreRelocationKind.EnumValue);
        MachineInstruction ask = isWide ? state.Immediate(Operation.LdImm64, 64, result, access.LocalValue) : state.Immediate(Operation.Mov, WidthOf(value), result, access.LocalValue);
        ask.Access = access;
    }
}

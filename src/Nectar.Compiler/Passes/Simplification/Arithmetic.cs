// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Simplification;

/// <summary>Rules for operations of two numbers.</summary>
internal static class Arithmetic
{
    public static Value? Apply(Value value, Simplify pass)
    {
        Value a = value[0], b = value[1];
        IrType type = value.Type;
        if (a.IsConstant && b.IsConstant && ConstantFolding.Fold(value.Op, type, a.Immediate, b.Immediate) is { } number) return pass.Constant(type, number);
        if (a.IsConstant && value.Op.IsCommutative())
        {
            (value[0], value[1]) = (b, a);
            return value;
        }

        if (a.Op == Op.Undefined && value.Op is Op.And or Op.Multiply) return pass.Constant(type, 0); // it may be any number: 0 is one
        if (!b.IsConstant) return OfVariables(value, a, b, pass);
        long c = b.Immediate;
        return value.Op switch
        {
            Op.Add => c == 0 ? a : Combine(value, a, Op.Add, (x, y) => x + y, pass),
            Op.Subtract => pass.New(Op.Add, type, a, pass.Constant(type, -c)),
            Op.Multiply => Multiply(value, a, c, pass),
            Op.DivideUnsigned => Divide(value, a, c, pass),
            Op.RemainderUnsigned => c > 0 && BitOperations.IsPow2(c) ? pass.New(Op.And, type, a, pass.Constant(type, c - 1)) : null,
            Op.DivideSigned => c == 1 ? a : c > 0 && IsNonNegative(a) ? pass.New(Op.DivideUnsigned, type, a, b) : null,
            Op.RemainderSigned => c > 0 && IsNonNegative(a) ? pass.New(Op.RemainderUnsigned, type, a, b) : null,
            Op.And => And(value, a, c, pass),
            Op.Or => c == 0 ? a : c == -1 ? b : Combine(value, a, Op.Or, (x, y) => x | y, pass),
            Op.Xor => Xor(value, a, c, pass),
            _ => Shift(value, a, (int)c & (type == IrType.I32 ? 31 : 63), pass),
        };
    }

    private static Value? OfVariables(Value value, Value a, Value b, Simplify pass)
    {
        IrType type = value.Type;
        switch (value.Op)
        {
            case Op.Subtract when a == b:
            case Op.Xor when a == b:
                return pass.Constant(type, 0);
            case Op.And or Op.Or when a == b:
                return a;
            case Op.Subtract when a.IsConstantOf(0):
                return pass.New(Op.Negate, type, b);
            case Op.Add when b.Op == Op.Negate:
                return pass.New(Op.Subtract, type, a, b[0]);
            case Op.Or:
                return SwapOfShifts(value, a, b, pass);
            case Op.And or Op.Or or Op.Xor when a.Op == b.Op && a.Op is Op.ZeroExtend && a.Width == b.Width && a[0].Type == b[0].Type && a[0].Type != type:
                return pass.New(Op.ZeroExtend, type, a.Width, pass.New(value.Op, a[0].Type, a[0], b[0]));
            // The machine takes counts modulo the width itself.
            case Op.ShiftLeft or Op.ShiftRight or Op.ShiftRightSigned when b.Op == Op.And && b[1].IsConstantOf(type == IrType.I32 ? 31 : 63):
                value[1] = b[0];
                return value;
            case Op.DivideSigned when IsNonNegative(a) && IsNonNegative(b):
                return pass.New(Op.DivideUnsigned, type, a, b);
            case Op.RemainderSigned when IsNonNegative(a) && IsNonNegative(b):
                return pass.New(Op.RemainderUnsigned, type, a, b);
            default:
                // (x + c) + y: constants go outward, where they meet others and addresses take them.
                if (value.Op == Op.Add && a is { Op: Op.Add, Users.Count: 1 } && a[1].IsConstant) return pass.New(Op.Add, type, pass.New(Op.Add, type, a[0], b), a[1]);
                if (value.Op == Op.Add && b is { Op: Op.Add, Users.Count: 1 } && b[1].IsConstant) return pass.New(Op.Add, type, pass.New(Op.Add, type, a, b[0]), b[1]);
                return null;
        }
    }

    private static bool IsNonNegative(Value value) => KnownBits.Max(value) <= (value.Type == IrType.I32 ? int.MaxValue : (ulong)long.MaxValue);

    private static Value? Combine(Value value, Value inner, Op op, Func<long, long, long> combine, Simplify pass) =>
        inner.Op == op && inner[1].IsConstant ? pass.New(op, value.Type, inner[0], pass.Constant(value.Type, combine(inner[1].Immediate, value[1].Immediate))) : null;

    private static Value? Multiply(Value value, Value a, long c, Simplify pass)
    {
        if (c == 0) return value[1];
        if (c == 1) return a;
        if (c == -1) return pass.New(Op.Negate, value.Type, a);
        if (c > 0 && BitOperations.IsPow2(c)) return pass.New(Op.ShiftLeft, value.Type, a, pass.Constant(value.Type, BitOperations.Log2((ulong)c)));
        return Combine(value, a, Op.Multiply, (x, y) => x * y, pass);
    }

    private static Value? Divide(Value value, Value a, long c, Simplify pass)
    {
        if (c == 1) return a;
        if (c == 0) return value[1];
        return c > 0 && BitOperations.IsPow2(c) ? pass.New(Op.ShiftRight, value.Type, a, pass.Constant(value.Type, BitOperations.Log2((ulong)c))) : null;
    }

    private static Value? And(Value value, Value a, long c, Simplify pass)
    {
        IrType type = value.Type;
        ulong mask = type == IrType.I32 ? (uint)c : (ulong)c;
        if (mask == 0) return value[1];
        ulong possible = KnownBits.Max(a);
        if ((possible & ~mask) == 0) return a;
        if ((possible & mask) == 0) return pass.Constant(type, 0);
        if (a.Op == Op.And && a[1].IsConstant) return pass.New(Op.And, type, a[0], pass.Constant(type, c & a[1].Immediate));
        if ((mask & ~possible) != 0 && a.Op != Op.Phi) return pass.New(Op.And, type, a, pass.Constant(type, (long)(mask & possible)));
        if (a.Op is Op.Or or Op.Xor && a[1].IsConstant && (a[1].Immediate & c) == 0) return pass.New(Op.And, type, a[0], value[1]);
        if (a.Op == Op.Or)
        {
            // A part that was put into an integer is taken out again.
            if ((KnownBits.Max(a[0]) & mask) == 0) return pass.New(Op.And, type, a[1], value[1]);
            if ((KnownBits.Max(a[1]) & mask) == 0) return pass.New(Op.And, type, a[0], value[1]);
        }

        if (a.Op is Op.ZeroExtend or Op.SignExtend && a[0].Type == type && (mask & ~Folding.Mask(a.Width)) == 0) return pass.New(Op.And, type, a[0], value[1]);
        int width = mask switch { 0xFF => 1, 0xFFFF => 2, 0xFFFF_FFFF => 4, _ => 0 };
        return width > 0 && (width < 4 || type == IrType.I64) ? pass.New(Op.ZeroExtend, type, width, a) : null;
    }

    private static Value? Xor(Value value, Value a, long c, Simplify pass)
    {
        if (c == 0) return a;
        if (c == 1 && a.Op.IsComparison()) return pass.Compare(a.Op.Negated(), a[0], a[1]);
        return Combine(value, a, Op.Xor, (x, y) => x ^ y, pass);
    }

    private static Value? Shift(Value value, Value a, int count, Simplify pass)
    {
        IrType type = value.Type;
        int bits = type == IrType.I32 ? 32 : 64;
        if (count == 0) return a;
        if (value.Op == Op.ShiftRightSigned && IsNonNegative(a)) return pass.New(Op.ShiftRight, type, a, value[1]);
        if (value.Op == Op.ShiftRight && KnownBits.Max(a) >> count == 0) return pass.Constant(type, 0);
        if (!a.Op.Equals(Op.ShiftLeft) && !a.Op.Equals(Op.ShiftRight) || !a[1].IsConstant)
        {
            if (value.Op != Op.ShiftRight || a.Op != Op.Or) return null;
            // Only one part of a packed integer is above the shift.
            if (KnownBits.Max(a[0]) >> count == 0) return pass.New(Op.ShiftRight, type, a[1], value[1]);
            return KnownBits.Max(a[1]) >> count == 0 ? pass.New(Op.ShiftRight, type, a[0], value[1]) : null;
        }

        int inner = (int)a[1].Immediate & (bits - 1);
        if (a.Op == value.Op) return count + inner < bits ? pass.New(value.Op, type, a[0], pass.Constant(type, count + inner)) : pass.Constant(type, 0);
        if (inner != count)
        {
            // A field is moved to another place: one shift less where nothing falls off.
            if (value.Op == Op.ShiftRight && a.Op == Op.ShiftLeft && KnownBits.Max(a[0]) <= ulong.MaxValue >> (64 - bits + inner))
            {
                return inner > count ? pass.New(Op.ShiftLeft, type, a[0], pass.Constant(type, inner - count)) : pass.New(Op.ShiftRight, type, a[0], pass.Constant(type, count - inner));
            }

            if (value.Op == Op.ShiftLeft && a.Op == Op.ShiftRight && a.Users.Count == 1)
            {
                // (x >> i) << c keeps the bits from i on: a mask costs as much as a shift, but masks meet others.
                Value moved = count > inner ? pass.New(Op.ShiftLeft, type, a[0], pass.Constant(type, count - inner)) : pass.New(Op.ShiftRight, type, a[0], pass.Constant(type, inner - count));
                ulong kept = ulong.MaxValue >> (64 - bits) >> inner << count;
                return FitsImmediate(type, (long)kept) ? pass.New(Op.And, type, moved, pass.Constant(type, (long)kept)) : null;
            }

            return null;
        }

        switch (value.Op)
        {
            case Op.ShiftRightSigned when a.Op == Op.ShiftLeft && bits - count is 8 or 16 or 32:
                return bits - count == bits ? null : pass.New(Op.SignExtend, type, (bits - count) / 8, a[0]);
            case Op.ShiftRight when a.Op == Op.ShiftLeft && bits - count is 8 or 16 or 32:
                return pass.New(Op.ZeroExtend, type, (bits - count) / 8, a[0]);
            case Op.ShiftRight when a.Op == Op.ShiftLeft && FitsImmediate(type, (long)(ulong.MaxValue >> (64 - bits) >> count)):
                return pass.New(Op.And, type, a[0], pass.Constant(type, (long)(ulong.MaxValue >> (64 - bits) >> count)));
            case Op.ShiftLeft when a.Op == Op.ShiftRight && FitsImmediate(type, -1L << count):
                return pass.New(Op.And, type, a[0], pass.Constant(type, -1L << count));
            default:
                return null;
        }
    }

    private static bool FitsImmediate(IrType type, long number) => type == IrType.I32 || number == (int)number;

    /// <summary>Two bytes exchanged by shifts: <c>x &lt;&lt; 8 | x >> 8</c> of a 16-bit number is a byte swap, with the bytes above.</summary>
    private static Value? SwapOfShifts(Value value, Value a, Value b, Simplify pass)
    {
        if (a.Op == Op.ShiftRight) (a, b) = (b, a);
        if (a.Op != Op.ShiftLeft || b.Op != Op.ShiftRight || a[0] != b[0] || !a[1].IsConstantOf(8) || !b[1].IsConstantOf(8) || KnownBits.Max(a[0]) > 0xFFFF) return null;
        if (value.Users.Count == 0 || value.Users.Any(user => !(user is { Op: Op.ZeroExtend, Width: 2 }) && !(user is { Op: Op.Store, Width: 2 } && user[1] == value))) return null;
        return pass.New(Op.ByteSwap, value.Type, 2, a[0]);
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Simplification;

/// <summary>Rules for comparisons.</summary>
internal static class Comparisons
{
    public static Value? Apply(Value value, Simplify pass)
    {
        Value a = value[0], b = value[1];
        Op op = value.Op;
        IrType type = a.Type;
        if (a.IsConstant && b.IsConstant) return pass.Constant(IrType.I32, ConstantFolding.Fold(op, type, a.Immediate, b.Immediate)!.Value);
        if (a == b) return pass.Constant(IrType.I32, op is Op.Equal or Op.LessOrEqualUnsigned or Op.GreaterOrEqualUnsigned or Op.LessOrEqualSigned or Op.GreaterOrEqualSigned ? 1 : 0);
        if (a.IsConstant) return pass.Compare(op.Mirrored(), b, a);
        if (type == IrType.Pointer) return OfPointers(op, a, b, pass);
        if (a.Op == Op.PointerToInteger && (b.Op == Op.PointerToInteger || b.IsConstantOf(0))) return pass.Compare(op, a[0], b.IsConstant ? pass.Constant(IrType.Pointer, 0) : b[0]);
        if (IsSigned(op) && IsNonNegative(a) && IsNonNegative(b)) return pass.Compare(Unsigned(op), a, b);
        return b.IsConstant ? WithConstant(op, a, b, pass) : OfVariables(op, a, b, pass);
    }

    private static bool IsSigned(Op op) => op is >= Op.LessSigned and <= Op.GreaterOrEqualSigned;

    private static Op Unsigned(Op op) => op - (Op.LessSigned - Op.LessUnsigned);

    private static bool IsNonNegative(Value value) => KnownBits.Max(value) <= (value.Type == IrType.I32 ? int.MaxValue : (ulong)long.MaxValue);

    private static Value? OfPointers(Op op, Value a, Value b, Simplify pass)
    {
        if (!b.IsConstantOf(0)) return null;
        if (op == Op.GreaterUnsigned) return pass.Compare(Op.NotEqual, a, b);
        if (op == Op.LessOrEqualUnsigned) return pass.Compare(Op.Equal, a, b);
        return op is Op.Equal or Op.NotEqual && IsNeverNull(a) ? pass.Constant(IrType.I32, op == Op.NotEqual ? 1 : 0) : null;
    }

    /// <summary>Addresses of things that are there.</summary>
    public static bool IsNeverNull(Value pointer)
    {
        while (pointer.Op is Op.PointerOffset or Op.PointerAdd) pointer = pointer[0];
        return pointer.Op is Op.StackSlot or Op.MapAddress or Op.GlobalAddress or Op.FunctionAddress || pointer.Origin is PointerOrigin.Context or PointerOrigin.Stack or PointerOrigin.Packet or PointerOrigin.PacketEnd;
    }

    private static Value? WithConstant(Op op, Value a, Value b, Simplify pass)
    {
        IrType type = a.Type;
        long c = b.Immediate;
        ulong number = type == IrType.I32 ? (uint)c : (ulong)c, largest = KnownBits.Max(a);
        if (Decide(op, number, largest) is { } decided) return pass.Constant(IrType.I32, decided ? 1 : 0);
        if (op == Op.LessUnsigned && number == 1 || op == Op.LessOrEqualUnsigned && number == 0) return pass.Compare(Op.Equal, a, pass.Constant(type, 0));
        if (op == Op.GreaterOrEqualUnsigned && number == 1 || op == Op.GreaterUnsigned && number == 0) return pass.Compare(Op.NotEqual, a, pass.Constant(type, 0));
        if (op is not (Op.Equal or Op.NotEqual))
        {
            // Numbers of 32 bits are compared as such.
            return a is { Op: Op.ZeroExtend, Width: 4 } && a[0].Type == IrType.I32 && type == IrType.I64 && !IsSigned(op) && number <= uint.MaxValue
                ? pass.Compare(op, a[0], pass.Constant(IrType.I32, (long)number)) : null;
        }

        if (largest <= 1)
        {
            // A truth value compared with 0 or 1 is itself or its opposite.
            bool same = (op == Op.NotEqual) == (c == 0);
            if (same && type == IrType.I32) return a;
            if (a.Op.IsComparison()) return pass.Compare(a.Op.Negated(), a[0], a[1]);
            if (c == 1) return pass.Compare(op.Negated(), a, pass.Constant(type, 0));
        }

        switch (a.Op)
        {
            case Op.ByteSwap:
                if (number > Folding.Mask(a.Width)) break;
                Value bytes = a.Width == 8 || (a.Width == 4 && type == IrType.I32) ? a[0] : pass.New(Op.ZeroExtend, type, a.Width, a[0]);
                return pass.Compare(op, bytes, pass.Constant(type, Folding.Swap(c, a.Width)));
            case Op.Add when a[1].IsConstant:
                return pass.Compare(op, a[0], pass.Constant(type, c - a[1].Immediate));
            case Op.Xor when a[1].IsConstant:
                return pass.Compare(op, a[0], pass.Constant(type, c ^ a[1].Immediate));
            case Op.Xor or Op.Subtract when c == 0:
                return pass.Compare(op, a[0], a[1]);
            case Op.Negate:
                return pass.Compare(op, a[0], pass.Constant(type, -c));
            case Op.ZeroExtend when a[0].Type == IrType.I32 && type == IrType.I64 && number <= uint.MaxValue:
                return pass.Compare(op, a.Width == 4 ? a[0] : pass.New(Op.ZeroExtend, IrType.I32, a.Width, a[0]), pass.Constant(IrType.I32, c));
            case Op.SignExtend when a[0].Type == IrType.I32 && type == IrType.I64 && a.Width == 4 && c == (int)c:
                return pass.Compare(op, a[0], pass.Constant(IrType.I32, c));
            case Op.SignExtend when a.Width < 4 && c >= 0 && (ulong)c <= Folding.Mask(a.Width) >> 1:
                return pass.Compare(op, pass.New(Op.ZeroExtend, type, a.Width, a[0]), b);
        }

        return null;
    }

    private static bool? Decide(Op op, ulong number, ulong largest) => op switch
    {
        Op.LessUnsigned => number == 0 ? false : largest < number ? true : null,
        Op.LessOrEqualUnsigned => largest <= number ? true : null,
        Op.GreaterUnsigned => largest <= number ? false : null,
        Op.GreaterOrEqualUnsigned => number == 0 ? true : largest < number ? false : null,
        Op.Equal => largest < number ? false : null,
        Op.NotEqual => largest < number ? true : null,
        _ => null,
    };

    private static Value? OfVariables(Op op, Value a, Value b, Simplify pass)
    {
        if (op is Op.Equal or Op.NotEqual && a.Op == Op.ByteSwap && b.Op == Op.ByteSwap && a.Width == b.Width)
        {
            return a.Width == 8 || (a.Width == 4 && a.Type == IrType.I32)
                ? pass.Compare(op, a[0], b[0])
                : pass.Compare(op, pass.New(Op.ZeroExtend, a.Type, a.Width, a[0]), pass.New(Op.ZeroExtend, a.Type, a.Width, b[0]));
        }

        if (a.Type == IrType.I64 && a.Op == b.Op && a.Width == 4 && b.Width == 4 && a[0].Type == IrType.I32 && b[0].Type == IrType.I32)
        {
            if (a.Op == Op.ZeroExtend && !IsSigned(op)) return pass.Compare(op, a[0], b[0]);
            if (a.Op == Op.SignExtend && (IsSigned(op) || op is Op.Equal or Op.NotEqual)) return pass.Compare(op, a[0], b[0]);
        }

        return null;
    }
}

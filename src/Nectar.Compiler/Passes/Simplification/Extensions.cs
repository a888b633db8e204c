// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Simplification;

/// <summary>Rules for negation, byte swaps and changes of width.</summary>
internal static class Extensions
{
    public static Value? Apply(Value value, Simplify pass)
    {
        Value a = value[0];
        if (a.IsConstant && Folding.Unary(value.Op, value.Type, value.Width, a.Immediate) is { } number) return pass.Constant(value.Type, number);
        if (a.Op == Op.Undefined) return pass.Constant(value.Type, 0); // it may be any number: 0 is one
        return value.Op switch
        {
            Op.Negate => a.Op == Op.Negate ? a[0] : a.Op == Op.Subtract ? pass.New(Op.Subtract, value.Type, a[1], a[0]) : null,
            Op.ByteSwap => ByteSwap(value, a, pass),
            Op.ZeroExtend => ZeroExtend(value, a, pass),
            Op.SignExtend => SignExtend(value, a, pass),
            Op.Truncate => Truncate(value, a, pass),
            _ => null,
        };
    }

    private static Value? ByteSwap(Value value, Value a, Simplify pass)
    {
        if (a.Op == Op.ByteSwap && a.Width == value.Width) return value.Width == 8 ? a[0] : pass.New(Op.ZeroExtend, value.Type, value.Width, a[0]);
        return Ignores(a, value.Width) is { } inner && inner.Type == value.Type ? pass.New(Op.ByteSwap, value.Type, value.Width, inner) : null;
    }

    /// <summary>What an extension or mask is made of, if the low bytes are the same.</summary>
    private static Value? Ignores(Value value, int width) => value.Op switch
    {
        Op.ZeroExtend or Op.SignExtend when value.Width >= width => value[0],
        Op.And when value[1].IsConstant && (Folding.Mask(width) & ~(ulong)value[1].Immediate) == 0 => value[0],
        Op.Truncate when width <= 4 => value[0],
        _ => null,
    };

    private static Value? ZeroExtend(Value value, Value a, Simplify pass)
    {
        if (a.Type == value.Type && KnownBits.Max(a) <= Folding.Mask(value.Width)) return a;
        if (a.Type == IrType.I32 && value.Width < 4 && KnownBits.Max(a) <= Folding.Mask(value.Width))
        {
            // From I32 to I64 without a mask: the upper half is zero anyway.
            return pass.New(Op.ZeroExtend, value.Type, 4, a);
        }

        // An I32 whose user wants so many bytes of it that only the type differs.
        if (value.Type == IrType.I32 && value.Width == 4) return pass.New(Op.Truncate, IrType.I32, a);
        if (Ignores(a, value.Width) is { } inner && (inner.Type != value.Type || value.Width < 4 || value.Type == IrType.I64) && !(inner.Type == IrType.Pointer))
        {
            return inner.Type == value.Type && value.Width == 4 && value.Type == IrType.I32 ? inner : pass.New(Op.ZeroExtend, value.Type, value.Width, inner);
        }

        if (a.Op == Op.ZeroExtend && a.Width < value.Width) return pass.New(Op.ZeroExtend, value.Type, a.Width, a[0]);
        if (a is { Op: Op.Load, IsVolatile: false, Users.Count: 1 } && a.Width == value.Width && a.IsSigned) return Retype(a, value.Type, isSigned: false, pass);
        // What cannot overflow may be added after the extension, where an address takes the constant.
        if (value.Type == IrType.I64 && value.Width == 4 && a is { Op: Op.Add, Type: IrType.I32, Users.Count: 1 } && a[1].IsConstant && a[1].Immediate > 0 && KnownBits.Max(a[0]) + (ulong)a[1].Immediate <= uint.MaxValue)
        {
            return pass.New(Op.Add, IrType.I64, pass.New(Op.ZeroExtend, IrType.I64, 4, a[0]), pass.Constant(IrType.I64, a[1].Immediate));
        }

        return null;
    }

    private static Value? SignExtend(Value value, Value a, Simplify pass)
    {
        if ((KnownBits.Max(a) & ~(Folding.Mask(value.Width) >> 1)) == 0)
        {
            return a.Type == value.Type ? a : pass.New(Op.ZeroExtend, value.Type, value.Width, a);
        }

        if (value.Type == IrType.I32 && value.Width == 4) return a.Type == IrType.I32 ? a : pass.New(Op.Truncate, IrType.I32, a);
        if (Ignores(a, value.Width) is { } inner && inner.Type != IrType.Pointer) return pass.New(Op.SignExtend, value.Type, value.Width, inner);
        if (a.Op == Op.SignExtend && a.Width < value.Width) return pass.New(Op.SignExtend, value.Type, a.Width, a[0]);
        return a is { Op: Op.Load, IsVolatile: false, Users.Count: 1 } && a.Width == value.Width && (a.Type != value.Type || !a.IsSigned) ? Retype(a, value.Type, isSigned: true, pass) : null;
    }

    private static Value? Truncate(Value value, Value a, Simplify pass)
    {
        switch (a.Op)
        {
            case Op.ZeroExtend or Op.SignExtend when a[0].Type == IrType.I32:
                return a.Width == 4 ? a[0] : pass.New(a.Op, IrType.I32, a.Width, a[0]);
            case Op.ZeroExtend or Op.SignExtend:
                return a.Width == 4 ? pass.New(Op.Truncate, IrType.I32, a[0]) : pass.New(a.Op, IrType.I32, a.Width, a[0]);
            case Op.Load when a is { IsVolatile: false, Users.Count: 1, Width: <= 4 }:
                return Retype(a, IrType.I32, a.IsSigned, pass);
            case Op.Add or Op.Subtract or Op.Multiply or Op.And or Op.Or or Op.Xor when a.Users.Count == 1 && Narrow(a[0]) && Narrow(a[1]):
                return pass.New(a.Op, IrType.I32, pass.New(Op.Truncate, IrType.I32, a[0]), pass.New(Op.Truncate, IrType.I32, a[1]));
            case Op.ShiftLeft when a.Users.Count == 1 && Narrow(a[0]) && a[1].IsConstant && a[1].Immediate is >= 0 and < 32:
                return pass.New(Op.ShiftLeft, IrType.I32, pass.New(Op.Truncate, IrType.I32, a[0]), pass.Constant(IrType.I32, a[1].Immediate));
            case Op.Phi when a.Users.Count == 1 && a.Operands.All(operand => operand.IsConstant || (operand is { Op: Op.ZeroExtend or Op.SignExtend, Users.Count: 1 } && operand[0].Type == IrType.I32 && operand.Width == 4)):
                Value[] narrow = a.Operands.Select(operand => operand.IsConstant ? pass.Constant(IrType.I32, operand.Immediate) : operand[0]).ToArray();
                Value phi = a.Block!.Function.NewValue(Op.Phi, IrType.I32, narrow);
                phi.Location = a.Location;
                return a.Block.Insert(0, phi);
            default:
                return null;
        }
    }

    /// <summary>Whether its low half is to be had for nothing.</summary>
    private static bool Narrow(Value value) => value.IsConstant || (value.Op is Op.ZeroExtend or Op.SignExtend && value[0].Type == IrType.I32) || value is { Op: Op.Load, Width: <= 4, Users.Count: 1 };

    /// <summary>The same load with another extension.</summary>
    private static Value Retype(Value load, IrType type, bool isSigned, Simplify pass)
    {
        Value other = load.Block!.Function.NewValue(Op.Load, type, load[0]);
        (other.Width, other.Immediate, other.IsSigned, other.Location, other.Symbol) = (load.Width, load.Immediate, isSigned, load.Location, load.Symbol);
        load.Block.InsertBefore(load, other);
        pass.Push(other);
        return other;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Simplification;

/// <summary>Rules for addresses and memory: constants go outward and into accesses; copies of one register's size are a load and a store.</summary>
internal static class Addresses
{
    public static Value? Apply(Value value, Simplify pass) => value.Op switch
    {
        Op.PointerOffset => Offset(value, pass),
        Op.PointerAdd => Add(value, pass),
        Op.PointerDifference => Difference(value, pass),
        Op.PointerToInteger => value[0].Op == Op.IntegerToPointer ? value[0][0] : value[0].IsConstant ? pass.Constant(IrType.I64, value[0].Immediate) : null,
        Op.IntegerToPointer => ToPointer(value, pass),
        Op.Load => Load(value, pass),
        Op.Store => Store(value),
        Op.Atomic => Fold(value, 0) ? value : null,
        Op.MemoryCopy => Copy(value, pass),
        Op.MemorySet => Set(value, pass),
        Op.MemoryEqual => Equal(value, pass),
        _ => null,
    };

    private static Value? Offset(Value value, Simplify pass)
    {
        Value a = value[0];
        if (value.Immediate == 0) return a;
        if (a.Op == Op.PointerOffset) return At(value, a[0], a.Immediate + value.Immediate, pass);
        if (a.Op != Op.GlobalAddress) return null;
        Value address = pass.New(Op.GlobalAddress, IrType.Pointer);
        (address.Symbol, address.Origin, address.Immediate) = (a.Symbol, a.Origin, a.Immediate + value.Immediate);
        return address;
    }

    private static Value At(Value value, Value pointer, long offset, Simplify pass)
    {
        if (offset == 0) return pointer;
        Value address = pass.New(Op.PointerOffset, IrType.Pointer, pointer);
        (address.Immediate, address.Origin) = (offset, value.Origin == PointerOrigin.Unknown ? pointer.Origin : value.Origin);
        return address;
    }

    private static Value? Add(Value value, Simplify pass)
    {
        Value a = value[0], b = value[1];
        if (b.IsConstant) return At(value, a, b.Immediate, pass);
        // Constants outermost: all accesses and checks share one variable address then, which is what the verifier's ranges hang on.
        if (a.Op == Op.PointerOffset && a.Immediate >= 0) return At(value, pass.New(Op.PointerAdd, IrType.Pointer, a[0], b), a.Immediate, pass);
        return b.Op == Op.Add && b[1].IsConstant && b[1].Immediate is >= 0 and < short.MaxValue ? At(value, pass.New(Op.PointerAdd, IrType.Pointer, a, b[0]), b[1].Immediate, pass) : null;
    }

    private static Value? Difference(Value value, Simplify pass)
    {
        (Value a, long x) = Split(value[0]);
        (Value b, long y) = Split(value[1]);
        if (a == b) return pass.Constant(IrType.I64, x - y);
        return a.Op == Op.PointerAdd && a[0] == b ? pass.New(Op.Add, IrType.I64, a[1], pass.Constant(IrType.I64, x - y)) : null;
    }

    private static (Value, long) Split(Value pointer) => pointer.Op == Op.PointerOffset ? (pointer[0], pointer.Immediate) : (pointer, 0);

    /// <summary>An address that was computed as a number: the pointer is found again.</summary>
    private static Value? ToPointer(Value value, Simplify pass)
    {
        Value a = value[0];
        if (a.IsConstant) return pass.Constant(IrType.Pointer, a.Immediate);
        if (a.Op == Op.PointerToInteger) return a[0];
        if (a.Op != Op.Add) return null;
        if (a[0].Op == Op.PointerToInteger) return pass.New(Op.PointerAdd, IrType.Pointer, a[0][0], a[1]);
        return a[1].Op == Op.PointerToInteger ? pass.New(Op.PointerAdd, IrType.Pointer, a[1][0], a[0]) : null;
    }

    /// <summary>Takes a constant offset of an address into the access.</summary>
    private static bool Fold(Value access, int operand)
    {
        Value pointer = access[operand];
        if (pointer.Op != Op.PointerOffset || pointer.Immediate + access.Immediate is < short.MinValue or > short.MaxValue) return false;
        access.Immediate += pointer.Immediate;
        access[operand] = pointer[0];
        return true;
    }

    private static Value? Load(Value value, Simplify pass)
    {
        if (Fold(value, 0)) return value;
        if (value[0] is not { Op: Op.GlobalAddress, Symbol: GlobalSymbol { IsReadOnly: true, IsVisible: false } literal } || value.Type == IrType.Pointer || value.IsVolatile) return null;
        long at = value[0].Immediate + value.Immediate;
        if (at < 0 || at + value.Width > literal.Bytes.Length) return null;
        ReadOnlySpan<byte> bytes = literal.Bytes.AsSpan((int)at);
        long number = value.Width switch
        {
            1 => value.IsSigned ? (sbyte)bytes[0] : bytes[0],
            2 => value.IsSigned ? BinaryPrimitives.ReadInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            4 => value.IsSigned ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            _ => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        };
        return pass.Constant(value.Type, number);
    }

    private static Value? Store(Value value)
    {
        if (Fold(value, 0)) return value;
        Value stored = value[1];
        Value? inner = stored.Op switch
        {
            Op.ZeroExtend or Op.SignExtend when stored.Width >= value.Width => stored[0],
            Op.Truncate when value.Width <= 4 => stored[0],
            Op.And when stored[1].IsConstant && (Folding.Mask(value.Width) & ~(ulong)stored[1].Immediate) == 0 => stored[0],
            _ => null,
        };
        if (inner is null || (inner.Type == IrType.I32 && value.Width > 4)) return null;
        value[1] = inner;
        return value;
    }

    private static bool IsDirect(Value pointer)
    {
        if (pointer.Origin is PointerOrigin.Kernel or PointerOrigin.User) return false;
        while (pointer.Op == Op.PointerOffset) pointer = pointer[0];
        return !(pointer.Op == Op.Load && pointer.Origin == PointerOrigin.Unknown);
    }

    private static Value? Copy(Value value, Simplify pass)
    {
        if (value.Immediate == 0 || value[0] == value[1])
        {
            value.Remove();
            return null;
        }

        if (value.Immediate is not (1 or 2 or 4 or 8) || !IsDirect(value[1]) || !IsDirect(value[0])) return null;
        Value load = pass.New(Op.Load, value.Immediate == 8 ? IrType.I64 : IrType.I32, (int)value.Immediate, value[1]);
        pass.New(Op.Store, IrType.Void, (int)value.Immediate, value[0], load);
        value.Remove();
        return null;
    }

    private static Value? Set(Value value, Simplify pass)
    {
        if (value.Immediate == 0)
        {
            value.Remove();
            return null;
        }

        if (value.Immediate is not (1 or 2 or 4 or 8) || !value[1].IsConstant) return null;
        IrType type = value.Immediate == 8 ? IrType.I64 : IrType.I32;
        long pattern = (byte)value[1].Immediate * 0x0101010101010101L & (long)Folding.Mask((int)value.Immediate);
        pass.New(Op.Store, IrType.Void, (int)value.Immediate, value[0], pass.Constant(type, pattern));
        value.Remove();
        return null;
    }

    private static Value? Equal(Value value, Simplify pass)
    {
        if (value.Immediate == 0 || value[0] == value[1]) return pass.Constant(IrType.I32, 1);
        if (value.Immediate is not (1 or 2 or 4 or 8) || !IsDirect(value[0]) || !IsDirect(value[1])) return null;
        IrType type = value.Immediate == 8 ? IrType.I64 : IrType.I32;
        int width = (int)value.Immediate;
        return pass.Compare(Op.Equal, pass.New(Op.Load, type, width, value[0]), pass.New(Op.Load, type, width, value[1]));
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>Arithmetic of constants, so that code which generic arguments rule out is never translated.</summary>
internal static class Folding
{
    public static long Smallest(IrType type) => type == IrType.I64 ? long.MinValue : int.MinValue;

    /// <summary>The result of an operation, or null if it is none that is done here.</summary>
    public static long? Compute(Op op, IrType type, long left, long right)
    {
        bool isWide = type != IrType.I32;
        int mask = isWide ? 63 : 31;
        ulong a = isWide ? (ulong)left : (uint)left, b = isWide ? (ulong)right : (uint)right;
        long? result = op switch
        {
            Op.Add => left + right,
            Op.Subtract => left - right,
            Op.Multiply => left * right,
            Op.And => left & right,
            Op.Or => left | right,
            Op.Xor => left ^ right,
            Op.ShiftLeft => left << (int)(right & mask),
            Op.ShiftRight => (long)(a >> (int)(right & mask)),
            Op.ShiftRightSigned => (isWide ? left : (int)left) >> (int)(right & mask),
            Op.DivideUnsigned when b != 0 => (long)(a / b),
            Op.RemainderUnsigned when b != 0 => (long)(a % b),
            Op.DivideSigned when b != 0 && right != -1 => left / right,
            Op.RemainderSigned when b != 0 && right != -1 => left % right,
            _ => null,
        };
        return isWide ? result : (int?)result;
    }

    public static bool Compare(Op op, IrType type, long left, long right)
    {
        bool isWide = type != IrType.I32;
        ulong a = isWide ? (ulong)left : (uint)left, b = isWide ? (ulong)right : (uint)right;
        return op switch
        {
            Op.Equal => a == b,
            Op.NotEqual => a != b,
            Op.LessUnsigned => a < b,
            Op.LessOrEqualUnsigned => a <= b,
            Op.GreaterUnsigned => a > b,
            Op.GreaterOrEqualUnsigned => a >= b,
            Op.LessSigned => left < right,
            Op.LessOrEqualSigned => left <= right,
            Op.GreaterSigned => left > right,
            _ => left >= right,
        };
    }

    /// <summary>The low bytes of a number, extended.</summary>
    public static long Extend(long number, int width, bool signed) => (width, signed) switch
    {
        (1, true) => (sbyte)number,
        (1, false) => (byte)number,
        (2, true) => (short)number,
        (2, false) => (ushort)number,
        (4, true) => (int)number,
        (4, false) => (uint)number,
        _ => number,
    };
}

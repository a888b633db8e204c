// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes;

/// <summary>Operations on numbers that are known: as eBPF computes them.</summary>
internal static class ConstantFolding
{
    /// <summary>The result of an operation with two operands; null if it is none that can be computed.</summary>
    /// <param name="op">Arithmetic or a comparison.</param>
    /// <param name="type">The type of the operands.</param>
    /// <param name="a">The left one.</param>
    /// <param name="b">The right one.</param>
    public static long? Fold(Op op, IrType type, long a, long b)
    {
        bool is32 = type == IrType.I32;
        if (is32) (a, b) = ((int)a, (int)b);
        ulong x = is32 ? (uint)a : (ulong)a, y = is32 ? (uint)b : (ulong)b;
        int shift = (int)(y & (is32 ? 31u : 63u));
        long? result = op switch
        {
            Op.Add => a + b,
            Op.Subtract => a - b,
            Op.Multiply => a * b,
            Op.DivideUnsigned => y == 0 ? 0 : (long)(x / y),
            Op.RemainderUnsigned => y == 0 ? (long)x : (long)(x % y),
            Op.DivideSigned => b == 0 ? 0 : b == -1 ? -a : a / b,
            Op.RemainderSigned => b == 0 ? a : b == -1 ? 0 : a % b,
            Op.And => a & b,
            Op.Or => a | b,
            Op.Xor => a ^ b,
            Op.ShiftLeft => (long)(x << shift),
            Op.ShiftRight => (long)(x >> shift),
            Op.ShiftRightSigned => a >> shift,
            Op.Equal => a == b ? 1 : 0,
            Op.NotEqual => a != b ? 1 : 0,
            Op.LessUnsigned => x < y ? 1 : 0,
            Op.LessOrEqualUnsigned => x <= y ? 1 : 0,
            Op.GreaterUnsigned => x > y ? 1 : 0,
            Op.GreaterOrEqualUnsigned => x >= y ? 1 : 0,
            Op.LessSigned => a < b ? 1 : 0,
            Op.LessOrEqualSigned => a <= b ? 1 : 0,
            Op.GreaterSigned => a > b ? 1 : 0,
            Op.GreaterOrEqualSigned => a >= b ? 1 : 0,
            _ => null,
        };
        return is32 && result is { } wide ? (int)wide : result;
    }
}

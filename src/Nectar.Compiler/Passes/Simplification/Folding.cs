// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Simplification;

/// <summary>What operations give for numbers: the machine's rules.</summary>
internal static class Folding
{
    /// <summary>The result of an operation of one number.</summary>
    /// <param name="op">The operation.</param>
    /// <param name="type">The result's type.</param>
    /// <param name="width">Bytes, as the operation says.</param>
    /// <param name="a">The number.</param>
    public static long? Unary(Op op, IrType type, int width, long a)
    {
        long? result = op switch
        {
            Op.Negate => -a,
            Op.ByteSwap => Swap(a, width),
            Op.ZeroExtend => (long)((ulong)a & Mask(width)),
            Op.SignExtend => width switch { 1 => (sbyte)a, 2 => (short)a, _ => (int)a },
            Op.Truncate => (int)a,
            Op.PointerToInteger or Op.IntegerToPointer => a,
            _ => null,
        };
        return result is { } number && type == IrType.I32 ? (int)number : result;
    }

    /// <summary>The low bytes in reverse order, zero-extended.</summary>
    public static long Swap(long number, int width) => width switch
    {
        2 => BinaryPrimitives.ReverseEndianness((ushort)number),
        4 => BinaryPrimitives.ReverseEndianness((uint)number),
        _ => BinaryPrimitives.ReverseEndianness(number),
    };

    /// <summary>The bits of so many bytes.</summary>
    public static ulong Mask(int width) => width >= 8 ? ulong.MaxValue : (1UL << (width * 8)) - 1;
}

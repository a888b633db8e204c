// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Bpf.Isa;

namespace Nectar.Tests.Verifier.Domain;

/// <summary>What the machine computes (RFC 9669, sections 4.1 to 4.3), as plainly as possible: the other side of every soundness test.</summary>
internal static class Concrete
{
    public static readonly Operation[] Arithmetic =
    [
        Operation.Add, Operation.Sub, Operation.Mul, Operation.Div, Operation.SDiv, Operation.Mod, Operation.SMod, Operation.Or, Operation.And,
        Operation.Xor, Operation.Lsh, Operation.Rsh, Operation.Arsh, Operation.Neg, Operation.Mov, Operation.MovSx8, Operation.MovSx16,
        Operation.MovSx32, Operation.ToLe, Operation.ToBe, Operation.Bswap,
    ];

    public static readonly Operation[] Branches =
    [
        Operation.Jeq, Operation.Jne, Operation.Jset, Operation.Jgt, Operation.Jge, Operation.Jlt, Operation.Jle,
        Operation.Jsgt, Operation.Jsge, Operation.Jslt, Operation.Jsle,
    ];

    public static bool IsByteOrder(Operation operation) => operation is Operation.ToLe or Operation.ToBe or Operation.Bswap;

    public static ulong Apply(Operation operation, bool is64, ulong x, ulong y) => IsByteOrder(operation) ? Swap(operation != Operation.ToLe, (int)y, x) : is64 ? Apply64(operation, x, y) : Apply32(operation, (uint)x, (uint)y);

    public static bool IsTaken(Operation operation, ulong x, ulong y, bool is32)
    {
        (long sx, long sy) = is32 ? ((int)x, (int)y) : ((long)x, (long)y);
        if (is32) (x, y) = ((uint)x, (uint)y);
        return operation switch
        {
            Operation.Jeq => x == y,
            Operation.Jne => x != y,
            Operation.Jset => (x & y) != 0,
            Operation.Jgt => x > y,
            Operation.Jge => x >= y,
            Operation.Jlt => x < y,
            Operation.Jle => x <= y,
            Operation.Jsgt => sx > sy,
            Operation.Jsge => sx >= sy,
            Operation.Jslt => sx < sy,
            _ => sx <= sy,
        };
    }

    private static ulong Apply64(Operation operation, ulong x, ulong y) => operation switch
    {
        Operation.Add => x + y,
        Operation.Sub => x - y,
        Operation.Mul => x * y,
        Operation.Div => y == 0 ? 0 : x / y,
        Operation.SDiv => y == 0 ? 0 : (long)y == -1 ? 0 - x : (ulong)((long)x / (long)y),
        Operation.Mod => y == 0 ? x : x % y,
        Operation.SMod => y == 0 ? x : (long)y == -1 ? 0 : (ulong)((long)x % (long)y),
        Operation.Or => x | y,
        Operation.And => x & y,
        Operation.Xor => x ^ y,
        Operation.Lsh => x << (int)(y & 63),
        Operation.Rsh => x >> (int)(y & 63),
        Operation.Arsh => (ulong)((long)x >> (int)(y & 63)),
        Operation.Neg => 0 - x,
        Operation.Mov => y,
        Operation.MovSx8 => (ulong)(sbyte)y,
        Operation.MovSx16 => (ulong)(short)y,
        _ => (ulong)(int)y,
    };

    private static ulong Apply32(Operation operation, uint x, uint y) => operation switch
    {
        Operation.Add => x + y,
        Operation.Sub => x - y,
        Operation.Mul => x * y,
        Operation.Div => y == 0 ? 0 : x / y,
        Operation.SDiv => y == 0 ? 0 : (int)y == -1 ? 0 - x : (uint)((int)x / (int)y),
        Operation.Mod => y == 0 ? x : x % y,
        Operation.SMod => y == 0 ? x : (int)y == -1 ? 0 : (uint)((int)x % (int)y),
        Operation.Or => x | y,
        Operation.And => x & y,
        Operation.Xor => x ^ y,
        Operation.Lsh => x << (int)(y & 31),
        Operation.Rsh => x >> (int)(y & 31),
        Operation.Arsh => (uint)((int)x >> (int)(y & 31)),
        Operation.Neg => 0 - x,
        Operation.Mov => y,
        Operation.MovSx8 => (uint)(sbyte)y,
        Operation.MovSx16 => (uint)(short)y,
        _ => y,
    };

    private static ulong Swap(bool swap, int width, ulong x) => width switch
    {
        16 => swap ? BinaryPrimitives.ReverseEndianness((ushort)x) : (ushort)x,
        32 => swap ? BinaryPrimitives.ReverseEndianness((uint)x) : (uint)x,
        _ => swap ? BinaryPrimitives.ReverseEndianness(x) : x,
    };
}

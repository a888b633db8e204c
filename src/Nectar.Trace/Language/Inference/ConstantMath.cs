// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Language.Inference;

/// <summary>Arithmetic between literals: exact, signed as written, an error where 64 bits are too few. (At run time it is modulo 2^64, and division is unsigned.)</summary>
internal static class ConstantMath
{
    /// <param name="Bits">The number.</param>
    /// <param name="IsUnsigned">It is above the largest int64.</param>
    internal readonly record struct Number(long Bits, bool IsUnsigned)
    {
        public Int128 Exact => IsUnsigned ? (ulong)Bits : Bits;
    }

    internal readonly record struct Result(Number Value, bool IsBoolean = false, bool IsError = false);

    public static Result Apply(BinaryOperator operation, Number left, Number right)
    {
        Int128 a = left.Exact, b = right.Exact;
        switch (operation)
        {
            case BinaryOperator.Equal: return Of(a == b);
            case BinaryOperator.NotEqual: return Of(a != b);
            case BinaryOperator.Less: return Of(a < b);
            case BinaryOperator.LessOrEqual: return Of(a <= b);
            case BinaryOperator.Greater: return Of(a > b);
            case BinaryOperator.GreaterOrEqual: return Of(a >= b);
            case BinaryOperator.LogicalAnd: return Of(a != 0 && b != 0);
            case BinaryOperator.LogicalOr: return Of(a != 0 || b != 0);
        }

        // one above int64 and one below zero have no common type
        if ((a > long.MaxValue && b < 0) || (b > long.MaxValue && a < 0)) return Error;
        bool isSigned = a < 0 || b < 0;
        switch (operation)
        {
            case BinaryOperator.Add: return Of(a + b);
            case BinaryOperator.Subtract: return isSigned && a - b > long.MaxValue ? Error : Of(a - b);
            case BinaryOperator.Multiply: return Of(a * b);
            case BinaryOperator.Divide: return b == 0 ? Error : Of(a / b);
            case BinaryOperator.Remainder: return b == 0 ? Error : Of(a % b);
            case BinaryOperator.And: return OfBits(left.Bits & right.Bits, isSigned);
            case BinaryOperator.Or: return OfBits(left.Bits | right.Bits, isSigned);
            case BinaryOperator.Xor: return OfBits(left.Bits ^ right.Bits, isSigned);
            case BinaryOperator.ShiftLeft: return b < 0 || b >= 64 ? Error : OfBits(left.Bits << (int)b, isSigned);
            case BinaryOperator.ShiftRight: return b < 0 || b >= 64 ? Error : OfBits(isSigned ? left.Bits >> (int)b : (long)((ulong)left.Bits >> (int)b), isSigned);
            default: return Error;
        }
    }

    private static Result Error => new(default, IsError: true);

    private static Result Of(bool value) => new(new Number(value ? 1 : 0, false), IsBoolean: true);

    private static Result Of(Int128 value) => value < long.MinValue || value > ulong.MaxValue ? Error : new Result(new Number((long)(ulong)(value & ulong.MaxValue), value > long.MaxValue));

    private static Result OfBits(long bits, bool isSigned) => new(new Number(bits, !isSigned && bits < 0));
}

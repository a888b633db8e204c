// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Verifier.Domain;

/// <summary>
/// What each arithmetic instruction does to a <see cref="ScalarRange"/>. As precise as Linux 6.18 and no more, so that verdicts match:
/// quotients, remainders and shifts by unknown amounts give an unknown number.
/// </summary>
internal static class ScalarArithmetic
{
    /// <summary>Replaces <paramref name="destination"/> by the result.</summary>
    /// <param name="operation">An arithmetic operation; <c>neg</c> ignores the source.</param>
    /// <param name="is64">Whether the instruction works on 64 bits; else the result is zero-extended from 32.</param>
    /// <param name="destination">The left operand and the result.</param>
    /// <param name="source">The right operand; an immediate is a sign-extended constant, for byte order the width. May be <paramref name="destination"/> itself.</param>
    public static void Apply(Operation operation, bool is64, ref ScalarRange destination, in ScalarRange source)
    {
        // A copy: the destination is written piecewise, and may be the source.
        ScalarRange right = source;
        switch (operation)
        {
            case Operation.Mov: destination = right; break;
            case Operation.Add: WrappingArithmetic.Add(ref destination, right, is64); break;
            case Operation.Sub: WrappingArithmetic.Subtract(ref destination, right, is64); break;
            case Operation.Mul: WrappingArithmetic.Multiply(ref destination, right, is64); break;
            case Operation.Neg:
                right = destination;
                destination.SetConst(0);
                WrappingArithmetic.Subtract(ref destination, right, is64);
                break;
            case Operation.And: BitwiseArithmetic.And(ref destination, right, is64); break;
            case Operation.Or: BitwiseArithmetic.Or(ref destination, right, is64); break;
            case Operation.Xor: BitwiseArithmetic.Xor(ref destination, right, is64); break;
            case Operation.Lsh or Operation.Rsh or Operation.Arsh when ShiftArithmetic.IsKnown(right, is64, out int shift):
                if (operation == Operation.Lsh) ShiftArithmetic.Left(ref destination, shift, is64);
                else if (operation == Operation.Rsh) ShiftArithmetic.Right(ref destination, shift, is64);
                else ShiftArithmetic.RightSigned(ref destination, shift, is64);
                break;
            case Operation.MovSx8 or Operation.MovSx16 or Operation.MovSx32:
                destination = right;
                int size = operation switch { Operation.MovSx8 => 1, Operation.MovSx16 => 2, _ => 4 };
                if (is64)
                {
                    ScalarCasts.SignExtend(ref destination, size);
                    return;
                }
                ScalarCasts.SignExtend32(ref destination, size);
                break;
            case Operation.ToLe or Operation.ToBe or Operation.Bswap:
                ByteOrder.Apply(ref destination, (int)right.ConstantValue, isSwapped: operation != Operation.ToLe);
                return;
            default:
                destination = ScalarRange.Unknown;
                return;
        }
        if (is64 && operation == Operation.Mov) return;
        if (!is64) ScalarCasts.ZeroExtend32(ref destination);
        destination.Sync();
    }

    /// <summary>
    /// Whether the kernel walks <c>and</c> and <c>or</c> with a constant twice, once per value, because the left operand is 0 or -1
    /// (the outcome of a comparison without branches).
    /// </summary>
    /// <param name="operation">The operation.</param>
    /// <param name="destination">The left operand, before.</param>
    /// <param name="source">The right operand.</param>
    /// <param name="low">Whether only the low half is 0 or -1: then only that is set.</param>
    public static bool SplitsInTwo(Operation operation, in ScalarRange destination, in ScalarRange source, out bool low)
    {
        low = false;
        if (operation is not (Operation.And or Operation.Or) || !source.IsConstant) return false;
        if (destination.SMin == -1 && destination.SMax == 0) return true;
        return low = destination.S32Min == -1 && destination.S32Max == 0;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Domain;

/// <summary>Shifts by a known amount below the width. Callers zero-extend and sync.</summary>
internal static class ShiftArithmetic
{
    /// <summary>Whether the amount is a constant below the width; nothing is computed for others.</summary>
    public static bool IsKnown(in ScalarRange amount, bool is64, out int shift)
    {
        shift = (int)amount.UMin;
        return is64
            ? amount.Bits.IsConst && amount.UMin == amount.UMax && amount.SMin == amount.SMax && amount.UMax < 64
            : amount.Bits.IsSubregConst && amount.U32Min == amount.U32Max && amount.S32Min == amount.S32Max && amount.UMax < 32;
    }

    public static void Left(ref ScalarRange d, int shift, bool is64)
    {
        if (is64)
        {
            // "<< 32" is half of a compiler's sign extension, and keeps the order of the low half.
            if (shift == 32) (d.SMin, d.SMax) = ((long)d.S32Min << 32, (long)d.S32Max << 32);
            else d.UnboundSigned64();
            if (d.UMax > 1UL << (63 - shift)) d.UnboundUnsigned64();
            else (d.UMin, d.UMax) = (d.UMin << shift, d.UMax << shift);
        }
        d.UnboundSigned32();
        if (shift > 31 || d.U32Max > 1U << (31 - shift)) d.UnboundUnsigned32();
        else (d.U32Min, d.U32Max) = (d.U32Min << shift, d.U32Max << shift);
        d.Bits = d.Bits.Lsh(shift);
    }

    public static void Right(ref ScalarRange d, int shift, bool is64)
    {
        if (is64)
        {
            d.UnboundSigned64();
            (d.UMin, d.UMax) = (d.UMin >> shift, d.UMax >> shift);
            d.Unbound32(); // the high half moves in; the bits tell what is left
            d.Bits = d.Bits.Rsh(shift);
            return;
        }
        d.UnboundSigned32();
        (d.U32Min, d.U32Max) = (d.U32Min >> shift, d.U32Max >> shift);
        d.Bits = d.Bits.Subreg.Rsh(shift);
    }

    public static void RightSigned(ref ScalarRange d, int shift, bool is64)
    {
        if (is64)
        {
            (d.SMin, d.SMax) = (d.SMin >> shift, d.SMax >> shift);
            d.UnboundUnsigned64();
            d.Unbound32();
            d.Bits = d.Bits.Arsh(shift, 64);
            return;
        }
        (d.S32Min, d.S32Max) = (d.S32Min >> shift, d.S32Max >> shift);
        d.UnboundUnsigned32();
        d.Bits = d.Bits.Subreg.Arsh(shift, 32);
    }
}

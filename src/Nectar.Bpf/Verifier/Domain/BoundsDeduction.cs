// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;

namespace Nectar.Bpf.Verifier.Domain;

/// <summary>
/// What each view of a <see cref="ScalarRange"/> tells the others. The order of the rules and the three rounds are those of
/// Linux 6.18: another order reaches other bounds on the same program, and so now and then another verdict.
/// </summary>
internal static class BoundsDeduction
{
    private const ulong High32 = 0xffff_ffff_0000_0000;

    public static void Sync(ref ScalarRange r)
    {
        if (IsSettled(r)) return;
        FromBits(ref r);
        for (int round = 0; round < 3; round++)
        {
            LowFromWhole(ref r);
            SignedAndUnsigned32(ref r);
            SignedAndUnsigned64(ref r);
            WholeFromLow(ref r);
        }
        BitsFromBounds(ref r);
        FromBits(ref r);
    }

    /// <summary>Bounds from the bits: unknown bits all zero or all one, the sign bit the other way round for signed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FromBits(ref ScalarRange r)
    {
        FromBits32(ref r);
        ulong value = r.Bits.Value, mask = r.Bits.Mask;
        r.SMin = Math.Max(r.SMin, (long)(value | (mask & 1UL << 63)));
        r.SMax = Math.Min(r.SMax, (long)(value | (mask & long.MaxValue)));
        r.UMin = Math.Max(r.UMin, value);
        r.UMax = Math.Min(r.UMax, value | mask);
        TakeOnlyMember(ref r);
    }

    // Bits and bounds may have one number in common although neither is constant: 0x1000 of {0, 0x1000} in 1..0x2000.
    private static void TakeOnlyMember(ref ScalarRange r)
    {
        ulong next = r.Bits.NextAbove(r.UMin);
        if (r.Bits.Contains(r.UMin))
        {
            if (next > r.UMax) r.SetConst(r.UMin);
        }
        else if (next == r.Bits.Max || next <= r.UMax && r.Bits.NextAbove(next) > r.UMax) r.SetConst(next);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FromBits32(ref ScalarRange r)
    {
        uint value = (uint)r.Bits.Value, mask = (uint)r.Bits.Mask;
        r.S32Min = Math.Max(r.S32Min, (int)(value | (mask & 1U << 31)));
        r.S32Max = Math.Min(r.S32Max, (int)(value | (mask & int.MaxValue)));
        r.U32Min = Math.Max(r.U32Min, value);
        r.U32Max = Math.Min(r.U32Max, value | mask);
    }

    // Nothing known or everything known: no rule below would change a bound.
    private static bool IsSettled(in ScalarRange r) => r.Bits.Mask switch
    {
        0 => !r.IsInconsistent,
        ulong.MaxValue => r.IsUnknown,
        _ => false,
    };

    // A range of the whole is a range of the low half if the high half stays the same, or steps up once while the low half goes from negative to positive.
    private static void LowFromWhole(ref ScalarRange r)
    {
        if (r.UMin >> 32 == r.UMax >> 32)
        {
            RaiseAndLowerUnsigned(ref r, (uint)r.UMin, (uint)r.UMax);
            if ((int)r.UMin <= (int)r.UMax) RaiseAndLowerSigned(ref r, (int)r.UMin, (int)r.UMax);
        }
        if (r.SMin >> 32 == r.SMax >> 32)
        {
            if ((uint)r.SMin <= (uint)r.SMax) RaiseAndLowerUnsigned(ref r, (uint)r.SMin, (uint)r.SMax);
            if ((int)r.SMin <= (int)r.SMax) RaiseAndLowerSigned(ref r, (int)r.SMin, (int)r.SMax);
        }
        if ((uint)(r.UMin >> 32) + 1 == (uint)(r.UMax >> 32) && (int)r.UMin < 0 && (int)r.UMax >= 0) RaiseAndLowerSigned(ref r, (int)r.UMin, (int)r.UMax);
        if ((uint)(r.SMin >> 32) + 1 == (uint)(r.SMax >> 32) && (int)r.SMin < 0 && (int)r.SMax >= 0) RaiseAndLowerSigned(ref r, (int)r.SMin, (int)r.SMax);
    }

    // Signed and unsigned order agree within each half of the circle of numbers. A signed range across zero is the two ends of
    // the unsigned line: if the unsigned range touches only one end, both shrink to that.
    private static void SignedAndUnsigned32(ref ScalarRange r)
    {
        if ((int)r.U32Min <= (int)r.U32Max) RaiseAndLowerSigned(ref r, (int)r.U32Min, (int)r.U32Max);
        if ((uint)r.S32Min <= (uint)r.S32Max) RaiseAndLowerUnsigned(ref r, (uint)r.S32Min, (uint)r.S32Max);
        else if (r.U32Max < (uint)r.S32Min)
        {
            r.S32Min = (int)r.U32Min;
            r.U32Max = Math.Min(r.U32Max, (uint)r.S32Max);
        }
        else if ((uint)r.S32Max < r.U32Min)
        {
            r.S32Max = (int)r.U32Max;
            r.U32Min = Math.Max(r.U32Min, (uint)r.S32Min);
        }
    }

    private static void SignedAndUnsigned64(ref ScalarRange r)
    {
        if ((long)r.UMin <= (long)r.UMax)
        {
            r.SMin = Math.Max(r.SMin, (long)r.UMin);
            r.SMax = Math.Min(r.SMax, (long)r.UMax);
        }
        if ((ulong)r.SMin <= (ulong)r.SMax)
        {
            r.UMin = Math.Max(r.UMin, (ulong)r.SMin);
            r.UMax = Math.Min(r.UMax, (ulong)r.SMax);
        }
        else if (r.UMax < (ulong)r.SMin)
        {
            r.SMin = (long)r.UMin;
            r.UMax = Math.Min(r.UMax, (ulong)r.SMax);
        }
        else if ((ulong)r.SMax < r.UMin)
        {
            r.SMax = (long)r.UMax;
            r.UMin = Math.Max(r.UMin, (ulong)r.SMin);
        }
    }

    // The bounds of the low half put under the high halves of the whole's bounds are bounds, too.
    private static void WholeFromLow(ref ScalarRange r)
    {
        PutUnder(ref r, r.U32Min, r.U32Max);
        if ((uint)r.S32Min <= (uint)r.S32Max) PutUnder(ref r, (uint)r.S32Min, (uint)r.S32Max);

        // A whole that is the sign extension of its half, or within reach of it, is that half once the half is not negative.
        if (r.S32Min >= 0 && r.SMin >= int.MinValue && r.SMax <= int.MaxValue)
        {
            (r.SMin, r.SMax) = (r.S32Min, r.S32Max);
            (r.UMin, r.UMax) = ((ulong)r.S32Min, (ulong)(long)r.S32Max);
            r.Bits = Tnum.Intersect(r.Bits, Tnum.Range(r.UMin, r.UMax));
        }
    }

    private static void BitsFromBounds(ref ScalarRange r)
    {
        Tnum whole = Tnum.Intersect(r.Bits, Tnum.Range(r.UMin, r.UMax));
        Tnum low = Tnum.Intersect(whole.Subreg, Tnum.Range(r.U32Min, r.U32Max));
        r.Bits = Tnum.Or(whole.ClearSubreg, low);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutUnder(ref ScalarRange r, uint min, uint max)
    {
        r.UMin = Math.Max(r.UMin, (r.UMin & High32) | min);
        r.UMax = Math.Min(r.UMax, (r.UMax & High32) | max);
        r.SMin = Math.Max(r.SMin, (long)((ulong)r.SMin & High32 | min));
        r.SMax = Math.Min(r.SMax, (long)((ulong)r.SMax & High32 | max));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void RaiseAndLowerUnsigned(ref ScalarRange r, uint min, uint max)
    {
        r.U32Min = Math.Max(r.U32Min, min);
        r.U32Max = Math.Min(r.U32Max, max);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void RaiseAndLowerSigned(ref ScalarRange r, int min, int max)
    {
        r.S32Min = Math.Max(r.S32Min, min);
        r.S32Max = Math.Min(r.S32Max, max);
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Domain;

/// <summary>Addition, subtraction and multiplication: bounds survive unless only some of the results wrap. Callers zero-extend and sync.</summary>
internal static class WrappingArithmetic
{
    public static void Add(ref ScalarRange d, in ScalarRange s, bool is64)
    {
        d.Bits = Tnum.Add(d.Bits, s.Bits);
        long min32 = (long)d.S32Min + s.S32Min, max32 = (long)d.S32Max + s.S32Max;
        SetSigned32(ref d, min32, max32);
        ulong low = (ulong)d.U32Min + s.U32Min, high = (ulong)d.U32Max + s.U32Max;
        SetUnsigned32(ref d, (uint)low, (uint)high, low >> 32 == high >> 32);
        if (!is64) return;

        long min = d.SMin + s.SMin, max = d.SMax + s.SMax;
        bool wraps = ((min ^ d.SMin) & (min ^ s.SMin) | (max ^ d.SMax) & (max ^ s.SMax)) < 0;
        if (wraps) d.UnboundSigned64();
        else (d.SMin, d.SMax) = (min, max);
        ulong umin = d.UMin + s.UMin, umax = d.UMax + s.UMax;
        SetUnsigned64(ref d, umin, umax, umin < d.UMin == umax < d.UMax);
    }

    public static void Subtract(ref ScalarRange d, in ScalarRange s, bool is64)
    {
        d.Bits = Tnum.Sub(d.Bits, s.Bits);
        long min32 = (long)d.S32Min - s.S32Max, max32 = (long)d.S32Max - s.S32Min;
        SetSigned32(ref d, min32, max32);
        SetUnsigned32(ref d, d.U32Min - s.U32Max, d.U32Max - s.U32Min, d.U32Min < s.U32Max == d.U32Max < s.U32Min);
        if (!is64) return;

        long min = d.SMin - s.SMax, max = d.SMax - s.SMin;
        bool wraps = ((d.SMin ^ s.SMax) & (d.SMin ^ min) | (d.SMax ^ s.SMin) & (d.SMax ^ max)) < 0;
        if (wraps) d.UnboundSigned64();
        else (d.SMin, d.SMax) = (min, max);
        SetUnsigned64(ref d, d.UMin - s.UMax, d.UMax - s.UMin, d.UMin < s.UMax == d.UMax < s.UMin);
    }

    public static void Multiply(ref ScalarRange d, in ScalarRange s, bool is64)
    {
        d.Bits = Tnum.Mul(d.Bits, s.Bits);
        long a = (long)d.S32Min * s.S32Min, b = (long)d.S32Min * s.S32Max, c = (long)d.S32Max * s.S32Min, e = (long)d.S32Max * s.S32Max;
        SetSigned32(ref d, Math.Min(Math.Min(a, b), Math.Min(c, e)), Math.Max(Math.Max(a, b), Math.Max(c, e)));
        ulong high = (ulong)d.U32Max * s.U32Max;
        SetUnsigned32(ref d, d.U32Min * s.U32Min, (uint)high, high <= uint.MaxValue);
        if (!is64) return;

        Int128 p = (Int128)d.SMin * s.SMin, q = (Int128)d.SMin * s.SMax, u = (Int128)d.SMax * s.SMin, v = (Int128)d.SMax * s.SMax;
        Int128 least = Int128.Min(Int128.Min(p, q), Int128.Min(u, v)), most = Int128.Max(Int128.Max(p, q), Int128.Max(u, v));
        if (least < long.MinValue || most > long.MaxValue) d.UnboundSigned64();
        else (d.SMin, d.SMax) = ((long)least, (long)most);
        bool fits = Math.BigMul(d.UMax, s.UMax, out ulong umax) == 0;
        SetUnsigned64(ref d, d.UMin * s.UMin, umax, fits);
    }

    private static void SetSigned32(ref ScalarRange d, long min, long max)
    {
        if (min != (int)min || max != (int)max) d.UnboundSigned32();
        else (d.S32Min, d.S32Max) = ((int)min, (int)max);
    }

    private static void SetUnsigned32(ref ScalarRange d, uint min, uint max, bool allWrapAlike)
    {
        if (allWrapAlike) (d.U32Min, d.U32Max) = (min, max);
        else d.UnboundUnsigned32();
    }

    private static void SetUnsigned64(ref ScalarRange d, ulong min, ulong max, bool allWrapAlike)
    {
        if (allWrapAlike) (d.UMin, d.UMax) = (min, max);
        else d.UnboundUnsigned64();
    }
}

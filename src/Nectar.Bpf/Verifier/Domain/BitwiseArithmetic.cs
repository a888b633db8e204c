// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Domain;

/// <summary>
/// And, or, exclusive or: the bits are exact, and the unsigned bounds follow from them and from the operands' bounds.
/// Signed bounds are the unsigned ones read as signed, if those stay in order. Callers zero-extend and sync.
/// </summary>
internal static class BitwiseArithmetic
{
    public static void And(ref ScalarRange d, in ScalarRange s, bool is64)
    {
        d.Bits = Tnum.And(d.Bits, s.Bits);
        Set32(ref d, s, (uint)d.Bits.Min, Math.Min(d.U32Max, s.U32Max));
        if (is64) Set64(ref d, s, d.Bits.Min, Math.Min(d.UMax, s.UMax));
    }

    public static void Or(ref ScalarRange d, in ScalarRange s, bool is64)
    {
        d.Bits = Tnum.Or(d.Bits, s.Bits);
        Set32(ref d, s, Math.Max(d.U32Min, s.U32Min), (uint)d.Bits.Max);
        if (is64) Set64(ref d, s, Math.Max(d.UMin, s.UMin), d.Bits.Max);
    }

    public static void Xor(ref ScalarRange d, in ScalarRange s, bool is64)
    {
        d.Bits = Tnum.Xor(d.Bits, s.Bits);
        Set32(ref d, s, (uint)d.Bits.Min, (uint)d.Bits.Max);
        if (is64) Set64(ref d, s, d.Bits.Min, d.Bits.Max);
    }

    private static void Set32(ref ScalarRange d, in ScalarRange s, uint min, uint max)
    {
        if (d.Bits.IsSubregConst && s.Bits.IsSubregConst)
        {
            d.SetConst32((uint)d.Bits.Value);
            return;
        }
        (d.U32Min, d.U32Max) = (min, max);
        if ((int)min <= (int)max) (d.S32Min, d.S32Max) = ((int)min, (int)max);
        else d.UnboundSigned32();
    }

    private static void Set64(ref ScalarRange d, in ScalarRange s, ulong min, ulong max)
    {
        if (d.Bits.IsConst && s.Bits.IsConst)
        {
            d.SetConst(d.Bits.Value);
            return;
        }
        (d.UMin, d.UMax) = (min, max);
        if ((long)min <= (long)max) (d.SMin, d.SMax) = ((long)min, (long)max);
        else d.UnboundSigned64();
    }
}

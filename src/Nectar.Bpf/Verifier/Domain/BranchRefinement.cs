// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;
using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Verifier.Domain;

/// <summary>What a comparison that holds says about its operands. The bounds are not synced here.</summary>
internal static class BranchRefinement
{
    public static void Narrow(Operation operation, bool taken, ref ScalarRange a, ref ScalarRange b, bool is32)
    {
        if (operation == Operation.Jset)
        {
            if (taken) ShareOneBit(ref a, ref b, is32);
            else ShareNoBit(ref a, ref b, is32);
            return;
        }
        switch (taken ? operation : ScalarBranches.Negate(operation))
        {
            case Operation.Jeq: MakeEqual(ref a, ref b, is32); break;
            case Operation.Jne: MakeUnequal(ref a, ref b, is32); break;
            case Operation.Jlt: OrderUnsigned(ref a, ref b, is32, 1); break;
            case Operation.Jle: OrderUnsigned(ref a, ref b, is32, 0); break;
            case Operation.Jgt: OrderUnsigned(ref b, ref a, is32, 1); break;
            case Operation.Jge: OrderUnsigned(ref b, ref a, is32, 0); break;
            case Operation.Jslt: OrderSigned(ref a, ref b, is32, 1); break;
            case Operation.Jsle: OrderSigned(ref a, ref b, is32, 0); break;
            case Operation.Jsgt: OrderSigned(ref b, ref a, is32, 1); break;
            case Operation.Jsge: OrderSigned(ref b, ref a, is32, 0); break;
        }
    }

    // a + gap <= b. The bounds wrap if nothing is left, and then exclude each other.
    private static void OrderUnsigned(ref ScalarRange a, ref ScalarRange b, bool is32, uint gap)
    {
        if (is32)
        {
            a.U32Max = Math.Min(a.U32Max, b.U32Max - gap);
            b.U32Min = Math.Max(a.U32Min + gap, b.U32Min);
            return;
        }
        a.UMax = Math.Min(a.UMax, b.UMax - gap);
        b.UMin = Math.Max(a.UMin + gap, b.UMin);
    }

    private static void OrderSigned(ref ScalarRange a, ref ScalarRange b, bool is32, int gap)
    {
        if (is32)
        {
            a.S32Max = Math.Min(a.S32Max, b.S32Max - gap);
            b.S32Min = Math.Max(a.S32Min + gap, b.S32Min);
            return;
        }
        a.SMax = Math.Min(a.SMax, b.SMax - gap);
        b.SMin = Math.Max(a.SMin + gap, b.SMin);
    }

    private static void MakeEqual(ref ScalarRange a, ref ScalarRange b, bool is32)
    {
        if (is32)
        {
            a.U32Min = b.U32Min = Math.Max(a.U32Min, b.U32Min);
            a.U32Max = b.U32Max = Math.Min(a.U32Max, b.U32Max);
            a.S32Min = b.S32Min = Math.Max(a.S32Min, b.S32Min);
            a.S32Max = b.S32Max = Math.Min(a.S32Max, b.S32Max);
            Tnum low = Tnum.Intersect(a.Bits.Subreg, b.Bits.Subreg);
            a.Bits = a.Bits.WithSubreg(low);
            b.Bits = b.Bits.WithSubreg(low);
            return;
        }
        a.UMin = b.UMin = Math.Max(a.UMin, b.UMin);
        a.UMax = b.UMax = Math.Min(a.UMax, b.UMax);
        a.SMin = b.SMin = Math.Max(a.SMin, b.SMin);
        a.SMax = b.SMax = Math.Min(a.SMax, b.SMax);
        a.Bits = b.Bits = Tnum.Intersect(a.Bits, b.Bits);
    }

    // Only a constant at the very edge of a range can be cut off it.
    private static void MakeUnequal(ref ScalarRange a, ref ScalarRange b, bool is32)
    {
        if (ScalarBranches.Bits(b, is32).IsConst) CutEdge(ref a, b.Bits.Value, is32);
        else if (ScalarBranches.Bits(a, is32).IsConst) CutEdge(ref b, a.Bits.Value, is32);
    }

    private static void CutEdge(ref ScalarRange r, ulong value, bool is32)
    {
        if (is32)
        {
            if (r.U32Min == (uint)value) r.U32Min++;
            if (r.U32Max == (uint)value) r.U32Max--;
            if (r.S32Min == (int)value) r.S32Min++;
            if (r.S32Max == (int)value) r.S32Max--;
            return;
        }
        if (r.UMin == value) r.UMin++;
        if (r.UMax == value) r.UMax--;
        if (r.SMin == (long)value) r.SMin++;
        if (r.SMax == (long)value) r.SMax--;
    }

    // "Some of these bits" says something only if there is one to choose from.
    private static void ShareOneBit(ref ScalarRange a, ref ScalarRange b, bool is32)
    {
        if (ScalarBranches.Bits(b, is32) is { IsConst: true } right) SetBit(ref a, right.Value);
        else if (ScalarBranches.Bits(a, is32) is { IsConst: true } left) SetBit(ref b, left.Value);

        static void SetBit(ref ScalarRange r, ulong bit)
        {
            if (BitOperations.IsPow2(bit)) r.Bits = Tnum.Or(r.Bits, Tnum.Const(bit));
        }
    }

    private static void ShareNoBit(ref ScalarRange a, ref ScalarRange b, bool is32)
    {
        if (ScalarBranches.Bits(b, is32) is { IsConst: true } right) ClearBits(ref a, right.Value);
        else if (ScalarBranches.Bits(a, is32) is { IsConst: true } left) ClearBits(ref b, left.Value);

        // The bounds are forgotten before: on a way that cannot be taken they would contradict the bits (Linux 6.17).
        static void ClearBits(ref ScalarRange r, ulong bits)
        {
            r.Unbound();
            r.Bits = Tnum.And(r.Bits, Tnum.Const(~bits));
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Domain;

/// <summary>Truncation, zero and sign extension of a number.</summary>
internal static class ScalarCasts
{
    /// <summary>The low half becomes the whole, as after every 32-bit instruction. Callers sync.</summary>
    public static void ZeroExtend32(ref ScalarRange r)
    {
        r.Bits = r.Bits.Subreg;
        (r.UMin, r.UMax) = (r.U32Min, r.U32Max);
        bool isPositive = r.S32Min >= 0 && r.S32Max >= 0;
        (r.SMin, r.SMax) = isPositive ? ((long)r.S32Min, (long)r.S32Max) : (0L, (long)uint.MaxValue);
    }

    /// <summary>Keeps the low bytes, zero-extended, as a load of that size does.</summary>
    /// <param name="r">The number.</param>
    /// <param name="size">1, 2 or 4 bytes.</param>
    public static void Truncate(ref ScalarRange r, int size)
    {
        r.Bits = r.Bits.Cast(size);
        ulong kept = ulong.MaxValue >> (64 - size * 8);
        bool isOneBlock = (r.UMin & ~kept) == (r.UMax & ~kept);
        (r.UMin, r.UMax) = isOneBlock ? (r.UMin & kept, r.UMax & kept) : (0, kept);
        (r.SMin, r.SMax) = ((long)r.UMin, (long)r.UMax);
        if (size < 4) r.Unbound32();
        r.Sync();
    }

    /// <summary>Whether no member changes when its low bytes are sign-extended: then the copy stays linked to the original.</summary>
    public static bool IsUnchangedBySignExtension(in ScalarRange r, int size) => r.UMax < 1UL << (size * 8 - 1);

    /// <summary>Sign-extends the low bytes to 64 bits (<c>movsx</c>, sign-extending loads).</summary>
    /// <param name="r">The number.</param>
    /// <param name="size">1, 2 or 4 bytes.</param>
    public static void SignExtend(ref ScalarRange r, int size)
    {
        int unused = 64 - size * 8;
        if (r.Bits.IsConst)
        {
            r.SetConst((ulong)((long)(r.Bits.Value << unused) >> unused));
            return;
        }
        long min = r.SMin << unused >> unused, max = r.SMax << unused >> unused;
        if (r.SMin >> (size * 8) == r.SMax >> (size * 8) && min >= 0 == max >= 0)
        {
            // The same sign on both ends of one block: order is kept.
            (r.SMin, r.SMax) = (min, max);
            (r.UMin, r.UMax) = ((ulong)min, (ulong)max);
            (r.S32Min, r.S32Max) = ((int)min, (int)max);
            (r.U32Min, r.U32Max) = ((uint)min, (uint)max);
            r.Bits = Tnum.Range((ulong)min, (ulong)max);
            return;
        }
        long largest = long.MaxValue >> unused;
        (r.SMin, r.SMax) = (-largest - 1, largest);
        (r.S32Min, r.S32Max) = ((int)r.SMin, (int)r.SMax);
        r.UnboundUnsigned64();
        r.UnboundUnsigned32();
        r.Bits = Tnum.Unknown;
    }

    /// <summary>Sign-extends the low bytes to 32 bits; the caller zero-extends and syncs.</summary>
    /// <param name="r">The number.</param>
    /// <param name="size">1 or 2 bytes.</param>
    public static void SignExtend32(ref ScalarRange r, int size)
    {
        int unused = 32 - size * 8;
        if (r.Bits.IsConst)
        {
            r.SetConst32((uint)((int)((uint)r.Bits.Value << unused) >> unused));
            return;
        }
        int min = r.S32Min << unused >> unused, max = r.S32Max << unused >> unused;
        if (r.S32Min >> (size * 8) == r.S32Max >> (size * 8) && min >= 0 == max >= 0)
        {
            (r.S32Min, r.S32Max) = (min, max);
            (r.U32Min, r.U32Max) = ((uint)min, (uint)max);
            r.Bits = Tnum.Range((uint)min, (uint)max);
            return;
        }
        int largest = int.MaxValue >> unused;
        (r.S32Min, r.S32Max) = (-largest - 1, largest);
        r.UnboundUnsigned32();
        r.Bits = Tnum.Unknown.Subreg;
    }
}

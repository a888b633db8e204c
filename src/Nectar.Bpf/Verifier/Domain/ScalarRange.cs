// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nectar.Bpf.Verifier.Domain;

/// <summary>
/// What is known about a 64-bit number that is not a pointer: its bits, and its bounds as signed and unsigned number,
/// for the whole and for the low half. One cache line. The five views say different things; <see cref="Sync"/> lets each learn from the others.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ScalarRange
{
    public Tnum Bits;
    public long SMin, SMax;
    public ulong UMin, UMax;
    public int S32Min, S32Max;
    public uint U32Min, U32Max;

    public static ScalarRange Unknown
    {
        get
        {
            Unsafe.SkipInit(out ScalarRange all);
            all.Bits = Tnum.Unknown;
            all.Unbound();
            return all;
        }
    }

    /// <summary>Whether only one number remains.</summary>
    public readonly bool IsConstant => Bits.IsConst;

    /// <summary>The number, if <see cref="IsConstant"/>.</summary>
    public readonly ulong ConstantValue => Bits.Value;

    /// <summary>Whether nothing is known.</summary>
    public readonly bool IsUnknown => Bits.IsUnknown && UMin == 0 && UMax == ulong.MaxValue && SMin == long.MinValue && SMax == long.MaxValue
        && U32Min == 0 && U32Max == uint.MaxValue && S32Min == int.MinValue && S32Max == int.MaxValue;

    /// <summary>Whether some bounds exclude each other: the path cannot happen, or a rule lost a number.</summary>
    public readonly bool IsEmpty => UMin > UMax || SMin > SMax || U32Min > U32Max || S32Min > S32Max;

    /// <summary>Whether the bounds exclude each other or a constant's bounds are not the constant: what the kernel answers with <see cref="Unbound"/>.</summary>
    public readonly bool IsInconsistent => IsEmpty
        || Bits.IsConst && (UMin != Bits.Value || UMax != UMin || SMin != (long)Bits.Value || SMax != SMin)
        || Bits.IsSubregConst && (U32Min != (uint)Bits.Value || U32Max != U32Min || S32Min != (int)Bits.Value || S32Max != S32Min);

    public static ScalarRange Const(ulong value)
    {
        Unsafe.SkipInit(out ScalarRange one);
        one.SetConst(value);
        return one;
    }

    /// <summary>The numbers that a zero-extended load can give.</summary>
    /// <param name="size">1, 2, 4 or 8 bytes.</param>
    public static ScalarRange OfBytes(int size)
    {
        ScalarRange loaded = Unknown;
        if (size < 8) ScalarCasts.Truncate(ref loaded, size);
        return loaded;
    }

    /// <summary>Every number from <paramref name="min"/> to <paramref name="max"/>, unsigned.</summary>
    public static ScalarRange Unsigned(ulong min, ulong max)
    {
        ScalarRange range = Unknown;
        range.UMin = min;
        range.UMax = max;
        range.Sync();
        return range;
    }

    /// <summary>Every number from <paramref name="min"/> to <paramref name="max"/>, signed.</summary>
    public static ScalarRange Signed(long min, long max)
    {
        ScalarRange range = Unknown;
        range.SMin = min;
        range.SMax = max;
        range.Sync();
        return range;
    }

    public void SetConst(ulong value)
    {
        Bits = new Tnum(value, 0);
        SMin = SMax = (long)value;
        UMin = UMax = value;
        S32Min = S32Max = (int)value;
        U32Min = U32Max = (uint)value;
    }

    /// <summary>Sets the low half; the bounds of the whole are the caller's to repair.</summary>
    public void SetConst32(uint value)
    {
        Bits = Bits.WithSubreg(Tnum.Const(value));
        S32Min = S32Max = (int)value;
        U32Min = U32Max = value;
    }

    /// <summary>Forgets all bounds but not the bits.</summary>
    public void Unbound()
    {
        Unbound64();
        Unbound32();
    }

    public void Unbound64()
    {
        UnboundSigned64();
        UnboundUnsigned64();
    }

    public void Unbound32()
    {
        UnboundSigned32();
        UnboundUnsigned32();
    }

    public void UnboundSigned64() => (SMin, SMax) = (long.MinValue, long.MaxValue);

    public void UnboundUnsigned64() => (UMin, UMax) = (0, ulong.MaxValue);

    public void UnboundSigned32() => (S32Min, S32Max) = (int.MinValue, int.MaxValue);

    public void UnboundUnsigned32() => (U32Min, U32Max) = (0, uint.MaxValue);

    /// <summary>Lets bits, signed, unsigned, whole and half bounds learn from each other.</summary>
    public void Sync() => BoundsDeduction.Sync(ref this);

    /// <summary>Forgets bounds that contradict each other, as the kernel does.</summary>
    /// <returns>Whether they did.</returns>
    public bool UnboundIfInconsistent()
    {
        if (!IsInconsistent) return false;
        Unbound();
        return true;
    }

    /// <summary>Whether the number is one of those described.</summary>
    public readonly bool Contains(ulong value) => Bits.Contains(value)
        && value >= UMin && value <= UMax && (long)value >= SMin && (long)value <= SMax
        && (uint)value >= U32Min && (uint)value <= U32Max && (int)value >= S32Min && (int)value <= S32Max;

    /// <summary>Whether each view of this says at least as much as that of <paramref name="other"/>.</summary>
    public readonly bool IsWithin(in ScalarRange other) => AreBoundsWithin(other) && other.Bits.Contains(Bits);

    /// <summary>As <see cref="IsWithin"/>, of the bounds alone.</summary>
    public readonly bool AreBoundsWithin(in ScalarRange other) => other.UMin <= UMin && other.UMax >= UMax && other.SMin <= SMin && other.SMax >= SMax
        && other.U32Min <= U32Min && other.U32Max >= U32Max && other.S32Min <= S32Min && other.S32Max >= S32Max;

    /// <summary>Whether both describe the same in every view.</summary>
    public readonly bool SameAs(in ScalarRange other) => Bits == other.Bits && UMin == other.UMin && UMax == other.UMax && SMin == other.SMin && SMax == other.SMax
        && U32Min == other.U32Min && U32Max == other.U32Max && S32Min == other.S32Min && S32Max == other.S32Max;

    /// <summary>Widens this so that it also has what <paramref name="other"/> has.</summary>
    public void Join(in ScalarRange other)
    {
        Bits = Tnum.Union(Bits, other.Bits);
        (SMin, SMax) = (Math.Min(SMin, other.SMin), Math.Max(SMax, other.SMax));
        (UMin, UMax) = (Math.Min(UMin, other.UMin), Math.Max(UMax, other.UMax));
        (S32Min, S32Max) = (Math.Min(S32Min, other.S32Min), Math.Max(S32Max, other.S32Max));
        (U32Min, U32Max) = (Math.Min(U32Min, other.U32Min), Math.Max(U32Max, other.U32Max));
    }

    /// <summary>For messages: <c>5</c>, <c>0..63</c>, <c>-8..8</c>, <c>at least 4</c>, <c>any value</c>.</summary>
    public readonly string Format()
    {
        if (IsConstant) return ((long)Bits.Value).ToString();
        bool fromBelow = SMin != long.MinValue, fromAbove = SMax != long.MaxValue;
        if (SMin < 0 && !(fromBelow && fromAbove) && (UMin != 0 || UMax != ulong.MaxValue)) return UMax == ulong.MaxValue ? $"at least {UMin} unsigned" : $"{UMin}..{UMax}";
        return (fromBelow, fromAbove) switch
        {
            (true, true) => $"{SMin}..{SMax}",
            (true, false) => $"at least {SMin}",
            (false, true) => $"at most {SMax}",
            _ => Bits.IsUnknown ? "any value" : $"any value with bits {Bits}",
        };
    }

    /// <inheritdoc/>
    public override readonly string ToString() => $"{Format()} u64={UMin:x}..{UMax:x} s64={SMin}..{SMax} u32={U32Min:x}..{U32Max:x} s32={S32Min}..{S32Max} bits={Bits}";
}

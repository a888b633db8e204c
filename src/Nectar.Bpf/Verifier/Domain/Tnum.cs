// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;
using System.Runtime.CompilerServices;

namespace Nectar.Bpf.Verifier.Domain;

/// <summary>
/// A number of which some bits are known: a set bit of <paramref name="Mask"/> is unknown, every other bit is that of
/// <paramref name="Value"/>, which never overlaps the mask. Addition and subtraction are optimal (arXiv:2105.05398).
/// </summary>
internal readonly record struct Tnum(ulong Value, ulong Mask)
{
    private const ulong Low32 = uint.MaxValue;

    /// <summary>No bit is known.</summary>
    public static Tnum Unknown => new(0, ulong.MaxValue);

    public bool IsConst => Mask == 0;

    public bool IsUnknown => Mask == ulong.MaxValue;

    /// <summary>The smallest member, unsigned.</summary>
    public ulong Min => Value;

    /// <summary>The largest member, unsigned.</summary>
    public ulong Max => Value | Mask;

    /// <summary>The low half, zero-extended.</summary>
    public Tnum Subreg => new(Value & Low32, Mask & Low32);

    /// <summary>The high half, the low half being zero.</summary>
    public Tnum ClearSubreg => new(Value & ~Low32, Mask & ~Low32);

    public bool IsSubregConst => (uint)Mask == 0;

    public static Tnum Const(ulong value) => new(value, 0);

    /// <summary>The smallest tnum that has every number from <paramref name="min"/> to <paramref name="max"/>: their common leading bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Tnum Range(ulong min, ulong max)
    {
        ulong unknown = SpreadDown(min ^ max);
        return new(min & ~unknown, unknown);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Tnum Add(Tnum a, Tnum b)
    {
        // A bit is unknown where an operand's is, and where the carries of the smallest and of the largest sum differ.
        ulong smallest = a.Value + b.Value;
        ulong unknown = ((smallest + a.Mask + b.Mask) ^ smallest) | a.Mask | b.Mask;
        return new(smallest & ~unknown, unknown);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Tnum Sub(Tnum a, Tnum b)
    {
        ulong difference = a.Value - b.Value;
        ulong unknown = ((difference + a.Mask) ^ (difference - b.Mask)) | a.Mask | b.Mask;
        return new(difference & ~unknown, unknown);
    }

    public static Tnum Neg(Tnum a) => Sub(default, a);

    public static Tnum And(Tnum a, Tnum b)
    {
        ulong ones = a.Value & b.Value;
        return new(ones, a.Max & b.Max & ~ones);
    }

    public static Tnum Or(Tnum a, Tnum b)
    {
        ulong ones = a.Value | b.Value;
        return new(ones, (a.Mask | b.Mask) & ~ones);
    }

    public static Tnum Xor(Tnum a, Tnum b)
    {
        ulong unknown = a.Mask | b.Mask;
        return new((a.Value ^ b.Value) & ~unknown, unknown);
    }

    /// <summary>
    /// Long multiplication over the bits that <paramref name="a"/> may have: a certain bit adds the shifted <paramref name="b"/>,
    /// an uncertain one joins "added" and "not added". This is what Linux computes since 6.18; before, its masks were coarser.
    /// </summary>
    public static Tnum Mul(Tnum a, Tnum b)
    {
        if ((a.Mask | b.Mask) == 0) return Const(a.Value * b.Value);
        Tnum sum = default;
        for (ulong bits = a.Max; bits != 0; bits &= bits - 1)
        {
            int shift = BitOperations.TrailingZeroCount(bits);
            Tnum added = Add(sum, b.Lsh(shift));
            sum = (a.Value >> shift & 1) != 0 ? added : Union(sum, added);
        }
        return sum;
    }

    /// <summary>The numbers that are in both. Where known bits contradict each other the result has a one: callers test <see cref="Overlaps"/> if they care.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Tnum Intersect(Tnum a, Tnum b)
    {
        ulong unknown = a.Mask & b.Mask;
        return new((a.Value | b.Value) & ~unknown, unknown);
    }

    /// <summary>The smallest tnum that has both.</summary>
    public static Tnum Union(Tnum a, Tnum b)
    {
        ulong unknown = a.Mask | b.Mask | (a.Value ^ b.Value);
        return new(a.Value & b.Value & ~unknown, unknown);
    }

    /// <summary>Whether some number is in both.</summary>
    public static bool Overlaps(Tnum a, Tnum b) => ((a.Value ^ b.Value) & ~(a.Mask | b.Mask)) == 0;

    public Tnum Lsh(int shift) => new(Value << shift, Mask << shift);

    public Tnum Rsh(int shift) => new(Value >> shift, Mask >> shift);

    /// <summary>Shifts right, filling with the sign bit, known or not.</summary>
    /// <param name="shift">0 to width - 1.</param>
    /// <param name="width">32 (the result is zero-extended) or 64.</param>
    public Tnum Arsh(int shift, int width) => width == 32
        ? new((uint)((int)Value >> shift), (uint)((int)Mask >> shift))
        : new((ulong)((long)Value >> shift), (ulong)((long)Mask >> shift));

    /// <summary>The low bytes, zero-extended.</summary>
    /// <param name="size">1, 2, 4 or 8 bytes.</param>
    public Tnum Cast(int size)
    {
        ulong kept = ulong.MaxValue >> (64 - size * 8);
        return new(Value & kept, Mask & kept);
    }

    /// <summary>This high half with the low half of another.</summary>
    public Tnum WithSubreg(Tnum low) => new((Value & ~Low32) | (low.Value & Low32), (Mask & ~Low32) | (low.Mask & Low32));

    public bool Contains(Tnum inner) => (inner.Mask & ~Mask) == 0 && (inner.Value & ~Mask) == Value;

    public bool Contains(ulong number) => (number & ~Mask) == Value;

    /// <summary>The smallest member above a number; the largest member if there is none.</summary>
    public ulong NextAbove(ulong number)
    {
        if (number >= Max) return Max;
        if (number < Value) return Value;
        ulong next = number + 1, wrong = (next ^ Value) & ~Mask;
        if (wrong == 0) return next;
        ulong below = SpreadDown(wrong); // the highest wrong bit and all below it
        if ((Value & ~(below >> 1) & below) == 0)
        {
            // A known zero is one in "next": the lowest free bit above that is still zero must become one.
            ulong free = Mask & ~next & ~below;
            below = (free & (0 - free)) - 1;
            next |= below + 1;
        }
        return (next & ~below) | (Value & below);
    }

    /// <summary>Whether every member is a multiple of <paramref name="size"/>, a power of two (or 0: no demand).</summary>
    public bool IsAligned(ulong size) => size == 0 || (Max & (size - 1)) == 0;

    /// <summary>Hexadecimal value and mask, as the kernel's log prints them.</summary>
    public override string ToString() => $"(0x{Value:x}; 0x{Mask:x})";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong SpreadDown(ulong bits) => bits == 0 ? 0 : ulong.MaxValue >> BitOperations.LeadingZeroCount(bits);
}

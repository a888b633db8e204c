// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Domain;
using Xunit;

namespace Nectar.Tests.Verifier.Domain;

/// <summary>Every tnum of a few bits, against its members one by one.</summary>
public sealed class TnumTests
{
    private static readonly Tnum[] s_all4 = All(4);
    private static readonly Tnum[] s_all5 = All(5);

    [Theory]
    [InlineData("add")]
    [InlineData("sub")]
    [InlineData("and")]
    [InlineData("or")]
    [InlineData("xor")]
    [InlineData("union")]
    public void Operation_EveryPairOf5Bits_IsTheSmallestTnumOfTheResults(string name)
    {
        foreach (Tnum a in s_all5)
        {
            foreach (Tnum b in s_all5)
            {
                (Tnum actual, Tnum best) = name switch
                {
                    "add" => (Tnum.Add(a, b), Hull(a, b, (x, y) => x + y)),
                    "sub" => (Tnum.Sub(a, b), Hull(a, b, (x, y) => x - y)),
                    "and" => (Tnum.And(a, b), Hull(a, b, (x, y) => x & y)),
                    "or" => (Tnum.Or(a, b), Hull(a, b, (x, y) => x | y)),
                    "xor" => (Tnum.Xor(a, b), Hull(a, b, (x, y) => x ^ y)),
                    _ => (Tnum.Union(a, b), HullOf([.. Members(a), .. Members(b)])),
                };
                if (actual != best) Assert.Fail($"{name} {a} {b}: {actual}, best {best}");
            }
        }
    }

    [Fact]
    public void Mul_EveryPairOf5Bits_HasEveryProductAndIsMostlyTheSmallest()
    {
        int optimal = 0, pairs = 0;
        foreach (Tnum a in s_all5)
        {
            foreach (Tnum b in s_all5)
            {
                Tnum product = Tnum.Mul(a, b), best = Hull(a, b, (x, y) => x * y);
                if (!product.Contains(best)) Assert.Fail($"{a} * {b}: {product} lacks {best}");
                pairs++;
                if (product == best) optimal++;
            }
        }
        Assert.True(optimal > pairs * 3 / 4, $"{optimal} of {pairs} products are optimal");
    }

    [Fact]
    public void NegShiftCast_Every5Bits_AreTheSmallestTnumOfTheResults()
    {
        foreach (Tnum a in s_all5)
        {
            Assert.Equal(HullOf([.. Members(a).Select(x => 0 - x)]), Tnum.Neg(a));
            for (int shift = 0; shift < 8; shift++)
            {
                int by = shift;
                Assert.Equal(HullOf([.. Members(a).Select(x => x << by)]), a.Lsh(by));
                Assert.Equal(HullOf([.. Members(a).Select(x => x >> by)]), a.Rsh(by));
                Tnum top = a.Lsh(59), low = a.Lsh(27);
                Assert.Equal(HullOf([.. Members(top).Select(x => (ulong)((long)x >> by))]), top.Arsh(by, 64));
                Assert.Equal(HullOf([.. Members(low).Select(x => (ulong)(uint)((int)x >> by))]), low.Arsh(by, 32));
            }
            Tnum across = a.Lsh(30);
            Assert.Equal(HullOf([.. Members(across).Select(x => x & uint.MaxValue)]), across.Cast(4));
            Assert.Equal(across.Subreg, across.Cast(4));
            Assert.Equal(across, across.ClearSubreg.WithSubreg(across.Subreg));
            Assert.Equal(across, across.Cast(8));
        }
    }

    [Fact]
    public void ContainsIntersectOverlaps_EveryPairOf4Bits_AgreeWithTheMembers()
    {
        foreach (Tnum a in s_all4)
        {
            ulong[] members = [.. Members(a)];
            for (ulong x = 0; x < 32; x++) Assert.Equal(members.Contains(x), a.Contains(x));
            foreach (Tnum b in s_all4)
            {
                ulong[] others = [.. Members(b)], common = [.. members.Intersect(others)];
                Assert.Equal(others.All(members.Contains), a.Contains(b));
                Assert.Equal(common.Length > 0, Tnum.Overlaps(a, b));
                if (common.Length > 0) Assert.Equal(HullOf(common), Tnum.Intersect(a, b));
            }
        }
    }

    [Fact]
    public void Range_EveryPairOf6Bits_IsTheCommonPrefix()
    {
        for (ulong min = 0; min < 64; min++)
        {
            for (ulong max = min; max < 64; max++)
            {
                Tnum range = Tnum.Range(min, max);
                for (ulong x = min; x <= max; x++) Assert.True(range.Contains(x));
                Assert.True((range.Mask & (range.Mask + 1)) == 0, "unknown bits are the lowest");
            }
        }
        Assert.Equal(Tnum.Unknown, Tnum.Range(0, ulong.MaxValue));
        Assert.Equal(Tnum.Unknown, Tnum.Range(1, 1UL << 63));
        Assert.Equal(Tnum.Const(7), Tnum.Range(7, 7));
    }

    [Fact]
    public void NextAbove_Every5Bits_IsTheNextMember()
    {
        foreach (Tnum a in s_all5)
        {
            ulong[] members = [.. Members(a).Order()];
            for (ulong x = 0; x < 40; x++)
            {
                ulong expected = members.FirstOrDefault(member => member > x, members[^1]);
                if (a.NextAbove(x) != expected) Assert.Fail($"{a} above {x}: {a.NextAbove(x)}, not {expected}");
                Assert.Equal(expected << 59, x < 32 ? a.Lsh(59).NextAbove((x << 59) + (ulong)(x << 50)) : expected << 59);
            }
        }
        Assert.Equal(8UL, Tnum.Unknown.NextAbove(7));
        Assert.Equal(ulong.MaxValue, Tnum.Unknown.NextAbove(ulong.MaxValue));
    }

    [Theory]
    [InlineData(0b1100, 0b0011, 1, true)]
    [InlineData(0b1100, 0b0011, 2, false)]
    [InlineData(0b1100, 0b0000, 4, true)]
    [InlineData(0b1100, 0b0000, 8, false)]
    [InlineData(0b1100, 0b0011, 0, true)]
    public void IsAligned_LowBits_MustAllBeKnownZero(ulong value, ulong mask, ulong size, bool aligned) => Assert.Equal(aligned, new Tnum(value, mask).IsAligned(size));

    private static Tnum[] All(int bits)
    {
        List<Tnum> all = [];
        for (ulong mask = 0; mask < 1UL << bits; mask++)
        {
            for (ulong value = 0; value < 1UL << bits; value++)
            {
                if ((value & mask) == 0) all.Add(new Tnum(value, mask));
            }
        }
        return [.. all];
    }

    private static IEnumerable<ulong> Members(Tnum tnum)
    {
        ulong free = 0;
        do
        {
            yield return tnum.Value | free;
            free = (free - tnum.Mask) & tnum.Mask; // the next subset of the mask
        }
        while (free != 0);
    }

    private static Tnum Hull(Tnum a, Tnum b, Func<ulong, ulong, ulong> operation)
    {
        ulong ones = ulong.MaxValue, zeros = ulong.MaxValue;
        foreach (ulong x in Members(a))
        {
            foreach (ulong y in Members(b))
            {
                ulong result = operation(x, y);
                ones &= result;
                zeros &= ~result;
            }
        }
        return new Tnum(ones, ~(ones | zeros));
    }

    private static Tnum HullOf(ulong[] numbers)
    {
        ulong ones = ulong.MaxValue, zeros = ulong.MaxValue;
        foreach (ulong number in numbers) (ones, zeros) = (ones & number, zeros & ~number);
        return new Tnum(ones, ~(ones | zeros));
    }
}

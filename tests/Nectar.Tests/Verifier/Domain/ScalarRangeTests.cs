// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using FsCheck;
using FsCheck.Fluent;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier.Domain;
using Xunit;

namespace Nectar.Tests.Verifier.Domain;

/// <summary>Deduction between the views of a range, and the questions it answers.</summary>
public sealed class ScalarRangeTests
{
    [Fact]
    public void Sync_RandomViews_KeepsEveryNumber()
    {
        RangeSource source = new(1);
        for (int i = 0; i < 200_000; i++)
        {
            ulong[] numbers = source.Numbers();
            ScalarRange range = source.Around(numbers), again = range;
            foreach (ulong number in numbers) if (!range.Contains(number)) Assert.Fail($"0x{number:x} lost: {range}");
            Assert.False(range.IsEmpty);
            again.Sync();
            foreach (ulong number in numbers) if (!again.Contains(number)) Assert.Fail($"0x{number:x} lost the second time: {again}");
            if (!again.IsWithin(range)) Assert.Fail($"{range} grew to {again}");
        }
    }

    [Fact]
    public void Sync_AnyTwoNumbers_KeepsBoth() => Prop.ForAll<ulong, ulong, int>((x, y, seed) =>
    {
        ScalarRange range = new RangeSource(seed).Around(x, y);
        return range.Contains(x) && range.Contains(y);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Unsigned_SmallRange_IsKnownInEveryView()
    {
        ScalarRange range = ScalarRange.Unsigned(0, 63);
        Assert.Equal(new Tnum(0, 63), range.Bits);
        Assert.Equal((0L, 63L, 0, 63, 0U, 63U), (range.SMin, range.SMax, range.S32Min, range.S32Max, range.U32Min, range.U32Max));
        Assert.Equal("0..63", range.Format());
    }

    [Fact]
    public void Sync_SignedAcrossZeroButUnsignedOnlyPositive_IsPositive()
    {
        ScalarRange range = ScalarRange.Unknown;
        (range.SMin, range.SMax, range.UMax) = (-100, 50, 1000);
        range.Sync();
        Assert.Equal((0L, 50L, 0UL, 50UL), (range.SMin, range.SMax, range.UMin, range.UMax));
    }

    [Fact]
    public void Sync_LowHalfUnderHighHalves_TightensTheWhole()
    {
        // The kernel's own example: [0x1'00000000, 0x3'80000000] with the low half positive.
        ScalarRange range = ScalarRange.Unknown;
        (range.UMin, range.UMax, range.S32Min) = (0x1_0000_0000, 0x3_8000_0000, 1);
        range.Sync();
        Assert.Equal((0x1_0000_0001UL, 0x3_7fff_ffffUL), (range.UMin, range.UMax));
    }

    [Fact]
    public void UnboundIfInconsistent_ContradictoryBounds_ForgetsThemButNotTheBits()
    {
        ScalarRange range = ScalarRange.Unsigned(0, 7);
        range.UMin = 9;
        Assert.True(range.IsInconsistent);
        Assert.True(range.UnboundIfInconsistent());
        Assert.Equal((0UL, ulong.MaxValue, 7UL), (range.UMin, range.UMax, range.Bits.Mask));
        Assert.False(range.UnboundIfInconsistent());
    }

    [Fact]
    public void IsWithin_RandomRanges_MeansEveryNumber()
    {
        RangeSource source = new(2);
        int within = 0;
        for (int i = 0; i < 100_000; i++)
        {
            ulong[] numbers = source.Numbers();
            ScalarRange inner = source.Around(numbers), outer = source.Around([.. numbers, source.Number()]);
            if (!inner.IsWithin(outer)) continue;
            within++;
            foreach (ulong number in numbers) Assert.True(outer.Contains(number));
        }
        Assert.True(within > 1000, $"only {within} pairs nest");
    }

    [Fact]
    public void TruncateAndSignExtend_RandomRanges_KeepEveryNumber()
    {
        RangeSource source = new(3);
        for (int i = 0; i < 200_000; i++)
        {
            ulong[] numbers = source.Numbers();
            int size = 1 << source.Random.Next(3), unused = 64 - size * 8;
            ScalarRange zero = source.Around(numbers), sign = zero;
            ScalarCasts.Truncate(ref zero, size);
            ScalarCasts.SignExtend(ref sign, size);
            foreach (ulong number in numbers)
            {
                if (!zero.Contains(number << unused >> unused)) Assert.Fail($"0x{number:x} to {size} bytes: {zero}");
                if (!sign.Contains((ulong)((long)(number << unused) >> unused))) Assert.Fail($"0x{number:x} from {size} bytes: {sign}");
            }
        }
    }

    [Theory]
    [InlineData(1, 255)]
    [InlineData(2, 65535)]
    [InlineData(4, uint.MaxValue)]
    public void OfBytes_Sizes_HaveTheirMaximum(int size, ulong max)
    {
        ScalarRange range = ScalarRange.OfBytes(size);
        Assert.Equal((0UL, max, 0L, (long)max, max), (range.UMin, range.UMax, range.SMin, range.SMax, range.Bits.Mask));
        Assert.True(ScalarRange.OfBytes(8).IsUnknown);
    }

    [Fact]
    public void Format_Kinds_ReadAsWords()
    {
        Assert.Equal("-5", ScalarRange.Const(unchecked((ulong)-5)).Format());
        Assert.Equal("any value", ScalarRange.Unknown.Format());
        Assert.Equal("-8..8", ScalarRange.Signed(-8, 8).Format());
        Assert.Equal("at least 4", ScalarRange.Signed(4, long.MaxValue).Format());
        Assert.Equal("at most -4", Signed(long.MinValue, -4));
        Assert.Equal("at least 5 unsigned", ScalarRange.Unsigned(5, ulong.MaxValue).Format());
        Assert.Equal("4096..18446744073709551614", ScalarRange.Unsigned(4096, ulong.MaxValue - 1).Format());

        static string Signed(long min, long max)
        {
            ScalarRange range = ScalarRange.Signed(min, max);
            range.UnboundUnsigned64();
            return range.Format();
        }
    }

    [Fact]
    public void SplitsInTwo_OutcomeOfBranchlessComparison_IsSeen()
    {
        ScalarRange mask = ScalarRange.Signed(-1, 0), seven = ScalarRange.Const(7);
        Assert.True(ScalarArithmetic.SplitsInTwo(Operation.And, mask, seven, out bool low) && !low);
        ScalarCasts.ZeroExtend32(ref mask);
        mask.Sync();
        Assert.True(ScalarArithmetic.SplitsInTwo(Operation.Or, mask, seven, out low) && low);
        Assert.False(ScalarArithmetic.SplitsInTwo(Operation.Xor, mask, seven, out _));
        Assert.False(ScalarArithmetic.SplitsInTwo(Operation.And, seven, mask, out _));
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier.Domain;
using Xunit;

namespace Nectar.Tests.Verifier.Domain;

/// <summary>Decided jumps and narrowed ranges against the numbers themselves.</summary>
public sealed class ScalarBranchesTests
{
    public static TheoryData<Operation, bool> Operations
    {
        get
        {
            TheoryData<Operation, bool> rows = [];
            foreach (Operation operation in Concrete.Branches)
            {
                rows.Add(operation, true);
                rows.Add(operation, false);
            }
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void DecideAndRefine_RandomRanges_KeepEveryPairThatGoesThatWay(Operation operation, bool is32)
    {
        RangeSource source = new((int)operation * 2 + (is32 ? 1 : 0));
        int decided = 0;
        for (int i = 0; i < 60_000; i++)
        {
            ulong[] left = source.Numbers(), right = source.Random.Next(3) == 0 ? [left[^1] + (ulong)source.Random.Next(-1, 2)] : source.Numbers();
            ScalarRange a = source.Around(left), b = right.Length == 1 ? ScalarRange.Const(right[0]) : source.Around(right);
            BranchOutcome outcome = ScalarBranches.Decide(operation, a, b, is32);
            if (outcome != BranchOutcome.Unknown) decided++;
            (ScalarRange aTaken, ScalarRange bTaken, ScalarRange aNot, ScalarRange bNot) = (a, b, a, b);
            bool canTake = ScalarBranches.Refine(operation, true, ref aTaken, ref bTaken, is32);
            bool canPass = ScalarBranches.Refine(operation, false, ref aNot, ref bNot, is32);
            foreach (ulong x in left)
            {
                foreach (ulong y in right)
                {
                    bool taken = Concrete.IsTaken(operation, x, y, is32);
                    bool isRight = outcome == BranchOutcome.Unknown || outcome == (taken ? BranchOutcome.Taken : BranchOutcome.NotTaken);
                    isRight &= taken ? canTake && aTaken.Contains(x) && bTaken.Contains(y) : canPass && aNot.Contains(x) && bNot.Contains(y);
                    if (!isRight) Assert.Fail($"0x{x:x} {operation} 0x{y:x} is {taken}, said {outcome}\n  {a}\n  {b}\n  taken {aTaken}\n  {bTaken}\n  not {aNot}\n  {bNot}");
                }
            }
        }
        Assert.True(decided > 100, $"{decided} jumps were decided");
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Refine_RegisterWithItself_KeepsEveryNumberThatGoesThatWay(Operation operation, bool is32)
    {
        RangeSource source = new(9);
        for (int i = 0; i < 5_000; i++)
        {
            ulong[] numbers = source.Numbers();
            ScalarRange taken = source.Around(numbers), not = taken;
            ScalarBranches.Refine(operation, true, ref taken, ref taken, is32);
            ScalarBranches.Refine(operation, false, ref not, ref not, is32);
            foreach (ulong x in numbers) Assert.True((Concrete.IsTaken(operation, x, x, is32) ? taken : not).Contains(x));
        }
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Decide_EverySmallInterval_IsExactForOrders(Operation operation, bool is32)
    {
        for (ulong a = 0; a < 6; a++)
        {
            for (ulong b = a; b < 6; b++)
            {
                for (ulong c = 0; c < 6; c++)
                {
                    for (ulong d = c; d < 6; d++)
                    {
                        bool some = false, all = true;
                        for (ulong x = a; x <= b; x++)
                        {
                            for (ulong y = c; y <= d; y++)
                            {
                                bool taken = Concrete.IsTaken(operation, x, y, is32);
                                some |= taken;
                                all &= taken;
                            }
                        }
                        BranchOutcome exact = all ? BranchOutcome.Taken : some ? BranchOutcome.Unknown : BranchOutcome.NotTaken;
                        BranchOutcome actual = ScalarBranches.Decide(operation, ScalarRange.Unsigned(a, b), ScalarRange.Unsigned(c, d), is32);
                        if (operation == Operation.Jset) Assert.True(actual == exact || actual == BranchOutcome.Unknown);
                        else Assert.Equal(exact, actual);
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(Operation.Jlt, true, 0, 9, 10, 100)]
    [InlineData(Operation.Jlt, false, 10, 100, 10, 100)]
    [InlineData(Operation.Jgt, true, 11, 100, 10, 100)]
    [InlineData(Operation.Jge, false, 0, 9, 10, 100)]
    [InlineData(Operation.Jle, true, 0, 10, 10, 100)]
    [InlineData(Operation.Jeq, true, 10, 10, 10, 100)]
    public void Refine_AgainstConstant_CutsTheRange(Operation operation, bool taken, ulong min, ulong max, ulong constant, ulong top)
    {
        ScalarRange range = ScalarRange.Unsigned(0, top), right = ScalarRange.Const(constant);
        Assert.True(ScalarBranches.Refine(operation, taken, ref range, ref right, false));
        Assert.Equal((min, max), (range.UMin, range.UMax));
        Assert.True(right.SameAs(ScalarRange.Const(constant)));
    }

    [Fact]
    public void Refine_UnequalAtTheEdge_CutsOneNumber()
    {
        ScalarRange range = ScalarRange.Unsigned(0, 10), zero = ScalarRange.Const(0);
        ScalarBranches.Refine(Operation.Jeq, false, ref range, ref zero, false);
        Assert.Equal(1UL, range.UMin);
        ScalarRange ten = ScalarRange.Const(10), five = ScalarRange.Const(5);
        ScalarBranches.Refine(Operation.Jne, true, ref ten, ref range, false); // the constant on the left
        ScalarBranches.Refine(Operation.Jne, true, ref range, ref five, false);
        Assert.Equal((1UL, 9UL), (range.UMin, range.UMax));
    }

    [Fact]
    public void Refine_CommonBits_SetsOneOrClearsAll()
    {
        ScalarRange set = ScalarRange.Unknown, clear = set, several = set, eight = ScalarRange.Const(8), twelve = ScalarRange.Const(12);
        ScalarBranches.Refine(Operation.Jset, true, ref set, ref eight, false);
        Assert.Equal(8UL, set.Bits.Value);
        ScalarBranches.Refine(Operation.Jset, false, ref clear, ref twelve, false);
        Assert.Equal(~12UL, clear.Bits.Mask);
        ScalarBranches.Refine(Operation.Jset, true, ref several, ref twelve, false);
        Assert.True(several.IsUnknown);
    }

    [Fact]
    public void Refine_TwoRanges_NarrowsBoth()
    {
        ScalarRange a = ScalarRange.Unsigned(5, 20), b = ScalarRange.Unsigned(0, 10);
        ScalarBranches.Refine(Operation.Jlt, true, ref a, ref b, false);
        Assert.Equal((5UL, 9UL, 6UL, 10UL), (a.UMin, a.UMax, b.UMin, b.UMax));
    }

    [Fact]
    public void Refine_ImpossibleWays_NeverLeaveContradictoryBounds()
    {
        RangeSource source = new(10);
        int reported = 0;
        for (int i = 0; i < 50_000; i++)
        {
            ScalarRange a = source.Around(source.Numbers()), b = source.Around(source.Numbers());
            Operation operation = Concrete.Branches[source.Random.Next(Concrete.Branches.Length)];
            BranchOutcome outcome = ScalarBranches.Decide(operation, a, b, false);
            if (outcome == BranchOutcome.Unknown) continue;
            if (!ScalarBranches.Refine(operation, outcome == BranchOutcome.NotTaken, ref a, ref b, false)) reported++;
            Assert.False(a.IsEmpty || b.IsEmpty);
        }
        Assert.True(reported > 1000, $"{reported} contradictions were reported");
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier.Domain;
using Xunit;

namespace Nectar.Tests.Verifier.Domain;

/// <summary>Arithmetic on ranges against arithmetic on their numbers.</summary>
public sealed class ScalarArithmeticTests
{
    public static TheoryData<Operation, bool> Operations
    {
        get
        {
            TheoryData<Operation, bool> rows = [];
            foreach (Operation operation in Concrete.Arithmetic)
            {
                rows.Add(operation, true);
                if (operation != Operation.MovSx32) rows.Add(operation, false);
            }
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Apply_RandomRanges_HasEveryResult(Operation operation, bool is64)
    {
        RangeSource source = new((int)operation * 2 + (is64 ? 1 : 0));
        for (int i = 0; i < 40_000; i++)
        {
            ulong[] left = source.Numbers(), right = Concrete.IsByteOrder(operation) ? [16UL << source.Random.Next(3)] : source.Random.Next(3) == 0 ? [(ulong)source.Random.Next(70)] : source.Numbers();
            ScalarRange a = source.Around(left), b = right.Length == 1 ? ScalarRange.Const(right[0]) : source.Around(right), result = a;
            ScalarArithmetic.Apply(operation, is64, ref result, b);
            foreach (ulong x in left)
            {
                foreach (ulong y in right)
                {
                    ulong expected = Concrete.Apply(operation, is64, x, y);
                    if (!result.Contains(expected)) Assert.Fail($"0x{x:x} {operation} 0x{y:x} = 0x{expected:x}\n  {a}\n  {b}\n  {result}");
                }
            }
            Assert.False(result.IsInconsistent, $"{operation}\n  {a}\n  {b}\n  {result}");
        }
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Apply_RegisterWithItself_HasEveryResult(Operation operation, bool is64)
    {
        if (Concrete.IsByteOrder(operation)) return; // takes a width, not a register
        RangeSource source = new(77 + (int)operation);
        for (int i = 0; i < 5_000; i++)
        {
            ulong[] numbers = source.Numbers();
            ScalarRange range = source.Around(numbers);
            ScalarArithmetic.Apply(operation, is64, ref range, range);
            foreach (ulong x in numbers) if (!range.Contains(Concrete.Apply(operation, is64, x, x))) Assert.Fail($"{operation} of 0x{x:x}: {range}");
        }
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Apply_Constants_FoldExceptWhatTheKernelForgets(Operation operation, bool is64)
    {
        bool forgets = operation is Operation.Div or Operation.SDiv or Operation.Mod or Operation.SMod;
        RangeSource source = new(5);
        for (int i = 0; i < 2000; i++)
        {
            ulong x = source.Number(), y = Concrete.IsByteOrder(operation) ? 16UL << source.Random.Next(3) : operation is Operation.Lsh or Operation.Rsh or Operation.Arsh ? (ulong)source.Random.Next(is64 ? 64 : 32) : source.Number();
            ScalarRange range = ScalarRange.Const(x);
            ScalarArithmetic.Apply(operation, is64, ref range, ScalarRange.Const(y));
            if (forgets) Assert.True(range.IsUnknown);
            else if (!range.SameAs(ScalarRange.Const(Concrete.Apply(operation, is64, x, y)))) Assert.Fail($"0x{x:x} {operation} 0x{y:x}: {range}");
        }
    }

    // Small unsigned ranges: exact intervals where the operation has them.
    [Fact]
    public void Apply_EverySmallInterval_AddAndMulAreExact()
    {
        for (ulong a = 0; a < 8; a++)
        {
            for (ulong b = a; b < 8; b++)
            {
                for (ulong c = 0; c < 8; c++)
                {
                    for (ulong d = c; d < 8; d++)
                    {
                        ScalarRange sum = ScalarRange.Unsigned(a, b), product = sum, difference = sum, right = ScalarRange.Unsigned(c, d);
                        ScalarArithmetic.Apply(Operation.Add, true, ref sum, right);
                        ScalarArithmetic.Apply(Operation.Mul, true, ref product, right);
                        ScalarArithmetic.Apply(Operation.Sub, true, ref difference, right);
                        Assert.Equal((a + c, b + d), (sum.UMin, sum.UMax));
                        Assert.Equal((a * c, b * d), (product.UMin, product.UMax));
                        Assert.Equal(((long)a - (long)d, (long)b - (long)c), (difference.SMin, difference.SMax));
                    }
                }
            }
        }
    }

    [Fact]
    public void Add_EveryResultWraps_KeepsUnsignedBounds()
    {
        ScalarRange range = ScalarRange.Unsigned(ulong.MaxValue - 9, ulong.MaxValue - 4);
        ScalarArithmetic.Apply(Operation.Add, true, ref range, ScalarRange.Const(20));
        Assert.Equal((10UL, 15UL), (range.UMin, range.UMax));
    }

    [Fact]
    public void Mul_NegativeRange_KeepsSignedBounds()
    {
        ScalarRange range = ScalarRange.Signed(-4, 5);
        ScalarArithmetic.Apply(Operation.Mul, true, ref range, ScalarRange.Signed(-3, 2));
        Assert.Equal((-15L, 12L), (range.SMin, range.SMax));
    }

    [Fact]
    public void Neg_PositiveRange_IsTheMirrorRange()
    {
        ScalarRange range = ScalarRange.Unsigned(1, 10);
        ScalarArithmetic.Apply(Operation.Neg, true, ref range, default);
        Assert.Equal((-10L, -1L), (range.SMin, range.SMax));
    }

    [Fact]
    public void Lsh_By32ThenArsh_SignExtendsTheLowHalf()
    {
        ScalarRange range = ScalarRange.Signed(-5, 5), shift = ScalarRange.Const(32);
        ScalarArithmetic.Apply(Operation.Lsh, true, ref range, shift);
        ScalarArithmetic.Apply(Operation.Arsh, true, ref range, shift);
        Assert.Equal((-5L, 5L), (range.SMin, range.SMax));
    }

    [Fact]
    public void Shift_ByUnknownOrTooMuch_IsUnknown()
    {
        foreach (Operation operation in new[] { Operation.Lsh, Operation.Rsh, Operation.Arsh })
        {
            ScalarRange range = ScalarRange.Const(1), other = range;
            ScalarArithmetic.Apply(operation, true, ref range, ScalarRange.Unsigned(1, 2));
            ScalarArithmetic.Apply(operation, false, ref other, ScalarRange.Const(32));
            Assert.True(range.IsUnknown && other.IsUnknown);
        }
    }
}

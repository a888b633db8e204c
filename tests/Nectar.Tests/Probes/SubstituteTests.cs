// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;
using Nectar.Probes;
using Xunit;
using Bits = Nectar.Probes.Bcl.Numerics.BitOperations;
using Own = Nectar.Probes.Bcl;
using Primitives = Nectar.Probes.Bcl.Buffers.Binary.BinaryPrimitives;

namespace Nectar.Tests.Probes;

/// <summary>What stands for the framework in compiled programs computes what the framework does.</summary>
public sealed class SubstituteTests
{
    private static IEnumerable<ulong> Numbers()
    {
        Random random = new(5);
        for (int i = 0; i < 64; i++)
        {
            yield return 1ul << i;
            yield return (1ul << i) - 1;
            yield return (1ul << i) + 1;
        }

        for (int i = 0; i < 100_000; i++) yield return (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
    }

    [Fact]
    public void Log2_IsTheHighestBit()
    {
        foreach (ulong n in Numbers()) Assert.True(Nectar.Probes.Bpf.Log2(n) == BitOperations.Log2(n), $"{n:x}");
        Assert.Equal(63u, Nectar.Probes.Bpf.Log2(ulong.MaxValue));
    }

    [Fact]
    public void BitOperations_AgreeWithTheFrameworks()
    {
        foreach (ulong n in Numbers())
        {
            uint m = (uint)n;
            int by = (int)(n >> 7 & 127);
            bool same = Bits.PopCount(n) == BitOperations.PopCount(n) && Bits.PopCount(m) == BitOperations.PopCount(m)
                && Bits.LeadingZeroCount(n) == BitOperations.LeadingZeroCount(n) && Bits.LeadingZeroCount(m) == BitOperations.LeadingZeroCount(m)
                && Bits.TrailingZeroCount(n) == BitOperations.TrailingZeroCount(n) && Bits.TrailingZeroCount(m) == BitOperations.TrailingZeroCount(m)
                && Bits.RotateLeft(n, by) == BitOperations.RotateLeft(n, by) && Bits.RotateRight(m, by) == BitOperations.RotateRight(m, by)
                && Bits.RotateLeft(m, by) == BitOperations.RotateLeft(m, by) && Bits.RotateRight(n, by) == BitOperations.RotateRight(n, by)
                && Bits.IsPow2(n) == BitOperations.IsPow2(n) && Bits.IsPow2((long)n) == BitOperations.IsPow2((long)n) && Bits.IsPow2(m) == BitOperations.IsPow2(m)
                && Bits.Log2(m) == BitOperations.Log2(m);
            Assert.True(same, $"{n:x}");
            Assert.True(Bits.RoundUpToPowerOf2(m) == BitOperations.RoundUpToPowerOf2(m), $"{m:x}");
            Assert.True(Bits.RoundUpToPowerOf2(n) == BitOperations.RoundUpToPowerOf2(n), $"{n:x}");
        }
    }

    [Fact]
    public void ByteOrder_AgreesWithTheFrameworks()
    {
        foreach (ulong n in Numbers())
        {
            Assert.Equal(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(n), Primitives.ReverseEndianness(n));
            Assert.Equal(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness((uint)n), Primitives.ReverseEndianness((uint)n));
            Assert.Equal(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness((short)n), Primitives.ReverseEndianness((short)n));
            Assert.Equal((ushort)n, (ushort)BigEndian16.From((ushort)n));
            Assert.Equal((uint)n, (uint)BigEndian32.From((uint)n));
            Assert.Equal(n, (ulong)BigEndian64.From(n));
        }
    }

    [Fact]
    public void Math_AgreesWithTheFrameworks()
    {
        foreach (ulong n in Numbers().Take(2000))
        {
            long a = (long)n, b = (long)(n * 31) >> 3;
            if (a != long.MinValue) Assert.Equal(Math.Abs(a), Own.Math.Abs(a));
            Assert.Equal(Math.Sign((int)a), Own.Math.Sign((int)a));
            Assert.Equal(Math.Clamp(a, Math.Min(b, 5), Math.Max(b, 5)), Own.Math.Clamp(a, Own.Math.Min(b, 5), Own.Int64.Max(b, 5)));
            if (b != 0 && a != long.MinValue) Assert.Equal(Math.DivRem(a, b), Own.Math.DivRem(a, b));
        }
    }

    [Fact]
    public unsafe void Spans_KeepTheirBounds()
    {
        byte* memory = stackalloc byte[8];
        for (int i = 0; i < 8; i++) memory[i] = (byte)i;
        Own.Span<byte> span = new(memory, 8);
        Own.Span<byte> part = span.Slice(2, 4);
        Assert.Equal((4, 2, 5), (part.Length, part[0], part[3]));
        Assert.Equal(0, span.Slice(8).Length);
        Own.ReadOnlySpan<byte> read = part;
        Assert.True(Own.MemoryExtensions.SequenceEqual(part, read));
        Assert.Equal(1, Own.MemoryExtensions.IndexOf(part, (byte)3));
        Assert.Equal(0x0203, Primitives.ReadUInt16BigEndian(read));
        part.Fill(7);
        read.CopyTo(span);
        Assert.Equal(7, span[0]);
        int sum = 0;
        foreach (byte b in span) sum += b;
        Assert.Equal(7 * 8 + 6 + 7 - 14, sum);
        Assert.True(Aborts(&OutOfIndex) && Aborts(&OutOfSlice) && Aborts(&SliceTooLong) && Aborts(&CopyTooLong));
    }

    [Fact]
    public void RangesAndNullables_AgreeWithTheFrameworks()
    {
        Assert.Equal((2, 3), new Own.Range(2, new Own.Index(3, true)).GetOffsetAndLength(8));
        Assert.True(new Own.Nullable<int>(5).HasValue);
        Assert.Equal(7, default(Own.Nullable<int>).GetValueOrDefault(7));
        Assert.Throws<InvalidOperationException>(() => new Own.Range(5, 3).GetOffsetAndLength(8));
        Assert.Throws<InvalidOperationException>(() => default(Own.Nullable<int>).Value);
    }

    private static unsafe bool Aborts(delegate*<void> action)
    {
        try
        {
            action();
            return false;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }

    private static unsafe void OutOfIndex()
    {
        long memory;
        _ = new Own.Span<byte>(&memory, 8)[8];
    }

    private static unsafe void OutOfSlice()
    {
        long memory;
        new Own.Span<byte>(&memory, 8).Slice(9);
    }

    private static unsafe void SliceTooLong()
    {
        long memory;
        new Own.ReadOnlySpan<byte>(&memory, 8).Slice(4, 5);
    }

    private static unsafe void CopyTooLong()
    {
        long memory;
        new Own.ReadOnlySpan<byte>(&memory, 8).CopyTo(new Own.Span<byte>(&memory, 7));
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes.Bcl.Numerics;

/// <summary>Stands for <c>System.Numerics.BitOperations</c> in compiled programs: without branches, so that the kernel walks it once.</summary>
internal static class BitOperations
{
    public static uint RotateLeft(uint value, int offset) => (value << offset) | (value >> (32 - offset));

    public static ulong RotateLeft(ulong value, int offset) => (value << offset) | (value >> (64 - offset));

    public static nuint RotateLeft(nuint value, int offset) => (nuint)RotateLeft((ulong)value, offset);

    public static uint RotateRight(uint value, int offset) => (value >> offset) | (value << (32 - offset));

    public static ulong RotateRight(ulong value, int offset) => (value >> offset) | (value << (64 - offset));

    public static nuint RotateRight(nuint value, int offset) => (nuint)RotateRight((ulong)value, offset);

    public static int Log2(uint value) => (int)Bpf.Log2(value);

    public static int Log2(ulong value) => (int)Bpf.Log2(value);

    public static int Log2(nuint value) => (int)Bpf.Log2(value);

    public static int LeadingZeroCount(uint value) => 32 - BitLength(value);

    public static int LeadingZeroCount(ulong value) => 64 - BitLength(value);

    public static int LeadingZeroCount(nuint value) => 64 - BitLength(value);

    public static int TrailingZeroCount(int value) => TrailingZeroCount((uint)value);

    public static int TrailingZeroCount(uint value) => PopCount(~value & (value - 1));

    public static int TrailingZeroCount(long value) => TrailingZeroCount((ulong)value);

    public static int TrailingZeroCount(ulong value) => PopCount(~value & (value - 1));

    public static int TrailingZeroCount(nuint value) => TrailingZeroCount((ulong)value);

    public static int PopCount(uint value)
    {
        value -= (value >> 1) & 0x55555555;
        value = (value & 0x33333333) + ((value >> 2) & 0x33333333);
        value = (value + (value >> 4)) & 0x0f0f0f0f;
        return (int)((value * 0x01010101) >> 24);
    }

    public static int PopCount(ulong value)
    {
        value -= (value >> 1) & 0x5555555555555555;
        value = (value & 0x3333333333333333) + ((value >> 2) & 0x3333333333333333);
        value = (value + (value >> 4)) & 0x0f0f0f0f0f0f0f0f;
        return (int)((value * 0x0101010101010101) >> 56);
    }

    public static int PopCount(nuint value) => PopCount((ulong)value);

    public static bool IsPow2(int value) => (value & (value - 1)) == 0 && value > 0;

    public static bool IsPow2(uint value) => (value & (value - 1)) == 0 && value != 0;

    public static bool IsPow2(long value) => (value & (value - 1)) == 0 && value > 0;

    public static bool IsPow2(ulong value) => (value & (value - 1)) == 0 && value != 0;

    public static uint RoundUpToPowerOf2(uint value) => (uint)((0x100000000ul >> LeadingZeroCount(value - 1)) & uint.MaxValue);

    public static ulong RoundUpToPowerOf2(ulong value)
    {
        int shift = 64 - LeadingZeroCount(value - 1);
        return (1ul ^ (ulong)(shift >> 6)) << shift;
    }

    /// <summary>Bits up to the highest that is set; 0 for 0.</summary>
    private static int BitLength(ulong value) => (int)Bpf.Log2(value) + (int)((value | (0 - value)) >> 63);
}

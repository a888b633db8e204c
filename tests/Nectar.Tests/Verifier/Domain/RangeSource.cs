// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Domain;

namespace Nectar.Tests.Verifier.Domain;

/// <summary>Random ranges together with numbers known to be in them, thick around the places where arithmetic turns.</summary>
internal sealed class RangeSource(int seed)
{
    private readonly Random _random = new(seed);

    public Random Random => _random;

    /// <summary>A range that has all of the numbers: their hull in a random choice of views.</summary>
    public ScalarRange Around(params ReadOnlySpan<ulong> numbers)
    {
        ScalarRange range = ScalarRange.Unknown;
        int views = _random.Next(1, 32);
        ScalarRange hull = ScalarRange.Const(numbers[0]);
        foreach (ulong number in numbers[1..]) hull.Join(ScalarRange.Const(number));
        if ((views & 1) != 0) (range.UMin, range.UMax) = (hull.UMin, hull.UMax);
        if ((views & 2) != 0) (range.SMin, range.SMax) = (hull.SMin, hull.SMax);
        if ((views & 4) != 0) (range.U32Min, range.U32Max) = (hull.U32Min, hull.U32Max);
        if ((views & 8) != 0) (range.S32Min, range.S32Max) = (hull.S32Min, hull.S32Max);
        if ((views & 16) != 0) range.Bits = hull.Bits;
        range.Sync();
        return range;
    }

    /// <summary>One to four numbers, often near each other.</summary>
    public ulong[] Numbers()
    {
        ulong[] numbers = new ulong[_random.Next(1, 5)];
        numbers[0] = Number();
        for (int i = 1; i < numbers.Length; i++) numbers[i] = _random.Next(3) == 0 ? Number() : numbers[0] + (ulong)(_random.NextInt64(-1, 2) << _random.Next(64)) + (ulong)_random.Next(-9, 10);
        return numbers;
    }

    public ulong Number() => _random.Next(7) switch
    {
        0 => (ulong)_random.Next(-70, 70),
        1 => (ulong)_random.NextInt64(long.MinValue, long.MaxValue),
        2 => 1UL << _random.Next(64),
        3 => (1UL << _random.Next(64)) - 1,
        4 => (ulong)(int.MinValue + _random.Next(-3, 4)),
        5 => (ulong)((long)uint.MaxValue + _random.Next(-3, 4)),
        _ => (1UL << 63) + (ulong)_random.Next(-3, 4),
    };
}

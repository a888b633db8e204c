// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Compiler.Codegen.Allocation;

/// <summary>Pairs of registers: a triangle of bits, which costs one look; for more registers than that is reasonable for, a table.</summary>
internal sealed class EdgeSet
{
    /// <summary>16 MiB of bits.</summary>
    private const int MostInBits = 1 << 14;

    private readonly ulong[]? _bits;
    private readonly HashSet<ulong>? _table;

    public EdgeSet(int registers)
    {
        if (registers <= MostInBits) _bits = new ulong[((long)registers * registers / 2 / 64) + 1];
        else _table = [];
    }

    public bool Contains(int a, int b)
    {
        if (_bits is null) return _table!.Contains(Key(a, b));
        int bit = Index(a, b);
        return (_bits[bit >> 6] >> (bit & 63) & 1) != 0;
    }

    /// <summary>False if it was there already.</summary>
    public bool Add(int a, int b)
    {
        if (_bits is null) return _table!.Add(Key(a, b));
        int bit = Index(a, b);
        ref ulong word = ref _bits[bit >> 6];
        ulong mask = 1UL << (bit & 63);
        if ((word & mask) != 0) return false;
        word |= mask;
        return true;
    }

    private static int Index(int a, int b) => a > b ? (a * (a - 1) / 2) + b : (b * (b - 1) / 2) + a;

    /// <summary>Spread over all bits: the hash of a number is only the sum of its halves without carries, which for two small ones are few.</summary>
    private static ulong Key(int a, int b) => (((ulong)(uint)Math.Min(a, b) << 32) | (uint)Math.Max(a, b)) * 0x9E3779B97F4A7C15;
}

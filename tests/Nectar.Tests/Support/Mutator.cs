// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;

namespace Nectar.Tests.Support;

/// <summary>Makes hostile files of real ones: flipped bits, cuts, splices, and wrong numbers where formats keep offsets and counts.</summary>
internal sealed class Mutator(IReadOnlyList<byte[]> seeds, int seed)
{
    private static readonly ulong[] s_nasty = [0, 1, 7, 8, 0x7f, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff, 0x100000000, 0x7fffffffffffffff, ulong.MaxValue - 7, ulong.MaxValue];
    private readonly Random _random = new(seed);

    /// <summary>The next input; never larger than twice the largest seed.</summary>
    public byte[] Next()
    {
        byte[] input = (byte[])seeds[_random.Next(seeds.Count)].Clone();
        for (int edits = 1 + _random.Next(4); edits > 0 && input.Length > 0; edits--)
        {
            switch (_random.Next(8))
            {
                case 0: input[_random.Next(input.Length)] ^= (byte)(1 << _random.Next(8)); break;
                case 1: input[_random.Next(input.Length)] = (byte)_random.Next(256); break;
                case 2: input = input[.._random.Next(input.Length + 1)]; break;
                case 3: Splice(input); break;
                case 4: Number(input, _random.Next(Math.Min(64, input.Length)) & ~1); break; // the file's header
                default: Field(input); break;
            }
        }

        return input;
    }

    private void Splice(byte[] input)
    {
        byte[] other = seeds[_random.Next(seeds.Count)];
        int length = Math.Min(_random.Next(1, 256), Math.Min(input.Length, other.Length));
        other.AsSpan(_random.Next(other.Length - length + 1), length).CopyTo(input.AsSpan(_random.Next(input.Length - length + 1)));
    }

    /// <summary>A number in a section header, in the contents of a small section (symbols, relocations, types), or anywhere.</summary>
    private void Field(byte[] input)
    {
        int at = _random.Next(input.Length) & ~3;
        if (input.Length >= 64 && input[0] == 0x7f)
        {
            bool big = input[5] == 2;
            ulong table = big ? BinaryPrimitives.ReadUInt64BigEndian(input.AsSpan(40)) : BinaryPrimitives.ReadUInt64LittleEndian(input.AsSpan(40));
            int count = big ? BinaryPrimitives.ReadUInt16BigEndian(input.AsSpan(60)) : BinaryPrimitives.ReadUInt16LittleEndian(input.AsSpan(60));
            ulong header = table + ((ulong)_random.Next(Math.Max(1, count)) * 64);
            if (table < (ulong)input.Length && header + 64 <= (ulong)input.Length && _random.Next(2) == 0) at = (int)header + (_random.Next(16) * 4);
        }

        Number(input, at);
    }

    private void Number(byte[] input, int at)
    {
        ulong value = _random.Next(3) switch { 0 => s_nasty[_random.Next(s_nasty.Length)], 1 => (ulong)_random.Next(input.Length + 16), _ => (ulong)_random.NextInt64() };
        Span<byte> bytes = stackalloc byte[8];
        if (input.Length > 5 && input[5] == 2) BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        else BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        int size = 1 << _random.Next(1, 4);
        if (input[5 % input.Length] == 2) bytes = bytes[(8 - size)..];
        bytes[..Math.Min(size, input.Length - at)].CopyTo(input.AsSpan(at));
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;
using System.Runtime.CompilerServices;

namespace Nectar.Bpf.Maps;

/// <summary>
/// The hash function of hash maps. Machine code computes the same value inline, so every step is part of the contract:
/// <code>
///   h = HashSeed                            ; 32 bits; crc32 with a 64-bit register operand zero-extends the result
///   for each whole 8 bytes of the key       : crc32  r64, qword [key + i]     (SSE4.2, CRC-32C)
///   if (KeySize &amp; 4)                        : crc32  r32, dword [key + i]
///   if (KeySize &amp; 2)                        : crc32  r32, word  [key + i]
///   if (KeySize &amp; 1)                        : crc32  r32, byte  [key + i]
///   h = h * 0x9E3779B1                      ; imul r32: spreads into the high bits that pick the bucket
///   bucket = h >> HashShift                 ; 1 to 31, logical
/// </code>
/// The element keeps h, not the CRC. CRC-32C is one instruction per 8 bytes, and differs for all keys of at most 4 bytes.
/// </summary>
internal static unsafe class MapHash
{
    /// <summary>2^32 divided by the golden ratio: odd, so multiplication loses nothing.</summary>
    internal const uint Multiplier = 0x9E3779B1;

    /// <summary>The hash of a key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Compute(byte* key, uint size, uint seed)
    {
        uint crc = seed;
        for (; size >= 8; size -= 8, key += 8) crc = BitOperations.Crc32C(crc, *(ulong*)key);
        if ((size & 4) != 0)
        {
            crc = BitOperations.Crc32C(crc, *(uint*)key);
            key += 4;
        }

        if ((size & 2) != 0)
        {
            crc = BitOperations.Crc32C(crc, *(ushort*)key);
            key += 2;
        }

        if ((size & 1) != 0) crc = BitOperations.Crc32C(crc, *key);
        return crc * Multiplier;
    }
}

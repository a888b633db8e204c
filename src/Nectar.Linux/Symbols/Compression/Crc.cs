// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;

namespace Nectar.Linux.Symbols.Compression;

/// <summary>The CRC of IEEE 802.3 that <c>.gnu_debuglink</c> and xz use, eight bytes a step; and ECMA-182's of 64 bits, xz's default.</summary>
internal static class Crc
{
    private static readonly uint[] s_table32 = Make32();
    private static readonly ulong[] s_table64 = Make64();

    /// <summary>Goes on from <paramref name="crc"/>, 0 at first.</summary>
    internal static uint Update32(uint crc, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<uint> t = s_table32;
        crc = ~crc;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            uint low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc, high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = t[(int)(0x700 + (low & 0xff))] ^ t[(int)(0x600 + ((low >> 8) & 0xff))] ^ t[(int)(0x500 + ((low >> 16) & 0xff))] ^ t[(int)(0x400 + (low >> 24))]
                ^ t[(int)(0x300 + (high & 0xff))] ^ t[(int)(0x200 + ((high >> 8) & 0xff))] ^ t[(int)(0x100 + ((high >> 16) & 0xff))] ^ t[(int)(high >> 24)];
        }

        foreach (byte b in bytes) crc = t[(int)((crc ^ b) & 0xff)] ^ (crc >> 8);
        return ~crc;
    }

    internal static ulong Of64(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> t = s_table64;
        ulong crc = ~0ul;
        foreach (byte b in bytes) crc = t[(int)((crc ^ b) & 0xff)] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[] Make32()
    {
        uint[] table = new uint[8 * 256];
        for (uint i = 0; i < 256; i++)
        {
            uint crc = i;
            for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
            table[i] = crc;
        }

        for (int i = 256; i < table.Length; i++) table[i] = table[table[i - 256] & 0xff] ^ (table[i - 256] >> 8);
        return table;
    }

    private static ulong[] Make64()
    {
        ulong[] table = new ulong[256];
        for (ulong i = 0; i < 256; i++)
        {
            ulong crc = i;
            for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xC96C5795D7870F42 & (0 - (crc & 1)));
            table[i] = crc;
        }

        return table;
    }
}

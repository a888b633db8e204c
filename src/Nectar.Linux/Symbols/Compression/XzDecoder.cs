// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Nectar.Linux.Symbols.Compression;

/// <summary>
/// Reads xz files with LZMA2 alone, which is what <c>.gnu_debugdata</c> holds ("The .xz File Format" 1.2.1). The class library has no
/// such decoder. Checks are verified; malformed input gives false, and no input gives more than it is allowed to.
/// </summary>
internal static class XzDecoder
{
    private const int HeaderSize = 12;
    private const ulong Lzma2Filter = 0x21;

    internal static bool TryDecode(ReadOnlySpan<byte> file, int maxSize, out byte[] data)
    {
        data = [];
        Lzma2Decoder decoder = new(maxSize);
        if (!file.StartsWith((ReadOnlySpan<byte>)[0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]) || file.Length < HeaderSize || file[6] != 0 || file[7] > 15) return false;
        int check = file[7];
        if (Crc.Update32(0, file.Slice(6, 2)) != BinaryPrimitives.ReadUInt32LittleEndian(file[8..])) return false;
        int checkSize = check == 0 ? 0 : 4 << ((check - 1) / 3);
        ReadOnlySpan<byte> rest = file[HeaderSize..];
        while (true)
        {
            if (rest.IsEmpty) return false;
            if (rest[0] == 0) break; // the index: all blocks were read
            int size = (rest[0] + 1) * 4;
            if (rest.Length < size || !IsLzma2(rest[..size])) return false;
            int start = decoder.Length;
            if (!decoder.TryDecode(rest[size..], out int used)) return false;
            int padded = size + ((used + 3) & ~3);
            if (rest.Length < padded + checkSize || !CheckFits(check, rest.Slice(padded, checkSize), decoder.Output[start..])) return false;
            rest = rest[(padded + checkSize)..];
        }

        data = decoder.Output.ToArray();
        return true;
    }

    private static bool IsLzma2(ReadOnlySpan<byte> header)
    {
        ReadOnlySpan<byte> body = header[..^4];
        if (Crc.Update32(0, body) != BinaryPrimitives.ReadUInt32LittleEndian(header[^4..])) return false;
        byte flags = body[1];
        body = body[2..];
        if ((flags & 0x3f) != 0) return false; // more than one filter
        if ((flags & 0x40) != 0 && !TryNumber(ref body, out _)) return false;
        if ((flags & 0x80) != 0 && !TryNumber(ref body, out _)) return false;
        return TryNumber(ref body, out ulong filter) && filter == Lzma2Filter && TryNumber(ref body, out ulong size) && size == 1;
    }

    private static bool TryNumber(ref ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        for (int i = 0; i < 9 && i < bytes.Length; i++)
        {
            value |= (ulong)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] >= 0x80) continue;
            bytes = bytes[(i + 1)..];
            return true;
        }

        return false;
    }

    private static bool CheckFits(int check, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> block) => check switch
    {
        1 => Crc.Update32(0, block) == BinaryPrimitives.ReadUInt32LittleEndian(expected),
        4 => Crc.Of64(block) == BinaryPrimitives.ReadUInt64LittleEndian(expected),
        10 => SHA256.HashData(block).AsSpan().SequenceEqual(expected),
        _ => true, // no check, or one that is reserved
    };
}

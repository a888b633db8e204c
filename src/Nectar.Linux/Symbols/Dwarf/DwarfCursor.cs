// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;

namespace Nectar.Linux.Symbols.Dwarf;

/// <summary>Reads numbers one after the other; behind the end it reads zeros and says so.</summary>
internal ref struct DwarfCursor(ReadOnlySpan<byte> bytes, int at)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    internal int At { get; private set; } = at;

    internal bool IsBad { get; private set; } = at < 0 || at > bytes.Length;

    internal readonly bool IsAtEnd => IsBad || At >= _bytes.Length;

    internal void Skip(ulong count)
    {
        if (IsBad || count > (ulong)(_bytes.Length - At)) IsBad = true;
        else At += (int)count;
    }

    internal ulong Unsigned(int size)
    {
        if (IsBad || size > _bytes.Length - At)
        {
            IsBad = true;
            return 0;
        }

        ReadOnlySpan<byte> at = _bytes[At..];
        At += size;
        return size switch
        {
            1 => at[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(at),
            3 => BinaryPrimitives.ReadUInt16LittleEndian(at) | ((ulong)at[2] << 16),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(at),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(at),
        };
    }

    internal byte Byte()
    {
        if (!IsBad && At < _bytes.Length) return _bytes[At++];
        IsBad = true;
        return 0;
    }

    internal ulong Uleb()
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte b = Byte();
            if (shift < 64) value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80 || IsBad) return value;
        }
    }

    internal long Sleb()
    {
        long value = 0;
        for (int shift = 0; ;)
        {
            byte b = Byte();
            if (shift < 64) value |= (long)(b & 0x7f) << shift;
            shift += 7;
            if (b < 0x80 || IsBad) return shift < 64 && (b & 0x40) != 0 ? value | (-1L << shift) : value;
        }
    }

    /// <summary>Leaves a string behind; its length without the zero.</summary>
    internal int String()
    {
        int end = IsBad ? -1 : _bytes[At..].IndexOf((byte)0);
        if (end < 0)
        {
            IsBad = true;
            return 0;
        }

        At += end + 1;
        return end;
    }
}

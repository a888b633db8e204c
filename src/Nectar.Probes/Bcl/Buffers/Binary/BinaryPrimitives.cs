// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;

namespace Nectar.Probes.Bcl.Buffers.Binary;

/// <summary>Stands for <c>System.Buffers.Binary.BinaryPrimitives</c> in compiled programs.</summary>
internal static class BinaryPrimitives
{
    public static byte ReverseEndianness(byte value) => value;

    public static sbyte ReverseEndianness(sbyte value) => value;

    [Intrinsic("bswap16")]
    public static ushort ReverseEndianness(ushort value) => (ushort)((value >> 8) | (value << 8));

    public static short ReverseEndianness(short value) => (short)ReverseEndianness((ushort)value);

    [Intrinsic("bswap32")]
    public static uint ReverseEndianness(uint value) => (value >> 24) | ((value >> 8) & 0xff00) | ((value << 8) & 0xff0000) | (value << 24);

    public static int ReverseEndianness(int value) => (int)ReverseEndianness((uint)value);

    [Intrinsic("bswap64")]
    public static ulong ReverseEndianness(ulong value) => ((ulong)ReverseEndianness((uint)value) << 32) | ReverseEndianness((uint)(value >> 32));

    public static long ReverseEndianness(long value) => (long)ReverseEndianness((ulong)value);

    public static ushort ReadUInt16LittleEndian(ReadOnlySpan<byte> source)
    {
        if (source.Length < 2) Fail.Abort();
        ushort value = Unsafe.ReadUnaligned<ushort>(ref source.Reference);
        return value;
    }

    public static bool TryReadUInt16LittleEndian(ReadOnlySpan<byte> source, out ushort value)
    {
        value = 0;
        if (source.Length < 2) return false;
        value = Unsafe.ReadUnaligned<ushort>(ref source.Reference);
        return true;
    }

    public static void WriteUInt16LittleEndian(Span<byte> destination, ushort value)
    {
        if (destination.Length < 2) Fail.Abort();
        Unsafe.WriteUnaligned(ref destination.Reference, value);
    }

    public static bool TryWriteUInt16LittleEndian(Span<byte> destination, ushort value)
    {
        if (destination.Length < 2) return false;
        Unsafe.WriteUnaligned(ref destination.Reference, value);
        return true;
    }

    public static ushort ReadUInt16BigEndian(ReadOnlySpan<byte> source)
    {
        if (source.Length < 2) Fail.Abort();
        ushort value = Unsafe.ReadUnaligned<ushort>(ref source.Reference);
        return ReverseEndianness(value);
    }

    public static bool TryReadUInt16BigEndian(ReadOnlySpan<byte> source, out ushort value)
    {
        value = 0;
        if (source.Length < 2) return false;
        value = Unsafe.ReadUnaligned<ushort>(ref source.Reference);
        value = ReverseEndianness(value);
        return true;
    }

    public static void WriteUInt16BigEndian(Span<byte> destination, ushort value)
    {
        if (destination.Length < 2) Fail.Abort();
        Unsafe.WriteUnaligned(ref destination.Reference, ReverseEndianness(value));
    }

    public static bool TryWriteUInt16BigEndian(Span<byte> destination, ushort value)
    {
        if (destination.Length < 2) return false;
        Unsafe.WriteUnaligned(ref destination.Reference, ReverseEndianness(value));
        return true;
    }

    public static short ReadInt16LittleEndian(ReadOnlySpan<byte> source)
    {
        if (source.Length < 2) Fail.Abort();
        short value = Unsafe.ReadUnaligned<short>(ref source.Reference);
        return value;
    }

    public static bool TryReadInt16LittleEndian(ReadOnlySpan<byte> source, out short value)
    {
        value = 0;
        if (source.Length < 2) return false;
        value = Unsafe.ReadUnaligned<short>(ref source.Reference);
        return true;
    }

    public static void WriteInt16LittleEndian(Span<byte> destination, short value)
    {
        if (destination.Length < 2) Fail.Abort();
        Unsafe.WriteUnaligned(ref destination.Reference, value);
    }

    public static bool TryWriteInt16LittleEndian(Span<byte> destination, short value)
    {
        if (destination.Length < 2) return false;
        Unsafe.WriteUnaligned(ref destination.Reference, value);
        return true;
    }

    public static short ReadInt16BigEndian(ReadOnlySpan<byte> source)
    {
        if (source.Length < 2) Fail.Abort();
        short value = Unsafe.ReadUnaligned<short>(ref source.Reference);
        return ReverseEndianness(value);
    }

    public static bool TryReadInt16BigEndian(ReadOnlySpan<byte> source, out short value)
    {
        value = 0;
        if (source.Length < 2) return false;
        value = Unsafe.ReadUnaligned<short>(ref source.Reference);
        value = ReverseEndianness(value);
        return true;
    }

    public static void WriteInt16BigEndian(Span<byte> destination, short value)
    {
        if (destination.Length < 2) Fail.Abort();
        Unsafe.WriteUnaligned(ref destination.Reference, ReverseEndianness(value));
    }

    public static bool TryWriteInt16BigEndian(Span<byte> destination, short value)
    {
        if (destination.Length < 2) return false;
        Unsafe.WriteUnaligned(ref destination.Reference, ReverseEndianness(value));
        return true;
    }

    public static uint ReadUInt32LittleEndian(ReadOnlySpan<byte> source)
    {
        if (source.Length < 4) Fail.Abort();
        uint value = Unsafe.ReadUnaligned<uint>(ref source.Reference);
        return value;
    }

    public static bool TryReadUInt32LittleEndian(ReadOnlySpan<byte> source, out uint value)
    {
        value = 0;
        if (source.Length < 4) return false;
        value = Unsafe.ReadUnaligned<uint>(ref source.Reference);
        return true;
    }

    public static void WriteUInt32LittleEndian(Span<byte> destination, uint value)
    {
        if (destination.Length < 4) Fail.Abort();
        Unsafe.WriteUnaligned(ref destination.Reference, value);
    }

    public static bool TryWriteUInt32LittleEndian(Span<byte> destination, uint value)
    {
        if (destination.Length < 4) return false;
        Unsafe.WriteUnaligned(ref destination.Reference, value);
        return true;
    }

    public static uint ReadUInt32BigEndian(ReadOnlySpan<byte> source)
    {
        if (source.Length < 4) Fail.Abort();
        uint value = Unsafe.ReadUnaligned<uint>(ref source.Reference);
        return ReverseEndianness(value);
    }

    public static bool TryReadUInt32BigEndian(ReadOnlySpan<byte> source, out uint value)
    {
        value = 0;
        if (source.Length < 4) return false;
        value = Unsafe.ReadUnaligned<uint>(ref source.Reference);
        value = ReverseEndianness(value);
        return true;
    }

    public static void WriteUInt32BigEndian(Span<byte> destination, uint value)
    {
        if (destination.Length < 4) Fail.Abort();
        Unsafe.WriteUnaligned(ref destination.Reference, ReverseEndianness(value));
    }

    public static bool TryWriteUInt32BigEndian(Span<byte> destination, uint value)
    {
        if (destination.Length < 4) return false;
        Unsafe.WriteUnaligned(ref destination.Reference, ReverseEndianness(value));
        return true;
    }

    public static int ReadInt32LittleEndian(ReadOnlySpan<byte> source)
    {
        if (source.Length < 4) Fail.Abort();
        int value = Unsafe.ReadUnaligned<int>(ref source.Reference);
        return value;
    }

    public static bool TryReadInt32LittleEndian(ReadOnlySpan<byte> source, out int value)
    {
        value = 0;
        if (source.Length < 4) return false;
        value = Unsafe.ReadUnaligned<int>(ref source.Reference);
        return true;
    }

    public static void WriteInt32LittleEndian(Span<byte> destination, int value)
    {
        if (destination.Length < 4) Fail.Abort();
        Unsafe.WriteUnaligned(ref destination.Reference, value);
    }

    public static bool TryWriteInt32LittleEndian(Span<byte> destination, int value)
    {
        if (destination.Length < 4) return false;
        Unsafe.WriteUnaligned(ref destination.Reference, value);
        return true;
    }

    public static int ReadInt32BigEndian(ReadOnlySpan<byte> source)
    {
        if (source.Length < 4) Fail.Abort();
        int value = Unsafe.ReadUnaligned<int>(ref source.Reference);
        return ReverseEndianness(value);
    }

    public static bool TryReadInt32BigEndian(ReadOnlySpan<byte> source, out int value)
    {
        value = 0;
        if (source.Length < 4) return false;
        value = Unsafe.ReadUnaligned<int>(ref source.Reference);
        value = ReverseEndianness(value);
        return true;
    }

    public static void WriteInt32BigEndian(Span<byte> destination, int value)
    {
        if (destination.Length < 4) Fail.Abort();
        Unsafe.WriteUnaligned(ref destination.Reference, ReverseEndianness(value));
    }

    public static bool TryWriteInt32BigEndian(Span<byte> destination, int value)
    {
        if (destination.Length < 4) return false;
        Unsafe.WriteUnaligned(ref destination.Reference, ReverseEndianness(value));
        return true;
    }

    public static ulong ReadUInt64LittleEndian(ReadOnlySpan<byte> source)
    {
        if (source.Length < 8) Fail.Abort();
        ulong value = Unsafe.ReadUnaligned<ulong>(ref source.Reference);
        return value;
    }

    public static bool TryReadUInt64LittleEndian(ReadOnlySpan<byte> source, out ulong value)
    {
        value = 0;
        if (source.Length < 8) return false;
        value = Unsafe.ReadUnaligned<ulong>(ref source.Reference);
        return true;
    }

    public static void WriteUInt64LittleEndian(Span<byte> destination, ulong value)
    {
        if (destination.Length < 8) Fail.Abort();
        Unsafe.WriteUnaligned(ref destination.Reference, value);
    }

    public static bool TryWriteUInt64LittleEndian(Span<byte> destination, ulong value)
    {
        if (destination.Length < 8) return false;
        Unsafe.WriteUnaligned(ref destination.Reference, value);
        return true;
    }

    public static ulong ReadUInt64BigEndian(ReadOnlySpan<byte> source)
    {
        if (source.Length < 8) Fail.Abort();
        ulong value = Unsafe.ReadUnaligned<ulong>(ref source.Reference);
        return ReverseEndianness(value);
    }

    public static bool TryReadUInt64BigEndian(ReadOnlySpan<byte> source, out ulong value)
    {
        value = 0;
        if (source.Length < 8) return false;
        value = Unsafe.ReadUnaligned<ulong>(ref source.Reference);
        value = ReverseEndianness(value);
        return true;
    }

    public static void WriteUInt64BigEndian(Span<byte> destination, ulong value)
    {
        if (destination.Length < 8) Fail.Abort();
        Unsafe.WriteUnaligned(ref destination.Reference, ReverseEndianness(value));
    }

    public static bool TryWriteUInt64BigEndian(Span<byte> destination, ulong value)
    {
        if (destination.Length < 8) return false;
        Unsafe.WriteUnaligned(ref destination.Reference, ReverseEndianness(value));
        return true;
    }

    public static long ReadInt64LittleEndian(ReadOnlySpan<byte> source)
    {
        if (source.Length < 8) Fail.Abort();
        long value = Unsafe.ReadUnaligned<long>(ref source.Reference);
        return value;
    }

    public static bool TryReadInt64LittleEndian(ReadOnlySpan<byte> source, out long value)
    {
        value = 0;
        if (source.Length < 8) return false;
        value = Unsafe.ReadUnaligned<long>(ref source.Reference);
        return true;
    }

    public static void WriteInt64LittleEndian(Span<byte> destination, long value)
    {
        if (destination.Length < 8) Fail.Abort();
        Unsafe.WriteUnaligned(ref destination.Reference, value);
    }

    public static bool TryWriteInt64LittleEndian(Span<byte> destination, long value)
    {
        if (destination.Length < 8) return false;
        Unsafe.WriteUnaligned(ref destination.Reference, value);
        return true;
    }

    public static long ReadInt64BigEndian(ReadOnlySpan<byte> source)
    {
        if (source.Length < 8) Fail.Abort();
        long value = Unsafe.ReadUnaligned<long>(ref source.Reference);
        return ReverseEndianness(value);
    }

    public static bool TryReadInt64BigEndian(ReadOnlySpan<byte> source, out long value)
    {
        value = 0;
        if (source.Length < 8) return false;
        value = Unsafe.ReadUnaligned<long>(ref source.Reference);
        value = ReverseEndianness(value);
        return true;
    }

    public static void WriteInt64BigEndian(Span<byte> destination, long value)
    {
        if (destination.Length < 8) Fail.Abort();
        Unsafe.WriteUnaligned(ref destination.Reference, ReverseEndianness(value));
    }

    public static bool TryWriteInt64BigEndian(Span<byte> destination, long value)
    {
        if (destination.Length < 8) return false;
        Unsafe.WriteUnaligned(ref destination.Reference, ReverseEndianness(value));
        return true;
    }
}

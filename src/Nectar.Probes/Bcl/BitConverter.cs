// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes.Bcl;

/// <summary>Stands for <c>System.BitConverter</c> in compiled programs.</summary>
internal static class BitConverter
{
    public static readonly bool IsLittleEndian = true;

    public static short ToInt16(ReadOnlySpan<byte> value) => Runtime.InteropServices.MemoryMarshal.Read<short>(value);

    public static ushort ToUInt16(ReadOnlySpan<byte> value) => Runtime.InteropServices.MemoryMarshal.Read<ushort>(value);

    public static int ToInt32(ReadOnlySpan<byte> value) => Runtime.InteropServices.MemoryMarshal.Read<int>(value);

    public static uint ToUInt32(ReadOnlySpan<byte> value) => Runtime.InteropServices.MemoryMarshal.Read<uint>(value);

    public static long ToInt64(ReadOnlySpan<byte> value) => Runtime.InteropServices.MemoryMarshal.Read<long>(value);

    public static ulong ToUInt64(ReadOnlySpan<byte> value) => Runtime.InteropServices.MemoryMarshal.Read<ulong>(value);
}

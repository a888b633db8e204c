// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Reading;

/// <summary>Numbers of 1, 2, 4 and 8 bytes.</summary>
internal static class Integers
{
    /// <summary>Reads a number, a pointer or a boolean; what is narrower than 64 bits is extended as its sign says.</summary>
    public static long Load(TraceType type, ReadOnlySpan<byte> bytes) => Load(type.Size, type.IsSigned, bytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Load(int size, bool isSigned, ReadOnlySpan<byte> bytes) => size switch
    {
        8 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        4 => isSigned ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        2 => isSigned ? BinaryPrimitives.ReadInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        1 => isSigned ? (sbyte)bytes[0] : bytes[0],
        _ => 0,
    };

    public static long SignExtend(long bits, int size) => size >= 8 ? bits : bits << (64 - (size * 8)) >> (64 - (size * 8));

    public static long ZeroExtend(long bits, int size) => size >= 8 ? bits : bits << (64 - (size * 8)) >>> (64 - (size * 8));
}

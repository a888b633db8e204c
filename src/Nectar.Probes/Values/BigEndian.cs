// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;

namespace Nectar.Probes;

/// <summary>An integer in network byte order: it converts to the host's by itself, so that the two are never compared.</summary>
/// <param name="raw">The bytes as they lie in the packet.</param>
public readonly struct BigEndian16(ushort raw)
{
    private readonly ushort _raw = raw;

    /// <summary>The bytes as they lie in the packet.</summary>
    public ushort Raw => _raw;

    /// <summary>The number.</summary>
    public static implicit operator ushort(BigEndian16 value) => BinaryPrimitives.ReverseEndianness(value._raw);

    /// <summary>The number as the packet has it.</summary>
    public static explicit operator BigEndian16(ushort value) => new(BinaryPrimitives.ReverseEndianness(value));

    /// <summary>The number as the packet has it.</summary>
    public static BigEndian16 From(ushort value) => new(BinaryPrimitives.ReverseEndianness(value));

    /// <inheritdoc/>
    public override string ToString() => ((ushort)this).ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>An integer in network byte order: it converts to the host's by itself, so that the two are never compared.</summary>
/// <param name="raw">The bytes as they lie in the packet.</param>
public readonly struct BigEndian32(uint raw)
{
    private readonly uint _raw = raw;

    /// <summary>The bytes as they lie in the packet.</summary>
    public uint Raw => _raw;

    /// <summary>The number.</summary>
    public static implicit operator uint(BigEndian32 value) => BinaryPrimitives.ReverseEndianness(value._raw);

    /// <summary>The number as the packet has it.</summary>
    public static explicit operator BigEndian32(uint value) => new(BinaryPrimitives.ReverseEndianness(value));

    /// <summary>The number as the packet has it.</summary>
    public static BigEndian32 From(uint value) => new(BinaryPrimitives.ReverseEndianness(value));

    /// <inheritdoc/>
    public override string ToString() => ((uint)this).ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>An integer in network byte order: it converts to the host's by itself, so that the two are never compared.</summary>
/// <param name="raw">The bytes as they lie in the packet.</param>
public readonly struct BigEndian64(ulong raw)
{
    private readonly ulong _raw = raw;

    /// <summary>The bytes as they lie in the packet.</summary>
    public ulong Raw => _raw;

    /// <summary>The number.</summary>
    public static implicit operator ulong(BigEndian64 value) => BinaryPrimitives.ReverseEndianness(value._raw);

    /// <summary>The number as the packet has it.</summary>
    public static explicit operator BigEndian64(ulong value) => new(BinaryPrimitives.ReverseEndianness(value));

    /// <summary>The number as the packet has it.</summary>
    public static BigEndian64 From(ulong value) => new(BinaryPrimitives.ReverseEndianness(value));

    /// <inheritdoc/>
    public override string ToString() => ((ulong)this).ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>Byte order of plain integers that the kernel keeps in network order.</summary>
public static class BigEndian
{
    /// <summary>From network to host order.</summary>
    public static ushort ToHost(ushort raw) => BinaryPrimitives.ReverseEndianness(raw);

    /// <summary>From network to host order.</summary>
    public static uint ToHost(uint raw) => BinaryPrimitives.ReverseEndianness(raw);

    /// <summary>From network to host order.</summary>
    public static ulong ToHost(ulong raw) => BinaryPrimitives.ReverseEndianness(raw);

    /// <summary>From host to network order.</summary>
    public static ushort FromHost(ushort value) => BinaryPrimitives.ReverseEndianness(value);

    /// <summary>From host to network order.</summary>
    public static uint FromHost(uint value) => BinaryPrimitives.ReverseEndianness(value);

    /// <summary>From host to network order.</summary>
    public static ulong FromHost(ulong value) => BinaryPrimitives.ReverseEndianness(value);
}

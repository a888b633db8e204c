// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Nectar.Linux.Network;

/// <summary>A request to the kernel: <c>struct nlmsghdr</c>, a fixed body, attributes. Built in memory that the caller gives, which must be large enough.</summary>
internal ref struct NetlinkMessage
{
    internal const int HeaderSize = 16, AttributeHeaderSize = 4;

    /// <summary>Memory enough for the requests of this assembly: the longest has three names and a few numbers.</summary>
    internal const int BufferSize = 1024;

    internal const ushort Request = 1, Acknowledge = 4, Echo = 8, Dump = 0x300, Replace = 0x100, Exclusive = 0x200, Create = 0x400;

    private readonly Span<byte> _buffer;
    private int _length;

    internal NetlinkMessage(Span<byte> buffer, RouteMessage type, ushort flags)
    {
        _buffer = buffer;
        buffer[..HeaderSize].Clear();
        MemoryMarshal.Write(buffer[4..], (ushort)type);
        MemoryMarshal.Write(buffer[6..], (ushort)(flags | Request));
        _length = HeaderSize;
    }

    /// <summary>The finished message.</summary>
    internal readonly Span<byte> Finish()
    {
        MemoryMarshal.Write(_buffer, _length);
        return _buffer[.._length];
    }

    /// <summary>Appends the fixed body.</summary>
    internal void Body<T>(in T body)
        where T : unmanaged
    {
        Span<byte> place = Extend(Marshal.SizeOf<T>());
        MemoryMarshal.Write(place, body);
    }

    internal void Add(ushort type, scoped ReadOnlySpan<byte> value)
    {
        Span<byte> place = Extend(AttributeHeaderSize + value.Length);
        MemoryMarshal.Write(place, (ushort)(AttributeHeaderSize + value.Length));
        MemoryMarshal.Write(place[2..], type);
        value.CopyTo(place[AttributeHeaderSize..]);
    }

    internal void Add(ushort type, int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        if (!BitConverter.IsLittleEndian) bytes.Reverse();
        Add(type, bytes);
    }

    /// <summary>Appends a string with its zero, cut to what names of the kernel may have.</summary>
    internal void Add(ushort type, string text)
    {
        Span<byte> bytes = stackalloc byte[64];
        bytes.Clear();
        Encoder encoder = Encoding.UTF8.GetEncoder();
        encoder.Convert(text, bytes[..^1], flush: true, out _, out int used, out _);
        Add(type, bytes[..(used + 1)]);
    }

    /// <summary>Opens a nested attribute; give the result to <see cref="End"/>.</summary>
    internal int Begin(ushort type)
    {
        const ushort Nested = 0x8000;
        int start = _length;
        MemoryMarshal.Write(Extend(AttributeHeaderSize)[2..], (ushort)(type | Nested));
        return start;
    }

    internal readonly void End(int start) => MemoryMarshal.Write(_buffer[start..], (ushort)(_length - start));

    private Span<byte> Extend(int size)
    {
        int aligned = (size + 3) & ~3;
        Span<byte> place = _buffer.Slice(_length, aligned);
        place.Clear();
        _length += aligned;
        return place;
    }
}

/// <summary>The attributes of a message, one after the other.</summary>
internal ref struct NetlinkAttributes(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>The number of the attribute, without the bits for nesting and byte order.</summary>
    internal ushort Type { get; private set; }

    internal ReadOnlySpan<byte> Value { get; private set; }

    internal readonly uint Number => Value.Length >= 4 ? MemoryMarshal.Read<uint>(Value) : 0;

    internal readonly string Text => Encoding.UTF8.GetString(Value.TrimEnd((byte)0));

    internal bool Next()
    {
        if (_rest.Length < NetlinkMessage.AttributeHeaderSize) return false;
        int length = MemoryMarshal.Read<ushort>(_rest);
        if (length < NetlinkMessage.AttributeHeaderSize || length > _rest.Length) return false;
        Type = (ushort)(MemoryMarshal.Read<ushort>(_rest[2..]) & 0x3FFF);
        Value = _rest[NetlinkMessage.AttributeHeaderSize..length];
        _rest = _rest[Math.Min(_rest.Length, (length + 3) & ~3)..];
        return true;
    }

    /// <summary>The value of the first attribute of a type; empty if there is none.</summary>
    internal static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> bytes, ushort type)
    {
        NetlinkAttributes attributes = new(bytes);
        while (attributes.Next())
        {
            if (attributes.Type == type) return attributes.Value;
        }

        return default;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;

namespace Nectar.Probes;

/// <summary>
/// The bytes of a packet that can be addressed. Every access asks whether the bytes are there: one comparison with the packet's end.
/// Helpers that change the packet make it stale: take it from the context again.
/// </summary>
public readonly unsafe ref struct Packet
{
    private readonly byte* _data;
    private readonly byte* _end;

    internal Packet(byte* data, byte* end)
    {
        _data = data;
        _end = end;
    }

    /// <summary>Bytes that can be addressed. A bound proved by it is none for the kernel's verifier: use <see cref="TryAt{T}"/>.</summary>
    public uint Length => (uint)(_end - _data);

    /// <summary>The first byte.</summary>
    public byte* Start => _data;

    /// <summary>Behind the last byte.</summary>
    public byte* End => _end;

    /// <summary>Gives what lies at an offset, if all of it is there.</summary>
    /// <param name="offset">Bytes from the start, below 65 536: more is never there.</param>
    /// <param name="value">A reference into the packet.</param>
    public bool TryAt<T>(uint offset, out Ref<T> value)
        where T : unmanaged
    {
        if (offset <= MaxOffset)
        {
            byte* at = _data + offset;
            if (at + sizeof(T) <= _end)
            {
                value = new Ref<T>(ref Unsafe.AsRef<T>(at));
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>Gives what lies at an offset, or nothing.</summary>
    public Ref<T> At<T>(uint offset)
        where T : unmanaged
    {
        TryAt(offset, out Ref<T> value);
        return value;
    }

    /// <summary>Gives bytes of the packet, if all of them are there.</summary>
    /// <param name="offset">Bytes from the start, below 65 536.</param>
    /// <param name="length">How many, below 65 536; the verifier has to know a bound.</param>
    /// <param name="bytes">The bytes.</param>
    public bool TrySlice(uint offset, uint length, out Span<byte> bytes)
    {
        if (offset <= MaxOffset && length <= MaxOffset)
        {
            byte* at = _data + offset;
            if (at + length <= _end)
            {
                bytes = new Span<byte>(at, (int)length);
                return true;
            }
        }

        bytes = default;
        return false;
    }

    /// <summary>The largest offset that the kernel's verifier follows in a packet, less the largest header: beyond it a check proves nothing.</summary>
    private const uint MaxOffset = 0x7fff;
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Text;

namespace Nectar.Trace.Printing;

/// <summary>Bytes of text that grow at the end.</summary>
internal sealed class Utf8Buffer(int capacity = 256)
{
    private byte[] _bytes = new byte[capacity];
    private int _length;

    public int Length
    {
        get => _length;
        set => _length = value;
    }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public void Clear() => _length = 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(byte value)
    {
        if (_length == _bytes.Length) Grow(1);
        _bytes[_length++] = value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(ReadOnlySpan<byte> value)
    {
        if (value.Length > _bytes.Length - _length) Grow(value.Length);
        value.CopyTo(_bytes.AsSpan(_length));
        _length += value.Length;
    }

    public void Append(string text)
    {
        Span<byte> room = Room(Encoding.UTF8.GetMaxByteCount(text.Length));
        _length += Encoding.UTF8.GetBytes(text, room);
    }

    public void AppendDecimal(long value)
    {
        Utf8Formatter.TryFormat(value, Room(20), out int written);
        _length += written;
    }

    public void AppendDecimal(ulong value)
    {
        Utf8Formatter.TryFormat(value, Room(20), out int written);
        _length += written;
    }

    public void AppendHex(ulong value, bool isUpper = false)
    {
        Span<byte> room = Room(16);
        ReadOnlySpan<byte> digits = isUpper ? "0123456789ABCDEF"u8 : "0123456789abcdef"u8;
        int count = value == 0 ? 1 : (67 - System.Numerics.BitOperations.LeadingZeroCount(value)) / 4;
        for (int i = count - 1; i >= 0; i--, value >>= 4) room[i] = digits[(int)value & 15];
        _length += count;
    }

    public void AppendOctal(ulong value)
    {
        Span<byte> room = Room(22);
        int count = value == 0 ? 1 : (66 - System.Numerics.BitOperations.LeadingZeroCount(value)) / 3;
        for (int i = count - 1; i >= 0; i--, value >>= 3) room[i] = (byte)('0' + ((int)value & 7));
        _length += count;
    }

    public void AppendRepeated(byte value, int count)
    {
        if (count <= 0) return;
        Room(count)[..count].Fill(value);
        _length += count;
    }

    /// <summary>Fills what begins at <paramref name="start"/> up to a width, behind it or in front of it.</summary>
    public void Pad(int start, int width, bool isLeft, byte fill)
    {
        int length = _length - start, missing = width - length;
        if (missing <= 0) return;
        Room(missing);
        if (isLeft)
        {
            _bytes.AsSpan(_length, missing).Fill(fill);
        }
        else
        {
            _bytes.AsSpan(start, length).CopyTo(_bytes.AsSpan(start + missing));
            _bytes.AsSpan(start, missing).Fill(fill);
        }

        _length += missing;
    }

    /// <summary>Space behind the end; what is written there counts once <see cref="Length"/> says so.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> Room(int count)
    {
        if (count > _bytes.Length - _length) Grow(count);
        return _bytes.AsSpan(_length);
    }

    public override string ToString() => Encoding.UTF8.GetString(Written);

    private void Grow(int count) => Array.Resize(ref _bytes, Math.Max(checked(_length + count), _bytes.Length * 2));
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Text;

namespace Nectar.Bpf.Btf;

/// <summary>Text on its way to a stream, as UTF-8 from the start: millions of short pieces without a string among them.</summary>
internal sealed class Utf8Output(Stream stream)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _used;

    internal void Write(ReadOnlySpan<byte> text)
    {
        if (text.Length > _buffer.Length - _used)
        {
            Flush();
            if (text.Length > _buffer.Length)
            {
                stream.Write(text);
                return;
            }
        }

        text.CopyTo(_buffer.AsSpan(_used));
        _used += text.Length;
    }

    internal void Write(byte character)
    {
        if (_used == _buffer.Length) Flush();
        _buffer[_used++] = character;
    }

    internal void Write(long number)
    {
        if (_buffer.Length - _used < 24) Flush();
        Utf8Formatter.TryFormat(number, _buffer.AsSpan(_used), out int written);
        _used += written;
    }

    internal void Write(ulong number)
    {
        if (_buffer.Length - _used < 24) Flush();
        Utf8Formatter.TryFormat(number, _buffer.AsSpan(_used), out int written);
        _used += written;
    }

    internal void Indent(int level)
    {
        for (int i = 0; i < level; i++) Write((byte)'\t');
    }

    internal void Flush()
    {
        stream.Write(_buffer, 0, _used);
        _used = 0;
    }
}

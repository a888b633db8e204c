// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Compression;

/// <summary>Splits LZMA2 into its chunks: plain bytes, and LZMA with or without what was learnt before.</summary>
internal sealed class Lzma2Decoder(int maxSize)
{
    private readonly LzmaDecoder _lzma = new(maxSize);
    private bool _needsState = true, _needsProperties = true, _needsDictionary = true;

    internal int Length => _lzma.Length;

    internal ReadOnlySpan<byte> Output => _lzma.Output;

    /// <summary>Decodes up to the end mark; <paramref name="used"/> bytes were taken.</summary>
    internal bool TryDecode(ReadOnlySpan<byte> input, out int used)
    {
        int at = 0;
        used = 0;
        _needsState = _needsProperties = _needsDictionary = true;
        while (at < input.Length)
        {
            byte control = input[at++];
            if (control == 0)
            {
                used = at;
                return true;
            }

            if (control is 1 or >= 0xe0)
            {
                _lzma.StartDictionary();
                _needsDictionary = false;
            }
            else if (_needsDictionary)
            {
                return false;
            }

            bool done = control < 0x80 ? TryPlain(input, control, ref at) : TryCompressed(input, control, ref at);
            if (!done) return false;
        }

        return false;
    }

    private bool TryPlain(ReadOnlySpan<byte> input, byte control, ref int at)
    {
        if (control > 2 || input.Length - at < 2) return false;
        int size = ((input[at] << 8) | input[at + 1]) + 1;
        at += 2;
        if (input.Length - at < size || !_lzma.TryCopy(input.Slice(at, size))) return false;
        at += size;
        if (control == 1) _needsState = true;
        return true;
    }

    private bool TryCompressed(ReadOnlySpan<byte> input, byte control, ref int at)
    {
        if (input.Length - at < 4) return false;
        int size = (((control & 0x1f) << 16) | (input[at] << 8) | input[at + 1]) + 1, packed = ((input[at + 2] << 8) | input[at + 3]) + 1;
        at += 4;
        if (control >= 0xc0)
        {
            if (at >= input.Length || !_lzma.TrySetProperties(input[at++])) return false;
            _needsProperties = false;
        }
        else if (_needsProperties)
        {
            return false;
        }

        if (control >= 0xa0) _lzma.ResetState();
        else if (_needsState) return false;
        _needsState = false;
        if (input.Length - at < packed || !_lzma.TryDecode(input.Slice(at, packed), size)) return false;
        at += packed;
        return true;
    }
}

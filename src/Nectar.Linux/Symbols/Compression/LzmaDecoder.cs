// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;

namespace Nectar.Linux.Symbols.Compression;

/// <summary>
/// LZMA (the LZMA SDK's specification, lzma-specification.txt): a range coder with adaptive bits over literals, matches and repeats.
/// The whole output is kept, and is the dictionary. No input makes it read or write outside its arrays.
/// </summary>
internal sealed class LzmaDecoder(int maxSize)
{
    private const int States = 12, PosStates = 16;
    private const ushort HalfProbability = 1024;

    private readonly ushort[] _isMatch = new ushort[States * PosStates], _isRep0Long = new ushort[States * PosStates];
    private readonly ushort[] _isRep = new ushort[States], _isRepG0 = new ushort[States], _isRepG1 = new ushort[States], _isRepG2 = new ushort[States];
    private readonly ushort[] _slots = new ushort[4 * 64], _special = new ushort[128], _align = new ushort[16];
    private readonly LengthCoder _matchLength = new(), _repLength = new();
    private ushort[] _literals = [];
    private int _literalContext, _literalMask, _posMask;
    private uint _rep0, _rep1, _rep2, _rep3;
    private int _state, _dictionaryStart;
    private byte[] _output = [];

    internal int Length { get; private set; }

    internal ReadOnlySpan<byte> Output => _output.AsSpan(0, Length);

    internal void StartDictionary() => _dictionaryStart = Length;

    internal bool TrySetProperties(byte properties)
    {
        if (properties >= 9 * 5 * 5) return false;
        int lc = properties % 9, lp = properties / 9 % 5, pb = properties / 45;
        if (lc + lp > 4) return false;
        (_literalContext, _literalMask, _posMask) = (lc, (1 << lp) - 1, (1 << pb) - 1);
        _literals = new ushort[0x300 << (lc + lp)];
        return true;
    }

    internal void ResetState()
    {
        foreach (ushort[] bits in (ReadOnlySpan<ushort[]>)[_isMatch, _isRep0Long, _isRep, _isRepG0, _isRepG1, _isRepG2, _slots, _special, _align, _literals]) Array.Fill(bits, HalfProbability);
        _matchLength.Reset();
        _repLength.Reset();
        _rep0 = _rep1 = _rep2 = _rep3 = 0;
        _state = 0;
    }

    internal bool TryCopy(ReadOnlySpan<byte> plain)
    {
        if (!TryReserve(plain.Length)) return false;
        plain.CopyTo(_output.AsSpan(Length));
        Length += plain.Length;
        return true;
    }

    /// <summary>Decodes one chunk that gives exactly <paramref name="size"/> bytes.</summary>
    internal bool TryDecode(ReadOnlySpan<byte> input, int size)
    {
        if (input.Length < 5 || !TryReserve(size)) return false;
        RangeCoder coder = new(input);
        int end = Length + size;
        while (Length < end)
        {
            if (coder.IsExhausted) return false;
            int posState = (Length - _dictionaryStart) & _posMask;
            if (coder.Bit(ref _isMatch[(_state << 4) + posState]) == 0)
            {
                DecodeLiteral(ref coder);
                continue;
            }

            int length = 0;
            if (coder.Bit(ref _isRep[_state]) != 0)
            {
                if (Length == _dictionaryStart) return false;
                if (coder.Bit(ref _isRepG0[_state]) == 0)
                {
                    if (coder.Bit(ref _isRep0Long[(_state << 4) + posState]) == 0)
                    {
                        _state = _state < 7 ? 9 : 11;
                        length = 1;
                    }
                }
                else
                {
                    TakeOlderDistance(ref coder);
                }

                if (length == 0)
                {
                    length = _repLength.Decode(ref coder, posState);
                    _state = _state < 7 ? 8 : 11;
                }
            }
            else
            {
                (_rep3, _rep2, _rep1) = (_rep2, _rep1, _rep0);
                length = _matchLength.Decode(ref coder, posState);
                _state = _state < 7 ? 7 : 10;
                _rep0 = DecodeDistance(ref coder, length);
            }

            if (_rep0 >= (uint)(Length - _dictionaryStart) || length > end - Length) return false;
            CopyMatch(length);
        }

        return coder.IsFinished;
    }

    private void TakeOlderDistance(ref RangeCoder coder)
    {
        uint distance;
        if (coder.Bit(ref _isRepG1[_state]) == 0)
        {
            distance = _rep1;
        }
        else
        {
            if (coder.Bit(ref _isRepG2[_state]) == 0)
            {
                distance = _rep2;
            }
            else
            {
                distance = _rep3;
                _rep3 = _rep2;
            }

            _rep2 = _rep1;
        }

        _rep1 = _rep0;
        _rep0 = distance;
    }

    private void CopyMatch(int length)
    {
        int from = Length - (int)_rep0 - 1;
        if (length <= (int)_rep0 + 1)
        {
            _output.AsSpan(from, length).CopyTo(_output.AsSpan(Length));
            Length += length;
            return;
        }

        for (; length > 0; length--) _output[Length++] = _output[from++]; // overlapping: the match repeats itself
    }

    private void DecodeLiteral(ref RangeCoder coder)
    {
        int before = Length > _dictionaryStart ? _output[Length - 1] : 0;
        int context = (((Length - _dictionaryStart) & _literalMask) << _literalContext) + (before >> (8 - _literalContext));
        Span<ushort> bits = _literals.AsSpan(0x300 * context, 0x300);
        uint symbol = 1;
        // after a match the byte that would have continued it helps to guess; a damaged distance helps with nothing
        if (_state >= 7 && _rep0 < (uint)(Length - _dictionaryStart))
        {
            uint match = _output[Length - (int)_rep0 - 1];
            do
            {
                uint matchBit = (match >> 7) & 1;
                match <<= 1;
                uint bit = coder.Bit(ref bits[(int)(((1 + matchBit) << 8) + symbol)]);
                symbol = (symbol << 1) | bit;
                if (matchBit != bit) break;
            }
            while (symbol < 0x100);
        }

        while (symbol < 0x100) symbol = (symbol << 1) | coder.Bit(ref bits[(int)symbol]);
        _output[Length++] = (byte)symbol;
        _state = _state < 4 ? 0 : _state < 10 ? _state - 3 : _state - 6;
    }

    private uint DecodeDistance(ref RangeCoder coder, int length)
    {
        uint slot = coder.Tree(_slots.AsSpan(Math.Min(length - 2, 3) * 64, 64), 6);
        if (slot < 4) return slot;
        int direct = (int)(slot >> 1) - 1;
        uint distance = (2 | (slot & 1)) << direct;
        if (slot < 14) return distance + coder.ReverseTree(_special, (int)(distance - slot), direct);
        distance += coder.Direct(direct - 4) << 4;
        return distance + coder.ReverseTree(_align, 0, 4);
    }

    private bool TryReserve(int more)
    {
        if (more > maxSize - Length) return false;
        if (_output.Length - Length >= more) return true;
        Array.Resize(ref _output, (int)Math.Min(maxSize, Math.Max((long)_output.Length * 2, Length + (long)more)));
        return true;
    }

    /// <summary>Match lengths 2 to 273.</summary>
    private sealed class LengthCoder
    {
        private readonly ushort[] _choice = new ushort[2], _low = new ushort[PosStates * 8], _middle = new ushort[PosStates * 8], _high = new ushort[256];

        internal void Reset()
        {
            foreach (ushort[] bits in (ReadOnlySpan<ushort[]>)[_choice, _low, _middle, _high]) Array.Fill(bits, HalfProbability);
        }

        internal int Decode(ref RangeCoder coder, int posState)
        {
            if (coder.Bit(ref _choice[0]) == 0) return 2 + (int)coder.Tree(_low.AsSpan(posState * 8, 8), 3);
            if (coder.Bit(ref _choice[1]) == 0) return 10 + (int)coder.Tree(_middle.AsSpan(posState * 8, 8), 3);
            return 18 + (int)coder.Tree(_high, 8);
        }
    }

    /// <summary>The range coder; reads zeros behind the end, and tells that it did.</summary>
    private ref struct RangeCoder
    {
        private readonly ReadOnlySpan<byte> _input;
        private uint _range = uint.MaxValue, _code;
        private int _at = 5;

        internal RangeCoder(ReadOnlySpan<byte> input)
        {
            _input = input;
            for (int i = 1; i < 5; i++) _code = (_code << 8) | input[i];
        }

        internal readonly bool IsExhausted => _at > _input.Length;

        internal readonly bool IsFinished => _code == 0 && _at == _input.Length;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal uint Bit(ref ushort probability)
        {
            uint p = probability, bound = (_range >> 11) * p, bit;
            if (_code < bound)
            {
                probability = (ushort)(p + ((2048 - p) >> 5));
                _range = bound;
                bit = 0;
            }
            else
            {
                probability = (ushort)(p - (p >> 5));
                _code -= bound;
                _range -= bound;
                bit = 1;
            }

            if (_range < 1 << 24) Refill();
            return bit;
        }

        internal uint Direct(int count)
        {
            uint value = 0;
            for (; count > 0; count--)
            {
                _range >>= 1;
                uint borrow = (_code - _range) >> 31; // 1 if the code is below
                _code -= _range & (borrow - 1);
                value = (value << 1) | (1 - borrow);
                if (_range < 1 << 24) Refill();
            }

            return value;
        }

        internal uint Tree(Span<ushort> bits, int count)
        {
            uint symbol = 1;
            for (int i = 0; i < count; i++) symbol = (symbol << 1) | Bit(ref bits[(int)symbol]);
            return symbol - (1u << count);
        }

        internal uint ReverseTree(ushort[] bits, int start, int count)
        {
            uint symbol = 1, value = 0;
            for (int i = 0; i < count; i++)
            {
                uint bit = Bit(ref bits[start + (int)symbol]);
                symbol = (symbol << 1) | bit;
                value |= bit << i;
            }

            return value;
        }

        private void Refill()
        {
            _range <<= 8;
            _code = (_code << 8) | (_at < _input.Length ? _input[_at] : 0u);
            _at++;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes.Bcl;

/// <summary>Stands for <c>System.Index</c> in compiled programs.</summary>
internal readonly struct Index
{
    private readonly int _value;

    public Index(int value, bool fromEnd = false) => _value = fromEnd ? ~value : value;

    public static Index Start => new(0);

    public static Index End => new(0, true);

    public bool IsFromEnd => _value < 0;

    public int Value => _value < 0 ? ~_value : _value;

    public static implicit operator Index(int value) => new(value);

    public static Index FromStart(int value) => new(value);

    public static Index FromEnd(int value) => new(value, true);

    public int GetOffset(int length) => _value < 0 ? _value + length + 1 : _value;

    public bool Equals(Index other) => _value == other._value;
}

/// <summary>Stands for <c>System.Range</c> in compiled programs.</summary>
internal readonly struct Range(Index start, Index end)
{
    private readonly Index _start = start;
    private readonly Index _end = end;

    public static Range All => new(Index.Start, Index.End);

    public Index Start => _start;

    public Index End => _end;

    public static Range StartAt(Index start) => new(start, Index.End);

    public static Range EndAt(Index end) => new(Index.Start, end);

    public (int Offset, int Length) GetOffsetAndLength(int length)
    {
        int start = _start.GetOffset(length), end = _end.GetOffset(length);
        if ((uint)end > (uint)length || (uint)start > (uint)end) Fail.Abort();
        return (start, end - start);
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Text;
using System.Text.Unicode;
using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Values;

namespace Nectar.Trace.Runtime.Recording;

/// <summary>Reads what entries are made of. Nothing in a file is trusted: what does not fit is <see cref="InvalidDataException"/>.</summary>
internal ref struct EntryReader(ReadOnlySpan<byte> bytes)
{
    private const int MostNesting = 32;

    private ReadOnlySpan<byte> _rest = bytes;
    private int _nesting;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public ulong Number()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte b = Byte();
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80) return value;
        }

        throw new InvalidDataException("a number has too many bytes");
    }

    public long Signed() => Number() is var value ? (long)(value >> 1) ^ -(long)(value & 1) : 0;

    public ReadOnlySpan<byte> Bytes()
    {
        int length = Count(1);
        ReadOnlySpan<byte> bytes = _rest[..length];
        _rest = _rest[length..];
        return bytes;
    }

    public string Text() => Bytes() is var bytes && Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : ScriptText.Decode(bytes);

    public SourceSpan Place() => new(Text(), (int)Number(), (int)Number(), (int)Number(), (int)Number());

    public MapResult Map()
    {
        string name = Text();
        MapResultKind kind = (MapResultKind)Number();
        bool isScalar = Number() != 0;
        int count = Count(2);
        ImmutableArray<KeyValuePair<TraceValue, TraceValue>>.Builder entries = ImmutableArray.CreateBuilder<KeyValuePair<TraceValue, TraceValue>>(count);
        for (int i = 0; i < count; i++) entries.Add(new(Value(), Value()));
        return new MapResult(name, kind, isScalar, entries.MoveToImmutable());
    }

    public TraceValue Value()
    {
        if (++_nesting > MostNesting) throw new InvalidDataException("values are nested too deeply");
        ValueTag tag = (ValueTag)Byte();
        TraceValue value = tag switch
        {
            ValueTag.Null => NullValue.Instance,
            ValueTag.Signed => new IntegerValue(Signed(), isSigned: true),
            ValueTag.Unsigned => new IntegerValue((long)Number(), isSigned: false),
            ValueTag.True => new BooleanValue(true),
            ValueTag.False => new BooleanValue(false),
            ValueTag.Text => new TextValue(Bytes().ToArray()),
            ValueTag.Named => new NamedNumber(Text(), Number()),
            ValueTag.Bytes => new BytesValue(Bytes().ToArray()),
            ValueTag.Array or ValueTag.Tuple => List(tag == ValueTag.Tuple),
            ValueTag.Struct => Struct(),
            ValueTag.Stack => Stack(),
            ValueTag.Histogram => Histogram(),
            ValueTag.TimeSeries => Series(),
            _ => throw new InvalidDataException($"there is no value of kind {(byte)tag}"),
        };
        _nesting--;
        return value;
    }

    private byte Byte()
    {
        if (_rest.IsEmpty) throw new InvalidDataException("an entry ends in the middle of a value");
        byte b = _rest[0];
        _rest = _rest[1..];
        return b;
    }

    /// <summary>A number of things of which each takes so many bytes at least.</summary>
    public int Count(int leastSize)
    {
        ulong count = Number();
        return count <= (ulong)(_rest.Length / leastSize) ? (int)count : throw new InvalidDataException("an entry ends in the middle of a value");
    }

    private ListValue List(bool isTuple)
    {
        int count = Count(1);
        ImmutableArray<TraceValue>.Builder items = ImmutableArray.CreateBuilder<TraceValue>(count);
        for (int i = 0; i < count; i++) items.Add(Value());
        return new ListValue(items.MoveToImmutable(), isTuple);
    }

    private StructValue Struct()
    {
        int count = Count(2);
        ImmutableArray<KeyValuePair<string, TraceValue>>.Builder fields = ImmutableArray.CreateBuilder<KeyValuePair<string, TraceValue>>(count);
        for (int i = 0; i < count; i++) fields.Add(new(Text(), Value()));
        return new StructValue(fields.MoveToImmutable());
    }

    private StackValue Stack()
    {
        StackMode mode = (StackMode)Byte();
        bool isUser = Byte() != 0;
        int count = Count(6);
        ImmutableArray<StackFrame>.Builder frames = ImmutableArray.CreateBuilder<StackFrame>(count);
        for (int i = 0; i < count; i++) frames.Add(new StackFrame(Number(), TextOrNull(), Number(), TextOrNull(), TextOrNull()) { IsInlined = Byte() != 0 });
        return new StackValue(frames.MoveToImmutable(), mode, isUser);
    }

    private HistogramValue Histogram()
    {
        int count = Count(6);
        ImmutableArray<HistogramBucket>.Builder buckets = ImmutableArray.CreateBuilder<HistogramBucket>(count);
        for (int i = 0; i < count; i++)
        {
            byte flags = Byte();
            long from = Signed(), to = Signed();
            buckets.Add(new HistogramBucket((flags & 1) != 0 ? from : null, (flags & 2) != 0 ? to : null, Number(), Text(), Text(), (flags & 4) != 0));
        }

        return new HistogramValue(buckets.MoveToImmutable());
    }

    private TimeSeriesValue Series()
    {
        ulong interval = Number();
        int count = Count(2);
        ImmutableArray<KeyValuePair<ulong, TraceValue>>.Builder points = ImmutableArray.CreateBuilder<KeyValuePair<ulong, TraceValue>>(count);
        for (int i = 0; i < count; i++) points.Add(new(Number(), Value()));
        return new TimeSeriesValue(interval, points.MoveToImmutable());
    }

    private string? TextOrNull() => Text() is { Length: > 0 } text ? text : null;
}

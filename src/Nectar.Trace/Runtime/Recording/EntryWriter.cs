// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Printing;
using Nectar.Trace.Values;

namespace Nectar.Trace.Runtime.Recording;

/// <summary>Writes what entries are made of.</summary>
internal sealed class EntryWriter
{
    public Utf8Buffer Buffer { get; } = new(1024);

    public void Number(ulong value)
    {
        for (; value >= 0x80; value >>= 7) Buffer.Append((byte)(value | 0x80));
        Buffer.Append((byte)value);
    }

    public void Signed(long value) => Number((ulong)((value << 1) ^ (value >> 63)));

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        Number((ulong)bytes.Length);
        Buffer.Append(bytes);
    }

    public void Text(string? text) => Bytes(ScriptText.Encode(text ?? ""));

    public void Place(SourceSpan place)
    {
        Text(place.File);
        Number((ulong)place.Line);
        Number((ulong)place.Column);
        Number((ulong)place.EndLine);
        Number((ulong)place.EndColumn);
    }

    public void Map(MapResult map)
    {
        Text(map.Name);
        Number((ulong)map.Kind);
        Number(map.IsScalar ? 1u : 0);
        Number((ulong)map.Entries.Length);
        foreach ((TraceValue key, TraceValue value) in map.Entries)
        {
            Value(key);
            Value(value);
        }
    }

    public void Value(TraceValue value)
    {
        switch (value)
        {
            case IntegerValue { IsSigned: true } n:
                Tag(ValueTag.Signed);
                Signed(n.Signed);
                break;
            case IntegerValue n:
                Tag(ValueTag.Unsigned);
                Number(n.Unsigned);
                break;
            case BooleanValue b:
                Tag(b.Value ? ValueTag.True : ValueTag.False);
                break;
            case TextValue text:
                Tag(ValueTag.Text);
                Bytes(text.Utf8.Span);
                break;
            case NamedNumber named:
                Tag(ValueTag.Named);
                Text(named.Name);
                Number(named.Number);
                break;
            case BytesValue bytes:
                Tag(ValueTag.Bytes);
                Bytes(bytes.Bytes.Span);
                break;
            case ListValue list:
                Tag(list.IsTuple ? ValueTag.Tuple : ValueTag.Array);
                Number((ulong)list.Items.Length);
                foreach (TraceValue item in list.Items) Value(item);
                break;
            case StructValue of:
                Tag(ValueTag.Struct);
                Number((ulong)of.Fields.Length);
                foreach ((string name, TraceValue field) in of.Fields)
                {
                    Text(name);
                    Value(field);
                }

                break;
            case StackValue stack: Stack(stack); break;
            case HistogramValue histogram: Histogram(histogram); break;
            case TimeSeriesValue series: Series(series); break;
            default: Tag(ValueTag.Null); break;
        }
    }

    private void Tag(ValueTag tag) => Buffer.Append((byte)tag);

    private void Stack(StackValue stack)
    {
        Tag(ValueTag.Stack);
        Buffer.Append((byte)stack.Mode);
        Buffer.Append(stack.IsUser ? (byte)1 : (byte)0);
        Number((ulong)stack.Frames.Length);
        foreach (StackFrame frame in stack.Frames)
        {
            Number(frame.Address);
            Text(frame.Function);
            Number(frame.Offset);
            Text(frame.Module);
            Text(frame.Source);
            Buffer.Append(frame.IsInlined ? (byte)1 : (byte)0);
        }
    }

    private void Histogram(HistogramValue histogram)
    {
        Tag(ValueTag.Histogram);
        Number((ulong)histogram.Buckets.Length);
        foreach (HistogramBucket bucket in histogram.Buckets)
        {
            Buffer.Append((byte)((bucket.From is null ? 0 : 1) | (bucket.To is null ? 0 : 2) | (bucket.IsSingle ? 4 : 0)));
            Signed(bucket.From ?? 0);
            Signed(bucket.To ?? 0);
            Number(bucket.Count);
            Text(bucket.FromLabel);
            Text(bucket.ToLabel);
        }
    }

    private void Series(TimeSeriesValue series)
    {
        Tag(ValueTag.TimeSeries);
        Number(series.Interval);
        Number((ulong)series.Points.Length);
        foreach ((ulong time, TraceValue value) in series.Points)
        {
            Number(time);
            Value(value);
        }
    }
}

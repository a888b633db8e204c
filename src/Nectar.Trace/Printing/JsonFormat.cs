// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Trace.Values;

namespace Nectar.Trace.Printing;

/// <summary>Values and maps as JSON.</summary>
internal static class JsonFormat
{
    public static void Write(Utf8Buffer to, TraceValue value)
    {
        switch (value)
        {
            case IntegerValue { IsSigned: true } n: WriteNumber(to, n.Signed); break;
            case IntegerValue n: WriteNumber(to, n.Unsigned); break;
            case TextValue text: WriteString(to, text.Utf8.Span); break;
            case NamedNumber named: WriteNumber(to, named.Number); break;
            case BooleanValue b: to.Append(b.Value ? "true"u8 : "false"u8); break;
            case BytesValue bytes: WriteBytes(to, bytes.Bytes.Span); break;
            case ListValue list: WriteList(to, list); break;
            case StructValue of: WriteStruct(to, of); break;
            case HistogramValue histogram: WriteHistogram(to, histogram); break;
            case TimeSeriesValue series: WriteSeries(to, series); break;
            case StackValue: WriteAsText(to, value); break;
            default: to.Append("null"u8); break;
        }
    }

    /// <summary>A map's value, or an object with a member for each key.</summary>
    /// <param name="keepsBlanks">Keys have the blanks of their texts; bpftrace drops them, so that <c>"a b"</c> and <c>"ab"</c> are one member twice.</param>
    public static void WriteMap(Utf8Buffer to, MapResult map, bool keepsBlanks = false)
    {
        if (map.Value is { } single)
        {
            Write(to, single);
            return;
        }

        Utf8Buffer text = new();
        to.Append((byte)'{');
        for (int i = 0; i < map.Entries.Length; i++)
        {
            if (i != 0) to.Append(", "u8);
            text.Clear();
            TextFormat.WriteKey(text, map.Entries[i].Key);
            WriteString(to, text.Written, dropBlanks: !keepsBlanks);
            to.Append(": "u8);
            Write(to, map.Entries[i].Value);
        }

        to.Append((byte)'}');
    }

    public static void WriteString(Utf8Buffer to, string text) => WriteString(to, Encoding.UTF8.GetBytes(text));

    /// <summary>A string. Bytes that are not UTF-8 become <c>\u00xx</c>, so that the line stays JSON.</summary>
    public static void WriteString(Utf8Buffer to, ReadOnlySpan<byte> text, bool dropBlanks = false)
    {
        to.Append((byte)'"');
        while (!text.IsEmpty)
        {
            byte b = text[0];
            int length = 1;
            switch (b)
            {
                case (byte)'"': to.Append("\\\""u8); break;
                case (byte)'\\': to.Append("\\\\"u8); break;
                case (byte)'\n': to.Append("\\n"u8); break;
                case (byte)'\r': to.Append("\\r"u8); break;
                case (byte)'\t': to.Append("\\t"u8); break;
                case (byte)' ' when dropBlanks: break;
                case < 32: WriteEscape(to, b); break;
                case < 128: to.Append(b); break;
                default:
                    if (Rune.DecodeFromUtf8(text, out _, out length) == System.Buffers.OperationStatus.Done) to.Append(text[..length]);
                    else for (int i = 0; i < length; i++) WriteEscape(to, text[i]);
                    break;
            }

            text = text[length..];
        }

        to.Append((byte)'"');
    }

    /// <summary>A number; a string if a double has not room for it.</summary>
    public static void WriteNumber(Utf8Buffer to, long number)
    {
        bool fits = (Int128)(double)number == number;
        if (!fits) to.Append((byte)'"');
        to.AppendDecimal(number);
        if (!fits) to.Append((byte)'"');
    }

    public static void WriteNumber(Utf8Buffer to, ulong number)
    {
        bool fits = (Int128)(double)number == number;
        if (!fits) to.Append((byte)'"');
        to.AppendDecimal(number);
        if (!fits) to.Append((byte)'"');
    }

    private static void WriteEscape(Utf8Buffer to, byte b)
    {
        to.Append("\\u00"u8);
        to.Append("0123456789abcdef"u8[b >> 4]);
        to.Append("0123456789abcdef"u8[b & 15]);
    }

    private static void WriteAsText(Utf8Buffer to, TraceValue value)
    {
        Utf8Buffer text = new();
        TextFormat.Write(text, value);
        WriteString(to, text.Written);
    }

    private static void WriteBytes(Utf8Buffer to, ReadOnlySpan<byte> bytes)
    {
        to.Append((byte)'[');
        for (int i = 0; i < bytes.Length; i++)
        {
            if (i != 0) to.Append((byte)',');
            to.AppendDecimal((long)(sbyte)bytes[i]);
        }

        to.Append((byte)']');
    }

    private static void WriteList(Utf8Buffer to, ListValue list)
    {
        to.Append((byte)'[');
        for (int i = 0; i < list.Items.Length; i++)
        {
            if (i != 0) to.Append((byte)',');
            Write(to, list.Items[i]);
        }

        to.Append((byte)']');
    }

    private static void WriteStruct(Utf8Buffer to, StructValue of)
    {
        to.Append((byte)'{');
        for (int i = 0; i < of.Fields.Length; i++)
        {
            if (i != 0) to.Append(", "u8);
            WriteString(to, of.Fields[i].Key);
            to.Append(": "u8);
            Write(to, of.Fields[i].Value);
        }

        to.Append((byte)'}');
    }

    private static void WriteHistogram(Utf8Buffer to, HistogramValue histogram)
    {
        to.Append((byte)'[');
        bool isFirst = true;
        foreach (HistogramBucket bucket in histogram.Buckets)
        {
            to.Append(isFirst ? "{"u8 : ",{"u8);
            isFirst = false;
            if (bucket.From is { } from)
            {
                to.Append("\"min\": "u8);
                WriteNumber(to, from);
                to.Append(", "u8);
            }

            if (bucket.To is { } end)
            {
                to.Append("\"max\": "u8); // the last number that is in it
                WriteNumber(to, end - 1);
                to.Append(", "u8);
            }

            to.Append("\"count\": "u8);
            to.AppendDecimal(bucket.Count);
            to.Append((byte)'}');
        }

        to.Append((byte)']');
    }

    private static void WriteSeries(Utf8Buffer to, TimeSeriesValue series)
    {
        to.Append((byte)'[');
        bool isFirst = true;
        foreach ((ulong time, TraceValue value) in series.Points)
        {
            if (value is NullValue) continue;
            to.Append(isFirst ? "{\"interval_start\":\""u8 : ",{\"interval_start\":\""u8);
            isFirst = false;
            TimeSeriesPlot.WriteTime(to, time);
            to.Append("\",\"value\":"u8);
            TextFormat.Write(to, value);
            to.Append((byte)'}');
        }

        to.Append((byte)']');
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Values;

namespace Nectar.Trace.Printing;

/// <summary>Values and maps as text.</summary>
internal static class TextFormat
{
    private const int BarWidth = 52;

    public static void Write(Utf8Buffer to, TraceValue value)
    {
        switch (value)
        {
            case IntegerValue { IsSigned: true } n: to.AppendDecimal(n.Signed); break;
            case IntegerValue n: to.AppendDecimal(n.Unsigned); break;
            case TextValue text: to.Append(text.Utf8.Span); break;
            case NamedNumber named: to.Append(named.Name); break;
            case BooleanValue b: to.Append(b.Value ? "true"u8 : "false"u8); break;
            case BytesValue bytes: WriteBytes(to, bytes.Bytes.Span, keepAscii: true, isEscaped: true); break;
            case ListValue list: WriteList(to, list); break;
            case StructValue of: WriteStruct(to, of); break;
            case StackValue stack: WriteStack(to, stack.Frames, stack.Mode, stack.IsUser); break;
            case HistogramValue histogram: WriteHistogram(to, histogram); break;
            case TimeSeriesValue series: TimeSeriesPlot.Write(to, series); break;
            default: to.Append("null"u8); break;
        }
    }

    public static void WriteMap(Utf8Buffer to, MapResult map)
    {
        bool isBlock = map.Kind is MapResultKind.Histograms or MapResultKind.TimeSeries;
        foreach ((TraceValue key, TraceValue value) in map.Entries)
        {
            to.Append(map.Name);
            if (!map.IsScalar)
            {
                to.Append((byte)'[');
                WriteKey(to, key);
                to.Append((byte)']');
            }

            to.Append(isBlock ? ":\n"u8 : ": "u8);
            Write(to, value);
            to.Append((byte)'\n');
        }
    }

    /// <summary>A key loses its outer parentheses, whatever has them.</summary>
    public static void WriteKey(Utf8Buffer to, TraceValue key)
    {
        int start = to.Length;
        Write(to, key);
        int length = to.Length - start;
        if (length < 2 || to.Written[start] != '(' || to.Written[^1] != ')') return;
        byte[] inner = to.Written.Slice(start + 1, length - 2).ToArray();
        to.Length = start;
        to.Append(inner);
    }

    /// <summary>Bytes: as they are where printable, otherwise <c>\x00</c>; or in hexadecimal with blanks between.</summary>
    public static void WriteBytes(Utf8Buffer to, ReadOnlySpan<byte> bytes, bool keepAscii, bool isEscaped)
    {
        ReadOnlySpan<byte> digits = "0123456789abcdef"u8;
        for (int i = 0; i < bytes.Length; i++)
        {
            byte b = bytes[i];
            if (keepAscii && b is >= 32 and <= 126)
            {
                to.Append(b);
                continue;
            }

            if (isEscaped) to.Append("\\x"u8);
            to.Append(digits[b >> 4]);
            to.Append(digits[b & 15]);
            if (!isEscaped && i != bytes.Length - 1) to.Append((byte)' ');
        }
    }

    public static void WriteStack(Utf8Buffer to, ImmutableArray<StackFrame> frames, StackMode mode, bool isUser)
    {
        to.Append((byte)'\n');
        foreach (StackFrame frame in frames)
        {
            if (mode == StackMode.Bpftrace)
            {
                to.Append(frame.IsInlined ? "        [inlined] "u8 : "        "u8);
                WriteFunction(to, frame);
                if (frame.Source is not null)
                {
                    to.Append((byte)'@');
                    to.Append(frame.Source);
                }
            }
            else if (mode == StackMode.Perf)
            {
                to.Append((byte)'\t');
                to.AppendHex(frame.Address);
                to.Append((byte)' ');
                WriteFunction(to, frame);
                if (isUser && !frame.IsInlined)
                {
                    to.Append(" ("u8);
                    to.Append(frame.Module ?? "[unknown]");
                    to.Append((byte)')');
                }

                if (frame.IsInlined) to.Append(" (inlined)"u8);
            }
            else if (mode == StackMode.BuildId && frame.Module is not null)
            {
                to.Append(frame.Module);
                to.Append(" 0x"u8);
                int start = to.Length;
                to.AppendHex(frame.Offset);
                to.Pad(start, 2, isLeft: false, (byte)'0');
            }
            else
            {
                to.AppendHex(frame.Address);
            }

            to.Append((byte)'\n');
        }
    }

    private static void WriteFunction(Utf8Buffer to, in StackFrame frame)
    {
        if (frame.Function is null)
        {
            to.Append("0x"u8);
            to.AppendHex(frame.Address);
            return;
        }

        to.Append(frame.Function);
        if (frame.IsInlined) return;
        to.Append((byte)'+');
        to.AppendDecimal(frame.Offset);
    }

    private static void WriteList(Utf8Buffer to, ListValue list)
    {
        to.Append(list.IsTuple ? (byte)'(' : (byte)'[');
        for (int i = 0; i < list.Items.Length; i++)
        {
            if (i != 0) to.Append(list.IsTuple ? ", "u8 : ","u8);
            Write(to, list.Items[i]);
        }

        to.Append(list.IsTuple ? (byte)')' : (byte)']');
    }

    private static void WriteStruct(Utf8Buffer to, StructValue of)
    {
        if (of.Fields.IsEmpty)
        {
            to.Append("{}"u8);
            return;
        }

        to.Append("{ "u8);
        for (int i = 0; i < of.Fields.Length; i++)
        {
            to.Append(i == 0 ? "."u8 : ", ."u8);
            to.Append(of.Fields[i].Key);
            to.Append(" = "u8);
            Write(to, of.Fields[i].Value);
        }

        to.Append(" }"u8);
    }

    private static void WriteHistogram(Utf8Buffer to, HistogramValue histogram)
    {
        ulong most = 0;
        foreach (HistogramBucket bucket in histogram.Buckets) most = Math.Max(most, bucket.Count);
        foreach (HistogramBucket bucket in histogram.Buckets)
        {
            int start = to.Length;
            if (bucket.From is null)
            {
                to.Append("(..., "u8);
                to.Append(bucket.ToLabel);
                to.Append((byte)')');
            }
            else
            {
                to.Append((byte)'[');
                to.Append(bucket.FromLabel);
                if (bucket.To is null) to.Append(", ...)"u8);
                else if (bucket.IsSingle) to.Append((byte)']');
                else
                {
                    to.Append(", "u8);
                    to.Append(bucket.ToLabel);
                    to.Append((byte)')');
                }
            }

            to.Pad(start, 16, isLeft: true, (byte)' ');
            start = to.Length;
            to.AppendDecimal(bucket.Count);
            to.Pad(start, 8, isLeft: false, (byte)' ');
            to.Append(" |"u8);
            int bar = most == 0 ? 0 : (int)(bucket.Count / (float)most * BarWidth); // in single precision, as bars are drawn elsewhere
            to.AppendRepeated((byte)'@', bar);
            to.AppendRepeated((byte)' ', BarWidth - bar);
            to.Append("|\n"u8);
        }
    }
}

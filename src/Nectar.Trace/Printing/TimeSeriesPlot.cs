// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Values;

namespace Nectar.Trace.Printing;

/// <summary>A time series as a plot in text: one line an interval, the value's place between the least and the greatest.</summary>
internal static class TimeSeriesPlot
{
    private const int Width = 53, LeftWidth = 21;

    public static void Write(Utf8Buffer to, TimeSeriesValue series)
    {
        if (series.Points.IsEmpty)
        {
            to.Append("<no data>"u8);
            return;
        }

        Number least = default, greatest = default;
        bool isAny = false;
        foreach ((_, TraceValue value) in series.Points)
        {
            if (value is not IntegerValue integer) continue;
            Number number = new(integer);
            if (!isAny || number.CompareTo(least) < 0) least = number;
            if (!isAny || number.CompareTo(greatest) > 0) greatest = number;
            isAny = true;
        }

        if (isAny && least.CompareTo(greatest) == 0)
        {
            least = least.Before();
            greatest = greatest.After();
        }

        int last = series.Points.Length - 1;
        int decimals = Decimals(last == 0 ? 0 : (series.Points[last].Key - series.Points[0].Key) / (ulong)last, out string unit);
        string head = decimals == 0 ? "hh:mm:ss" : "hh:mm:ss." + unit;
        int timeWidth = 8 + (decimals == 0 ? 0 : decimals + 1);
        WriteScale(to, timeWidth, least, greatest, isAny);
        int start = to.Length;
        to.Append(head);
        to.Pad(start, timeWidth + 1, isLeft: true, (byte)' ');
        to.Append((byte)'|');
        to.AppendRepeated((byte)'_', Width - 2);
        to.Append("|\n"u8);

        int zero = least.Distance(0) < 0 && greatest.Distance(0) > 0 ? (int)(Width * (float)least.Distance(0) / (float)least.Distance(greatest)) : 0;
        Span<byte> line = stackalloc byte[Width];
        foreach ((ulong time, TraceValue value) in series.Points)
        {
            TimeText.Write(to, time, "%H:%M:%S"u8);
            WriteFraction(to, time, decimals);
            to.Append((byte)' ');
            line.Fill((byte)' ');
            line[0] = line[Width - 1] = (byte)'|';
            if (zero > 0) line[zero] = (byte)'.';
            if (value is IntegerValue integer)
            {
                int place = (int)((Width - 1) * (float)least.Distance(new Number(integer)) / (float)least.Distance(greatest));
                line[Math.Clamp(place, 0, Width - 1)] = (byte)'*';
                to.Append(line);
                to.Append((byte)' ');
                TextFormat.Write(to, value);
            }
            else
            {
                to.Append(line);
                to.Append(" -"u8);
            }

            to.Append((byte)'\n');
        }

        to.AppendRepeated((byte)' ', timeWidth + 1);
        to.Append((byte)'v');
        to.AppendRepeated((byte)'_', Width - 2);
        to.Append("v\n"u8);
        WriteScale(to, timeWidth, least, greatest, isAny);
    }

    /// <summary>A point in time with nanoseconds, as JSON has it.</summary>
    public static void WriteTime(Utf8Buffer to, ulong time)
    {
        TimeText.Write(to, time, "%Y-%m-%d %H:%M:%S"u8);
        WriteFraction(to, time, 9);
    }

    private static void WriteScale(Utf8Buffer to, int timeWidth, Number least, Number greatest, bool isAny)
    {
        to.AppendRepeated((byte)' ', timeWidth + 1);
        int start = to.Length;
        if (isAny) least.Write(to);
        else to.Append("null"u8);
        to.Pad(start, LeftWidth, isLeft: true, (byte)' ');
        start = to.Length;
        if (isAny) greatest.Write(to);
        else to.Append("null"u8);
        to.Pad(start, Width - LeftWidth, isLeft: false, (byte)' ');
        to.Append((byte)'\n');
    }

    private static void WriteFraction(Utf8Buffer to, ulong time, int decimals)
    {
        if (decimals == 0) return;
        ulong rest = time % 1_000_000_000;
        for (int i = decimals; i < 9; i++) rest /= 10;
        to.Append((byte)'.');
        int start = to.Length;
        to.AppendDecimal(rest);
        to.Pad(start, decimals, isLeft: false, (byte)'0');
    }

    private static int Decimals(ulong interval, out string unit)
    {
        (int decimals, unit) = interval switch
        {
            >= 1_000_000_000 => (0, "s"),
            >= 1_000_000 => (3, "ms"),
            >= 1_000 => (6, "μs"),
            _ => (9, "ns"),
        };
        return decimals;
    }

    /// <summary>A number with or without a sign.</summary>
    private readonly struct Number(long bits, bool isSigned)
    {
        public Number(IntegerValue value)
            : this(value.Signed, value.IsSigned)
        {
        }

        private Int128 Value => isSigned ? bits : (ulong)bits;

        public int CompareTo(Number other) => Value.CompareTo(other.Value);

        public long Distance(long from) => (long)(Value - from);

        /// <summary>From the other to this one is negative; the plot uses quotients only.</summary>
        public long Distance(Number other) => (long)(Value - other.Value);

        public Number Before() => (isSigned ? bits > long.MinValue : bits != 0) ? new Number(bits - 1, isSigned) : this;

        public Number After() => (isSigned ? bits < long.MaxValue : bits != -1) ? new Number(bits + 1, isSigned) : this;

        public void Write(Utf8Buffer to)
        {
            if (isSigned) to.AppendDecimal(bits);
            else to.AppendDecimal((ulong)bits);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Collections.Immutable;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Values;

namespace Nectar.Trace.Reading;

/// <summary>Reads time series: slots of 24 bytes, each with the number of its interval; slots are used again when their interval is too old.</summary>
internal static class TimeSeriesReader
{
    private const int SlotSize = 24;

    /// <summary>The intervals that are shown: so many as are kept, up to the last one that any key has.</summary>
    public static (ulong First, ulong Last) Range(TraceType type, RawMap raw)
    {
        ulong last = 0;
        for (int i = 0; i < raw.Count; i++)
        {
            ReadOnlySpan<byte> value = raw.Values.Span.Slice(i * raw.ValueSize, raw.ValueSize);
            for (int cpu = 0; cpu < raw.Processors; cpu++)
            {
                for (int slot = 0; slot < type.Shape!.Intervals; slot++) last = Math.Max(last, U64(value, (cpu * raw.Stride) + (slot * SlotSize)));
            }
        }

        ulong kept = (ulong)type.Shape!.Intervals;
        return (last >= kept ? last - kept + 1 : 0, last);
    }

    public static TimeSeriesValue Read(TraceType type, ReadOnlySpan<byte> bytes, int processors, int stride, (ulong First, ulong Last) range)
    {
        HistogramShape shape = type.Shape!;
        SortedDictionary<ulong, long> values = [];
        for (int slot = 0; slot < shape.Intervals; slot++)
        {
            if (Reduce(type, bytes, processors, stride, slot) is { } found) values[found.Interval] = found.Value;
        }

        ImmutableArray<KeyValuePair<ulong, TraceValue>>.Builder points = ImmutableArray.CreateBuilder<KeyValuePair<ulong, TraceValue>>();
        ulong first = range.Last;
        foreach (ulong interval in values.Keys)
        {
            if (interval >= range.First) first = Math.Min(first, interval);
        }

        for (ulong interval = first; interval <= range.Last && interval != 0; interval++)
        {
            points.Add(new(interval * shape.Interval, values.TryGetValue(interval, out long value) ? new IntegerValue(value, type.IsSigned) : NullValue.Instance));
        }

        return new TimeSeriesValue(shape.Interval, points.DrainToImmutable());
    }

    /// <summary>One slot over all processors: only the latest interval in it counts.</summary>
    private static (ulong Interval, long Value)? Reduce(TraceType type, ReadOnlySpan<byte> bytes, int processors, int stride, int slot)
    {
        ulong latest = 0;
        for (int cpu = 0; cpu < processors; cpu++) latest = Math.Max(latest, U64(bytes, (cpu * stride) + (slot * SlotSize)));
        if (latest == 0) return null;
        long value = 0;
        ulong other = 0; // how many, or when: see TypeKind.TimeSeries
        bool isAny = false;
        for (int cpu = 0; cpu < processors; cpu++)
        {
            int at = (cpu * stride) + (slot * SlotSize);
            if (U64(bytes, at) != latest) continue;
            long here = (long)U64(bytes, at + 8);
            ulong hereOther = U64(bytes, at + 16);
            bool isGreater = type.IsSigned ? here > value : (ulong)here > (ulong)value;
            value = !isAny ? here : type.Shape!.Aggregation switch
            {
                "avg" or "sum" => value + here,
                "max" => isGreater ? here : value,
                "min" => isGreater ? value : here,
                _ => hereOther > other ? here : value,
            };
            other = !isAny ? hereOther : type.Shape!.Aggregation == "avg" ? other + hereOther : Math.Max(other, hereOther);
            isAny = true;
        }

        if (type.Shape!.Aggregation == "avg" && other != 0) value = type.IsSigned ? value / (long)other : (long)((ulong)value / other);
        return (latest, value);
    }

    private static ulong U64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
}

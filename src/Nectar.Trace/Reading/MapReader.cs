// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Collections.Immutable;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Values;

namespace Nectar.Trace.Reading;

/// <summary>Makes a map's elements into keys and values in the order in which they are printed.</summary>
internal sealed class MapReader(ValueReader reader)
{
    /// <param name="top">Only so many, those with the greatest values; 0 for all.</param>
    /// <param name="divisor">What numbers are divided by; 0 as 1.</param>
    public MapResult Read(TraceMap map, RawMap raw, long top = 0, long divisor = 0)
    {
        TraceType value = map.ValueType;
        uint by = (uint)Math.Clamp(divisor, 1, uint.MaxValue);
        int[] order = new int[raw.Count];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        Sort(order, map, raw);
        int skipped = top > 0 && top < order.Length ? order.Length - (int)top : 0;
        (ulong First, ulong Last) range = value.Kind == TypeKind.TimeSeries ? TimeSeriesReader.Range(value, raw) : default;
        ImmutableArray<KeyValuePair<TraceValue, TraceValue>>.Builder entries = ImmutableArray.CreateBuilder<KeyValuePair<TraceValue, TraceValue>>(order.Length - skipped);
        for (int i = skipped; i < order.Length; i++)
        {
            ReadOnlySpan<byte> bytes = Value(raw, order[i]);
            TraceValue key = map.IsScalar ? NullValue.Instance : reader.Read(map.KeyType, Key(raw, order[i]));
            entries.Add(new(key, value.Kind == TypeKind.TimeSeries ? TimeSeriesReader.Read(value, bytes, raw.Processors, raw.Stride, range) : ReadValue(value, bytes, raw, by)));
        }

        return new MapResult(map.Name, KindOf(value), map.IsScalar, entries.DrainToImmutable());
    }

    /// <summary>A scalar that was never set, as <c>print(@)</c> shows it.</summary>
    public MapResult ReadEmpty(TraceMap map) =>
        new(map.Name, KindOf(map.ValueType), isScalar: true, [new(NullValue.Instance, reader.Read(map.ValueType, new byte[Math.Max(16, map.ValueType.Size)]))]);

    /// <summary>One value.</summary>
    public TraceValue ReadValue(TraceType type, ReadOnlySpan<byte> bytes, RawMap raw, uint divisor = 1)
    {
        if (type.IsAggregation) return AggregateReader.Read(type, bytes, raw.Processors, raw.Stride, divisor);
        if (raw.Processors <= 1 || !type.IsInteger) return reader.Read(type, bytes, divisor);
        Span<byte> sum = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(sum, AggregateReader.Number(type, bytes, raw.Processors, raw.Stride));
        return reader.Read(type, sum[..type.Size], divisor);
    }

    private static MapResultKind KindOf(TraceType value) => value.Kind switch
    {
        TypeKind.Average or TypeKind.Statistics => MapResultKind.Statistics,
        TypeKind.Histogram or TypeKind.LinearHistogram => MapResultKind.Histograms,
        TypeKind.TimeSeries => MapResultKind.TimeSeries,
        _ => MapResultKind.Values,
    };

    private static ReadOnlySpan<byte> Key(RawMap raw, int index) => raw.Keys.Span.Slice(index * raw.KeySize, raw.KeySize);

    private static ReadOnlySpan<byte> Value(RawMap raw, int index) => raw.Values.Span.Slice(index * raw.ValueSize, raw.ValueSize);

    private static void Sort(int[] order, TraceMap map, RawMap raw)
    {
        TraceType value = map.ValueType;
        bool hasNumbers = value.IsInteger || (value.IsAggregation && value.Kind != TypeKind.TimeSeries);
        bool isSigned = value.IsSigned && value.Kind is not (TypeKind.Minimum or TypeKind.Maximum or TypeKind.Count or TypeKind.Histogram or TypeKind.LinearHistogram); // bpftrace compares the extremes unsigned
        long[]? numbers = null;
        if (hasNumbers)
        {
            numbers = new long[order.Length];
            for (int i = 0; i < numbers.Length; i++) numbers[i] = AggregateReader.Number(value, Value(raw, i), raw.Processors, raw.Stride);
        }

        Array.Sort(order, (a, b) =>
        {
            int by = numbers is null ? 0 : isSigned ? numbers[a].CompareTo(numbers[b]) : ((ulong)numbers[a]).CompareTo((ulong)numbers[b]);
            return by != 0 ? by : CompareKeys(map.KeyType, Key(raw, a), Key(raw, b));
        });
    }

    /// <summary>Numbers as numbers with a sign, the rest byte by byte.</summary>
    private static int CompareKeys(TraceType type, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        if (type.Kind == TypeKind.Tuple)
        {
            foreach (TupleField field in type.Fields)
            {
                int by = CompareKeys(field.Type, a.Slice(field.Offset, field.Type.Size), b.Slice(field.Offset, field.Type.Size));
                if (by != 0) return by;
            }

            return 0;
        }

        return type.IsInteger ? Integers.Load(type.Size, isSigned: true, a).CompareTo(Integers.Load(type.Size, isSigned: true, b)) : a.SequenceCompareTo(b);
    }
}

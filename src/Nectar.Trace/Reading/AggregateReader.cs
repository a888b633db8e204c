// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Collections.Immutable;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Values;

namespace Nectar.Trace.Reading;

/// <summary>Adds up over processors what programs counted on each.</summary>
internal static class AggregateReader
{
    /// <summary>A value of <c>count</c>, <c>sum</c>, <c>hist</c> and so on; not of <c>tseries</c>, whose intervals depend on all keys.</summary>
    /// <param name="bytes">A value for each processor.</param>
    /// <param name="stride">Bytes from one processor's value to the next.</param>
    public static TraceValue Read(TraceType type, ReadOnlySpan<byte> bytes, int processors, int stride, uint divisor = 1)
    {
        bool isSigned = type.IsSigned && type.Kind != TypeKind.Count;
        switch (type.Kind)
        {
            case TypeKind.Histogram: return Histograms.Logarithmic(Buckets(type, bytes, processors, stride), type.Shape!.Bits, divisor);
            case TypeKind.LinearHistogram: return Histograms.Linear(Buckets(type, bytes, processors, stride), type.Shape!);
            case TypeKind.Statistics:
                (long total, long count) = Sums(bytes, processors, stride);
                return new StructValue([
                    new("count", new IntegerValue(count, isSigned)),
                    new("average", new IntegerValue(Divide(Mean(total, count, isSigned), divisor, isSigned), isSigned)),
                    new("total", new IntegerValue(total, isSigned))]);
            default: return new IntegerValue(Divide(Number(type, bytes, processors, stride), divisor, isSigned), isSigned);
        }
    }

    /// <summary>One number for a value: what it is sorted by, and what expressions see.</summary>
    public static long Number(TraceType type, ReadOnlySpan<byte> bytes, int processors, int stride)
    {
        switch (type.Kind)
        {
            case TypeKind.Minimum or TypeKind.Maximum: return Extreme(type, bytes, processors, stride);
            case TypeKind.Average or TypeKind.Statistics:
                (long total, long count) = Sums(bytes, processors, stride);
                return Mean(total, count, type.IsSigned);
            case TypeKind.Histogram or TypeKind.LinearHistogram:
                long all = 0;
                foreach (ulong bucket in Buckets(type, bytes, processors, stride)) all += (long)bucket;
                return all;
            default:
                long sum = 0;
                int size = type.IsAggregation ? 8 : type.Size;
                for (int cpu = 0; cpu < processors; cpu++) sum += Integers.Load(size, type.IsSigned, bytes[(cpu * stride)..]);
                return type.IsAggregation ? sum : type.IsSigned ? Integers.SignExtend(sum, size) : Integers.ZeroExtend(sum, size);
        }
    }

    private static long Divide(long value, uint divisor, bool isSigned) => divisor <= 1 ? value : isSigned ? value / divisor : (long)((ulong)value / divisor);

    private static long Mean(long total, long count, bool isSigned) => count == 0 ? 0 : isSigned ? total / count : (long)((ulong)total / (ulong)count);

    private static (long Total, long Count) Sums(ReadOnlySpan<byte> bytes, int processors, int stride)
    {
        long total = 0, count = 0;
        for (int cpu = 0; cpu < processors; cpu++)
        {
            total += BinaryPrimitives.ReadInt64LittleEndian(bytes[(cpu * stride)..]);
            count += BinaryPrimitives.ReadInt64LittleEndian(bytes[((cpu * stride) + 8)..]);
        }

        return (total, count);
    }

    private static long Extreme(TraceType type, ReadOnlySpan<byte> bytes, int processors, int stride)
    {
        long result = 0;
        bool isSet = false;
        for (int cpu = 0; cpu < processors; cpu++)
        {
            if (BinaryPrimitives.ReadInt64LittleEndian(bytes[((cpu * stride) + 8)..]) == 0) continue;
            long value = BinaryPrimitives.ReadInt64LittleEndian(bytes[(cpu * stride)..]);
            int order = type.IsSigned ? value.CompareTo(result) : ((ulong)value).CompareTo((ulong)result);
            if (!isSet || (type.Kind == TypeKind.Maximum ? order > 0 : order < 0)) result = value;
            isSet = true;
        }

        return result;
    }

    private static ulong[] Buckets(TraceType type, ReadOnlySpan<byte> bytes, int processors, int stride)
    {
        ulong[] buckets = new ulong[type.Size / 8];
        for (int cpu = 0; cpu < processors; cpu++)
        {
            ReadOnlySpan<byte> values = bytes.Slice(cpu * stride, type.Size);
            for (int i = 0; i < buckets.Length; i++) buckets[i] += BinaryPrimitives.ReadUInt64LittleEndian(values[(i * 8)..]);
        }

        return buckets;
    }
}

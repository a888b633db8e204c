// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Globalization;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Values;

namespace Nectar.Trace.Reading;

/// <summary>From counters to buckets with their limits.</summary>
internal static class Histograms
{
    private const int MinimumOfUnit = 1024;

    /// <summary>
    /// Of <c>hist</c>: counter 0 is for what is below zero; then come two runs of 2^bits counters for one number each, then
    /// 2^bits counters for every further power of two.
    /// </summary>
    public static HistogramValue Logarithmic(ReadOnlySpan<ulong> counts, int bits, uint divisor)
    {
        if (!TryFindEnds(counts, out int first, out int last)) return new HistogramValue([]);
        ImmutableArray<HistogramBucket>.Builder buckets = ImmutableArray.CreateBuilder<HistogramBucket>(last - first + 1);
        int singles = 2 << bits;
        for (int i = first; i <= last; i++)
        {
            ulong count = counts[i] / Math.Max(1, divisor);
            long? from = i == 0 ? null : Start(i - 1, bits);
            bool isSingle = i != 0 && i <= singles;
            buckets.Add(new HistogramBucket(from, Start(i, bits), count, i == 0 ? "" : Label(i - 1, bits), Label(i, bits), isSingle));
        }

        return new HistogramValue(buckets.MoveToImmutable());
    }

    /// <summary>Of <c>lhist</c>: one counter below the minimum, one for each step, one above the maximum.</summary>
    public static HistogramValue Linear(ReadOnlySpan<ulong> counts, HistogramShape shape)
    {
        if (!TryFindEnds(counts, out int first, out int last)) return new HistogramValue([]);
        ImmutableArray<HistogramBucket>.Builder buckets = ImmutableArray.CreateBuilder<HistogramBucket>(last - first + 1);
        for (int i = first; i <= last; i++)
        {
            long? from = i == 0 ? null : shape.Minimum + ((i - 1) * shape.Step);
            long? to = shape.Minimum + (i * shape.Step) <= shape.Maximum ? shape.Minimum + (i * shape.Step) : null;
            bool isPlain = shape.Step % MinimumOfUnit != 0;
            buckets.Add(new HistogramBucket(from, to, counts[i], from is { } a ? Label(a, isPlain) : "", to is { } b ? Label(b, isPlain) : "", isPlain && shape.Step == 1 && from is not null && to is not null));
        }

        return new HistogramValue(buckets.MoveToImmutable());
    }

    /// <summary>The number at which a counter's interval ends: that of the counter's index starts there.</summary>
    private static long Start(int index, int bits)
    {
        int n = 1 << bits;
        return index < n ? index : (long)((1UL << ((index >> bits) - 1)) * (ulong)(n + (index & (n - 1))));
    }

    private static string Label(int index, int bits)
    {
        int n = 1 << bits;
        if (index <= 2 << bits || index < n) return index.ToString(CultureInfo.InvariantCulture);
        int power = (index >> bits) - 1, unit = power / 10;
        ulong number = (1UL << (power - (10 * unit))) * (ulong)(n + (index & (n - 1)));
        return number.ToString(CultureInfo.InvariantCulture) + (unit == 0 ? "" : "KMGTPE"[unit - 1].ToString());
    }

    private static string Label(long number, bool isPlain)
    {
        const long Mega = MinimumOfUnit * MinimumOfUnit;
        if (!isPlain && number != 0)
        {
            if (number % Mega == 0) return (number / Mega).ToString(CultureInfo.InvariantCulture) + "M";
            if (number % MinimumOfUnit == 0) return (number / MinimumOfUnit).ToString(CultureInfo.InvariantCulture) + "K";
        }

        return number.ToString(CultureInfo.InvariantCulture);
    }

    private static bool TryFindEnds(ReadOnlySpan<ulong> counts, out int first, out int last)
    {
        first = counts.IndexOfAnyExcept(0ul);
        last = counts.LastIndexOfAnyExcept(0ul);
        return first >= 0;
    }
}

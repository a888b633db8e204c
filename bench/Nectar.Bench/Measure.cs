// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bench;

/// <summary>A measurement: medians over rounds.</summary>
/// <param name="Nanoseconds">Thread processor time of one run.</param>
/// <param name="Fastest">The fastest round's.</param>
/// <param name="Runs">Runs in each round.</param>
/// <param name="AllocatedBytes">Managed bytes that all rounds together allocated on this thread.</param>
internal readonly record struct Measured(double Nanoseconds, double Fastest, long Runs, long AllocatedBytes);

/// <summary>Times short work: as many runs a round as fill it, several rounds, the median.</summary>
internal static class Measure
{
    /// <summary>Measures <paramref name="work"/>, which does its argument's number of runs and allocates nothing.</summary>
    /// <param name="work">What to time; it is run a few times before the clock starts.</param>
    /// <param name="roundMs">Aimed length of a round.</param>
    /// <param name="rounds">Rounds; the median is taken.</param>
    internal static Measured Run(Action<long> work, int roundMs = 20, int rounds = 5)
    {
        long count = Calibrate(work, roundMs);
        double[] times = new double[rounds];
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < rounds; i++) times[i] = Time(work, count);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        return new Measured(Median(times), times.Min(), count, allocated);
    }

    /// <summary>Measures several works in alternating rounds, so that a change of the machine's speed meets all of them.</summary>
    internal static Measured[] RunAlternating(IReadOnlyList<Action<long>> works, int roundMs = 20, int rounds = 5)
    {
        long[] counts = [.. works.Select(work => Calibrate(work, roundMs))];
        double[][] times = [.. works.Select(_ => new double[rounds])];
        long[] allocated = new long[works.Count];
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < works.Count; i++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                times[i][round] = Time(works[i], counts[i]);
                allocated[i] += GC.GetAllocatedBytesForCurrentThread() - before;
            }
        }

        return [.. works.Select((_, i) => new Measured(Median(times[i]), times[i].Min(), counts[i], allocated[i]))];
    }

    /// <summary>The median; the mean of the middle two for an even number of values.</summary>
    internal static double Median(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray();
        Array.Sort(sorted);
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>The geometric mean of positive values.</summary>
    internal static double GeometricMean(IEnumerable<double> values) => Math.Exp(values.Average(Math.Log));

    private static double Time(Action<long> work, long count)
    {
        long start = Clock.Thread();
        work(count);
        return (double)(Clock.Thread() - start) / count;
    }

    private static long Calibrate(Action<long> work, int roundMs)
    {
        // Enough calls for the compiler's tiers to settle, then runs are doubled until a fifth of a round is filled.
        for (int i = 0; i < 40; i++) work(1);
        long count = 1;
        while (true)
        {
            double time = Time(work, count) * count;
            if (time > roundMs * 200_000.0) return Math.Max(1, (long)(count * (roundMs * 1e6 / time)));
            count *= 2;
        }
    }
}

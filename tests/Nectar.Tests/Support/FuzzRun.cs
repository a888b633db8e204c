// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;

namespace Nectar.Tests.Support;

/// <summary>Feeds a reader with hostile inputs and holds it to what readers promise: no exception, bounded time, bounded memory.</summary>
internal sealed class FuzzRun
{
    /// <summary>A slower input is measured again, so that a busy machine does not count.</summary>
    public const double MaxMilliseconds = 50;

    /// <summary>Memory that an input may cost: a fixed part, and this often its size.</summary>
    public const long FixedBytes = 1 << 20, BytesPerByte = 256;

    public long Runs { get; private set; }

    public long Accepted { get; private set; }

    public double SlowestMs { get; private set; }

    public long MostBytes { get; private set; }

    /// <summary>What went wrong, with the input; empty if nothing did.</summary>
    public List<(string Problem, byte[] Input)> Failures { get; } = [];

    /// <summary>Runs until the count or the time is used up, or ten inputs failed.</summary>
    public void Run(Func<byte[]> next, Func<byte[], bool> read, long runs, TimeSpan limit)
    {
        Stopwatch total = Stopwatch.StartNew();
        while (Runs < runs && total.Elapsed < limit && Failures.Count < 10)
        {
            byte[] input = next();
            Runs++;
            try
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                if (Timed(input, read, out double ms)) Accepted++;
                long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
                for (int again = 0; again < 3 && ms > MaxMilliseconds; again++) Timed(input, read, out ms);
                SlowestMs = Math.Max(SlowestMs, ms);
                MostBytes = Math.Max(MostBytes, bytes);
                if (ms > MaxMilliseconds) Failures.Add(($"took {ms:F0} ms", input));
                if (bytes > FixedBytes + (BytesPerByte * input.Length)) Failures.Add(($"allocated {bytes} bytes for {input.Length} of input", input));
            }
            catch (Exception problem) when (problem is not OutOfMemoryException)
            {
                Failures.Add((problem.ToString(), input));
            }
        }
    }

    private static bool Timed(byte[] input, Func<byte[], bool> read, out double ms)
    {
        long start = Stopwatch.GetTimestamp();
        bool accepted = read(input);
        ms = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return accepted;
    }
}

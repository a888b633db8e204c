// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Bench;

/// <summary>Processor time, which other processes on the machine disturb less than wall time.</summary>
internal static unsafe partial class Clock
{
    private const int ProcessCpuTime = 2;
    private const int ThreadCpuTime = 3;

    /// <summary>Nanoseconds of processor time that this thread has used.</summary>
    internal static long Thread() => Read(ThreadCpuTime);

    /// <summary>Nanoseconds of processor time that all threads of this process have used.</summary>
    internal static long Process() => Read(ProcessCpuTime);

    private static long Read(int clock)
    {
        long* time = stackalloc long[2];
        if (ClockGetTime(clock, time) != 0) throw new InvalidOperationException("clock_gettime failed");
        return (time[0] * 1_000_000_000) + time[1];
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, long* time);
}

/// <summary>What one reading of the clock costs.</summary>
internal static class ClockBench
{
    internal static int Run(string[] arguments)
    {
        Measured measured = Measure.Run(static count =>
        {
            long last = 0;
            for (long i = 0; i < count; i++) last = Clock.Thread();
            GC.KeepAlive(last);
        });
        Figures.Print("clock", measured.Nanoseconds, "ns");
        return 0;
    }
}

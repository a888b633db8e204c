// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Syscalls;

namespace Nectar.Trace.Runtime.Lookup;

/// <summary>The kernel's clocks (include/uapi/linux/time.h), in nanoseconds.</summary>
internal static unsafe class Clocks
{
    public const int Wall = 0, Monotonic = 1, Boot = 7, Tai = 11;

    /// <summary>What a clock shows; those above exist on every kernel that has BPF, so that this cannot fail.</summary>
    public static long Now(int clock)
    {
        long* time = stackalloc long[2]; // struct timespec
        _ = Libc.ClockGetTime(clock, time);
        return (time[0] * 1_000_000_000) + time[1];
    }

    /// <summary>What is added to a time of one clock to have it on another.</summary>
    public static long Distance(int from, int to)
    {
        // clocks are read one after the other: of several tries the one with the least time between is right
        long best = 0, narrowest = long.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            long before = Now(from), there = Now(to), after = Now(from);
            if (after - before >= narrowest) continue;
            narrowest = after - before;
            best = there - (before + (narrowest / 2));
        }

        return best;
    }
}

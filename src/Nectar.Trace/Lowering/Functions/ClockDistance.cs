// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Lowering.Functions;

/// <summary>How far clocks are apart: for kernels whose programs cannot ask for atomic time.</summary>
internal static class ClockDistance
{
    /// <summary>Nanoseconds from CLOCK_BOOTTIME to CLOCK_TAI: read between two readings of the other, the closest of a few.</summary>
    public static long TaiFromBoot()
    {
        long best = 0, narrowest = long.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            long before = KernelClock.Boot, tai = KernelClock.Tai, after = KernelClock.Boot;
            if (after - before >= narrowest) continue;
            (narrowest, best) = (after - before, tai - ((before + after) / 2));
        }

        return best;
    }
}

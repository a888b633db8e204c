// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>The kernel's clocks as programs see them, in nanoseconds.</summary>
internal static partial class KernelClock
{
    private const int BootTime = 7, AtomicTime = 11;

    public static long Boot => Read(BootTime);

    public static long Tai => Read(AtomicTime);

    private static long Read(int clock)
    {
        // A timespec of two longs, which the call fills in; both clocks exist on every kernel that has BPF, so that it cannot fail.
        Span<long> time = stackalloc long[2];
        _ = clock_gettime(clock, ref MemoryMarshal.GetReference(time));
        return (time[0] * 1_000_000_000) + time[1];
    }

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, ref long time);
}

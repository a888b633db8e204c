// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

public static unsafe partial class Bpf
{
    /// <summary>Helper 118, kernel 5.6: the kernel's ticks.</summary>
    [Helper(118)]
    public static ulong Jiffies64() => Managed.Call(118);

    /// <summary>Helper 160, kernel 5.11: nanoseconds since boot by the clock of the last tick: cheaper, a few milliseconds late.</summary>
    [Helper(160)]
    public static ulong KtimeGetCoarseNs() => Managed.Call(160);

    /// <summary>Helper 208, kernel 6.1: nanoseconds of international atomic time.</summary>
    [Helper(208)]
    public static ulong KtimeGetTaiNs() => Managed.Call(208);
}

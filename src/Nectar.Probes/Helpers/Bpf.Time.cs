// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary>
/// What programs may call: the kernel's helpers by their names without <c>bpf_</c>, and what is made of them. On the CLR they do the
/// same to memory of this process, as <see cref="ManagedContext"/> says.
/// </summary>
public static unsafe partial class Bpf
{
    /// <summary>Helper 5, kernel 4.1: nanoseconds since boot, without the time spent in suspend (<c>CLOCK_MONOTONIC</c>).</summary>
    [Helper(5)]
    public static ulong KtimeGetNs() => Managed.Call(5);

    /// <summary>Helper 125, kernel 5.8: nanoseconds since boot (<c>CLOCK_BOOTTIME</c>).</summary>
    [Helper(125)]
    public static ulong KtimeGetBootNs() => Managed.Call(125);
}

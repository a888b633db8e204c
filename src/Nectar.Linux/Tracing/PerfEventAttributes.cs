// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Linux.Tracing;

/// <summary>The kernel's <c>struct perf_event_attr</c> as far as kernel 2.6.33 had it (<c>PERF_ATTR_SIZE_VER1</c>), which is all that hooks need.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PerfEventAttributes
{
    internal const uint CurrentSize = 72;

    internal uint Type, Size;
    internal ulong Config;
    internal ulong SamplePeriodOrFrequency;
    internal ulong SampleType, ReadFormat;
    internal PerfEventFlags Flags;
    internal uint WakeupEvents, BreakpointType;
    internal ulong Config1; // name or path of a probe
    internal ulong Config2; // offset or address of a probe
}

/// <summary>The bits of <c>struct perf_event_attr</c> that are used.</summary>
[Flags]
internal enum PerfEventFlags : ulong
{
    None = 0,
    Disabled = 1 << 0,
    Inherit = 1 << 1,
    ExcludeUser = 1 << 4,
    ExcludeKernel = 1 << 5,
    Frequency = 1 << 10,
}

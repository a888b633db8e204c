// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Links.Tracing;

/// <summary>How a program gets to a hook that the kernel offers in several ways.</summary>
public enum AttachMethod
{
    /// <summary>The newest way that this kernel has.</summary>
    Automatic,

    /// <summary>A perf event with a bpf_link on it (kernel 5.15): cookies, pins, seen by <c>bpftool link</c>.</summary>
    PerfLink,

    /// <summary>A perf event that is told the program by <c>ioctl(PERF_EVENT_IOC_SET_BPF)</c>.</summary>
    PerfIoctl,

    /// <summary>For probes: an event made by text in the trace filesystem, as kernels before 4.17 want it.</summary>
    TraceEvents,
}

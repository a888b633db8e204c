// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Probes;

/// <summary>What the context of a probe's program points to.</summary>
internal enum ProbeContext : byte
{
    /// <summary>Nothing of use: run by us.</summary>
    None,
    /// <summary><c>struct pt_regs</c>: kprobe, uprobe, USDT.</summary>
    Registers,
    /// <summary>The event's record, as its format file says.</summary>
    Tracepoint,
    /// <summary>An array of u64: the arguments.</summary>
    RawTracepoint,
    /// <summary>An array of u64: the arguments, then the result.</summary>
    Trampoline,
    /// <summary><c>struct bpf_perf_event_data</c>, which begins with <c>struct pt_regs</c>.</summary>
    PerfEvent,
    /// <summary><c>struct bpf_iter__X</c>.</summary>
    Iterator,
    /// <summary><c>struct xdp_md</c>: <c>bench</c>, which the kernel repeats.</summary>
    Packet,
}

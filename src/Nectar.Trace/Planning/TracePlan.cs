// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;

namespace Nectar.Trace.Planning;

/// <summary>A compiled script: the object, and what user space has to know to attach it and to understand what it says.</summary>
internal sealed record TracePlan
{
    /// <summary>The ring buffer's name in the object; absent if nothing is sent.</summary>
    public const string RingName = "events";

    /// <summary>The variable with a u64 for each <see cref="LossCause"/>.</summary>
    public const string LossesName = "losses";

    /// <summary>Hash maps from a stack's hash (u64) to its frames (u64 each, <c>limit</c> of them): this prefix, <c>k</c> or <c>u</c>, and the limit, as in <c>stacks_k127</c>; with <c>b</c> frames are 32 bytes (<c>struct bpf_stack_build_id</c>).</summary>
    public const string StacksPrefix = "stacks_";

    /// <summary>u64 that the session sets before programs run: the time (CLOCK_BOOTTIME, ns) that <c>elapsed</c> counts from; the child of <c>-c</c>; processors. Absent if nobody asks.</summary>
    public const string StartName = "start_time", ChildName = "child_process", ProcessorsName = "processors";

    /// <summary>Three u64 in the place of the kernel's <c>avenrun</c>, where that has no address: kept by the session from <c>/proc/loadavg</c>. Absent if nobody asks.</summary>
    public const string LoadName = "load_averages";

    /// <summary>Of objects for any machine. Settings as above: the only process that hooks of the kernel are for (0: all); device and inode of the namespace of process numbers (0: the first); nanoseconds from CLOCK_BOOTTIME to CLOCK_TAI.</summary>
    public const string FilterName = "process_filter", NamespaceDeviceName = "namespace_device", NamespaceInodeName = "namespace_inode", TaiName = "tai_from_boot";

    /// <summary>Of objects for any machine: a control group's number; behind the prefix is the index of its path in <see cref="Strings"/>.</summary>
    public const string GroupPrefix = "cgroup_";

    /// <summary>u64 in <c>.bss</c>: once it is not zero, programs at tracepoints do nothing any more. Taking them off one by one takes the kernel too long to wait for. Absent without such programs.</summary>
    public const string StoppedName = "stopped";

    public required BpfObject Object { get; init; }

    public required TraceConfig Config { get; init; }

    /// <summary>It was read from a file: what it asks of the machine is set before it runs.</summary>
    public bool IsFromFile { get; init; }

    public ImmutableArray<PlannedProbe> Probes { get; init; } = [];

    public ImmutableArray<TraceAction> Actions { get; init; } = [];

    /// <summary>In the order of their names.</summary>
    public ImmutableArray<PlannedMap> Maps { get; init; } = [];

    /// <summary>Calls of helpers that the kernel gives to some hooks only: if it refuses a program for one, this is where in the script it stands.</summary>
    public ImmutableArray<RestrictedCall> Restricted { get; init; } = [];

    /// <summary>The call that a program was refused for; null if it was something else.</summary>
    public RestrictedCall? FindRestricted(VerificationException refusal)
    {
        if (refusal.Span is not { } place || !refusal.Log.Contains("not allowed in probe", StringComparison.Ordinal)) return null;
        foreach (RestrictedCall call in Restricted)
        {
            if (call.Span.Line == place.Line && call.Span.Column == place.Column) return call;
        }

        return null;
    }

    /// <summary>Formats of <c>strftime</c>, patterns of <c>cgroup_path</c>, and names of probes that values refer to by index.</summary>
    public ImmutableArray<string> Strings { get; init; } = [];
}

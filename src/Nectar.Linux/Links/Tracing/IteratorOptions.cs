// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Links.Tracing;

/// <summary>What an iterator walks over, where its kind leaves a choice.</summary>
public sealed record IteratorOptions
{
    /// <summary>The whole system.</summary>
    public static IteratorOptions None { get; } = new();

    /// <summary>The map whose elements are walked over (<c>bpf_map_elem</c>, <c>bpf_sk_storage_map</c>, <c>sockmap</c>).</summary>
    public KernelHandle? Map { get; init; }

    /// <summary>The folder of the cgroup to start from (<c>cgroup</c>; kernel 6.1); null for the root.</summary>
    public string? CgroupPath { get; init; }

    /// <summary>Which cgroups in which order.</summary>
    public CgroupOrder CgroupOrder { get; init; }

    /// <summary>Only this thread (<c>task</c>, <c>task_file</c>, <c>task_vma</c>; kernel 6.1); 0 for all.</summary>
    public int ThreadId { get; init; }

    /// <summary>Only the threads of this process; 0 for all.</summary>
    public int ProcessId { get; init; }
}

/// <summary>The order in which cgroups are walked over (<c>enum bpf_cgroup_iter_order</c>).</summary>
public enum CgroupOrder
{
    /// <summary>As <see cref="DescendantsFirstToLast"/>.</summary>
    Unspecified = 0,

    /// <summary>The cgroup alone.</summary>
    SelfOnly = 1,

    /// <summary>The cgroup, then its descendants.</summary>
    DescendantsFirstToLast = 2,

    /// <summary>Descendants before the cgroup itself.</summary>
    DescendantsLastToFirst = 3,

    /// <summary>The cgroup and its ancestors, up to the root.</summary>
    Ancestors = 4,
}

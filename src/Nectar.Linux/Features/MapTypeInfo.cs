// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Linux.Features;

/// <summary>What is known about a kind of map before any kernel is asked.</summary>
/// <param name="Type">The kind.</param>
/// <param name="Name">The kernel's name without prefix, as bpftool prints it: <c>lru_hash</c>.</param>
/// <param name="MinimumKernel">The first kernel that has it.</param>
/// <param name="ConfigOptions">Options that it is compiled with; all must be on.</param>
public sealed record MapTypeInfo(MapType Type, string Name, Version MinimumKernel, IReadOnlyList<string> ConfigOptions)
{
    private const uint Page = 4096;

    // Sources: include/linux/bpf_types.h (options), the tables of versions of docs.ebpf.io and bcc's docs/kernel-versions.md.
    private static readonly MapTypeInfo[] s_rows =
    [
        new(MapType.Hash, "hash", new(3, 19), []),
        new(MapType.Array, "array", new(3, 19), []),
        new(MapType.ProgArray, "prog_array", new(4, 2), []),
        new(MapType.PerfEventArray, "perf_event_array", new(4, 3), []),
        new(MapType.PerCpuHash, "percpu_hash", new(4, 6), []),
        new(MapType.PerCpuArray, "percpu_array", new(4, 6), []),
        new(MapType.StackTrace, "stack_trace", new(4, 6), ["CONFIG_PERF_EVENTS"]) { ProbeValue = 8 },
        new(MapType.CgroupArray, "cgroup_array", new(4, 8), ["CONFIG_CGROUPS"]),
        new(MapType.LruHash, "lru_hash", new(4, 10), []),
        new(MapType.LruPerCpuHash, "lru_percpu_hash", new(4, 10), []),
        new(MapType.LpmTrie, "lpm_trie", new(4, 11), []) { ProbeKey = 8, ProbeValue = 8, ProbeFlags = MapFlags.NoPrealloc },
        new(MapType.ArrayOfMaps, "array_of_maps", new(4, 12), []) { NeedsInner = true },
        new(MapType.HashOfMaps, "hash_of_maps", new(4, 12), []) { NeedsInner = true },
        new(MapType.DevMap, "devmap", new(4, 14), ["CONFIG_NET"]),
        new(MapType.SockMap, "sockmap", new(4, 14), ["CONFIG_INET", "CONFIG_BPF_SYSCALL"]),
        new(MapType.CpuMap, "cpumap", new(4, 15), ["CONFIG_NET"]),
        new(MapType.XskMap, "xskmap", new(4, 18), ["CONFIG_XDP_SOCKETS"]),
        new(MapType.SockHash, "sockhash", new(4, 18), ["CONFIG_INET"]),
        new(MapType.CgroupStorage, "cgroup_storage", new(4, 19), ["CONFIG_CGROUP_BPF"]) { ProbeKey = 16, ProbeValue = 8, ProbeEntries = 0 },
        new(MapType.ReuseportSockArray, "reuseport_sockarray", new(4, 19), ["CONFIG_INET"]),
        new(MapType.PerCpuCgroupStorage, "percpu_cgroup_storage", new(4, 20), ["CONFIG_CGROUP_BPF"]) { ProbeKey = 16, ProbeValue = 8, ProbeEntries = 0 },
        new(MapType.Queue, "queue", new(4, 20), []) { ProbeKey = 0 },
        new(MapType.Stack, "stack", new(4, 20), []) { ProbeKey = 0 },
        new(MapType.SkStorage, "sk_storage", new(5, 2), ["CONFIG_NET"]) { NeedsTypes = true },
        new(MapType.DevMapHash, "devmap_hash", new(5, 4), ["CONFIG_NET"]),
        new(MapType.StructOps, "struct_ops", new(5, 6), ["CONFIG_BPF_JIT", "CONFIG_DEBUG_INFO_BTF"]) { IsStructOps = true },
        new(MapType.RingBuf, "ringbuf", new(5, 8), []) { ProbeKey = 0, ProbeValue = 0, ProbeEntries = Page },
        new(MapType.InodeStorage, "inode_storage", new(5, 10), ["CONFIG_BPF_LSM"]) { NeedsTypes = true },
        new(MapType.TaskStorage, "task_storage", new(5, 11), []) { NeedsTypes = true },
        new(MapType.BloomFilter, "bloom_filter", new(5, 16), []) { ProbeKey = 0 },
        new(MapType.UserRingBuf, "user_ringbuf", new(6, 1), []) { ProbeKey = 0, ProbeValue = 0, ProbeEntries = Page },
        new(MapType.CgrpStorage, "cgrp_storage", new(6, 2), ["CONFIG_CGROUPS"]) { NeedsTypes = true },
        new(MapType.Arena, "arena", new(6, 9), ["CONFIG_BPF_JIT"]) { ProbeKey = 0, ProbeValue = 0, ProbeFlags = MapFlags.Mmapable },
        new(MapType.InsnArray, "insn_array", new(6, 19), []) { ProbeValue = 16 },
        new(MapType.Rhash, "rhash", new(7, 2), []) { ProbeFlags = MapFlags.NoPrealloc },
    ];

    /// <summary>Every kind, in the kernel's order.</summary>
    public static ReadOnlySpan<MapTypeInfo> All => s_rows;

    internal uint ProbeKey { get; init; } = 4;

    internal uint ProbeValue { get; init; } = 4;

    internal uint ProbeEntries { get; init; } = 1;

    internal MapFlags ProbeFlags { get; init; }

    /// <summary>It is made after a template map.</summary>
    internal bool NeedsInner { get; init; }

    /// <summary>Local storage: the kernel wants BTF for key and value.</summary>
    internal bool NeedsTypes { get; init; }

    /// <summary>It is made for a struct of the kernel; a wrong type id is refused in a known way.</summary>
    internal bool IsStructOps { get; init; }

    /// <summary>What is known about a kind; null for one that is not listed.</summary>
    public static MapTypeInfo? Find(MapType type) => Array.Find(s_rows, row => row.Type == type);
}

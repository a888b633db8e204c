// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Rules;

namespace Nectar.Linux.Features;

/// <summary>What is known about a kind of map before any kernel is asked.</summary>
/// <param name="Type">The kind.</param>
/// <param name="Name">The kernel's name without prefix, as bpftool prints it: <c>lru_hash</c>.</param>
/// <param name="ConfigOptions">Options that it is compiled with; all must be on.</param>
public sealed record MapTypeInfo(MapType Type, string Name, IReadOnlyList<string> ConfigOptions)
{
    private const uint Page = 4096;

    // Sources: include/linux/bpf_types.h (options), the tables of versions of docs.ebpf.io and bcc's docs/kernel-versions.md.
    private static readonly MapTypeInfo[] s_rows =
    [
        new(MapType.Hash, "hash", []),
        new(MapType.Array, "array", []),
        new(MapType.ProgArray, "prog_array", []),
        new(MapType.PerfEventArray, "perf_event_array", []),
        new(MapType.PerCpuHash, "percpu_hash", []),
        new(MapType.PerCpuArray, "percpu_array", []),
        new(MapType.StackTrace, "stack_trace", ["CONFIG_PERF_EVENTS"]) { ProbeValue = 8 },
        new(MapType.CgroupArray, "cgroup_array", ["CONFIG_CGROUPS"]),
        new(MapType.LruHash, "lru_hash", []),
        new(MapType.LruPerCpuHash, "lru_percpu_hash", []),
        new(MapType.LpmTrie, "lpm_trie", []) { ProbeKey = 8, ProbeValue = 8, ProbeFlags = MapFlags.NoPrealloc },
        new(MapType.ArrayOfMaps, "array_of_maps", []) { NeedsInner = true },
        new(MapType.HashOfMaps, "hash_of_maps", []) { NeedsInner = true },
        new(MapType.DevMap, "devmap", ["CONFIG_NET"]),
        new(MapType.SockMap, "sockmap", ["CONFIG_INET", "CONFIG_BPF_SYSCALL"]),
        new(MapType.CpuMap, "cpumap", ["CONFIG_NET"]),
        new(MapType.XskMap, "xskmap", ["CONFIG_XDP_SOCKETS"]),
        new(MapType.SockHash, "sockhash", ["CONFIG_INET"]),
        new(MapType.CgroupStorage, "cgroup_storage", ["CONFIG_CGROUP_BPF"]) { ProbeKey = 16, ProbeValue = 8, ProbeEntries = 0 },
        new(MapType.ReuseportSockArray, "reuseport_sockarray", ["CONFIG_INET"]),
        new(MapType.PerCpuCgroupStorage, "percpu_cgroup_storage", ["CONFIG_CGROUP_BPF"]) { ProbeKey = 16, ProbeValue = 8, ProbeEntries = 0 },
        new(MapType.Queue, "queue", []) { ProbeKey = 0 },
        new(MapType.Stack, "stack", []) { ProbeKey = 0 },
        new(MapType.SkStorage, "sk_storage", ["CONFIG_NET"]) { NeedsTypes = true },
        new(MapType.DevMapHash, "devmap_hash", ["CONFIG_NET"]),
        new(MapType.StructOps, "struct_ops", ["CONFIG_BPF_JIT", "CONFIG_DEBUG_INFO_BTF"]) { IsStructOps = true },
        new(MapType.RingBuf, "ringbuf", []) { ProbeKey = 0, ProbeValue = 0, ProbeEntries = Page },
        new(MapType.InodeStorage, "inode_storage", ["CONFIG_BPF_LSM"]) { NeedsTypes = true },
        new(MapType.TaskStorage, "task_storage", []) { NeedsTypes = true },
        new(MapType.BloomFilter, "bloom_filter", []) { ProbeKey = 0 },
        new(MapType.UserRingBuf, "user_ringbuf", []) { ProbeKey = 0, ProbeValue = 0, ProbeEntries = Page },
        new(MapType.CgrpStorage, "cgrp_storage", ["CONFIG_CGROUPS"]) { NeedsTypes = true },
        new(MapType.Arena, "arena", ["CONFIG_BPF_JIT"]) { ProbeKey = 0, ProbeValue = 0, ProbeFlags = MapFlags.Mmapable },
        new(MapType.InsnArray, "insn_array", []) { ProbeValue = 16 },
        new(MapType.Rhash, "rhash", []) { ProbeFlags = MapFlags.NoPrealloc },
    ];

    /// <summary>The first kernel that has it.</summary>
    public Version MinimumKernel => TypeSince.Find(Type).ToVersion();

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

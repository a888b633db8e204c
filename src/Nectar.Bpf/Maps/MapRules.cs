// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>
/// What <c>BPF_MAP_CREATE</c> demands of a definition, type by type (the kernel's <c>map_alloc_check</c> functions), with a
/// sentence for each rule. The kernel says only EINVAL.
/// </summary>
internal static class MapRules
{
    private const uint Kmalloc = 1u << 22; // KMALLOC_MAX_SIZE with 4 KiB pages
    private const uint PerCpuUnit = 32768; // PCPU_MIN_UNIT_SIZE
    private const uint HashElement = 48; // sizeof(struct htab_elem)
    private const uint PageSize = 4096;
    private const uint MaxStackDepth = 127; // kernel.perf_event_max_stack
    private const uint MaxStorageValue = 65392; // BPF_LOCAL_STORAGE_MAX_VALUE_SIZE: what fits a 16-bit size beside its head
    private const MapFlags Access = MapFlags.ReadOnly | MapFlags.WriteOnly | MapFlags.ReadOnlyProgram | MapFlags.WriteOnlyProgram;
    private const MapFlags UserAccess = MapFlags.ReadOnly | MapFlags.WriteOnly;

    /// <summary>Checks a definition.</summary>
    /// <exception cref="Diagnostics.LoadException">The kernel would refuse it.</exception>
    internal static void Check(MapDefinition map, int cpuCount)
    {
        Problem? problem = CheckCommon(map) ?? CheckType(map, cpuCount);
        if (problem is { } p) throw MapCodes.Refuse(p.Code, map, p.Errno, p.Reason);
    }

    /// <summary>The errno that creation gives; <see cref="Errno.None"/> if it succeeds.</summary>
    internal static Errno ErrnoOf(MapDefinition map, int cpuCount) => (CheckCommon(map) ?? CheckType(map, cpuCount))?.Errno ?? Errno.None;

    /// <summary>The rule, in words, that a definition breaks; null if none gives this errno.</summary>
    internal static string? Explain(MapDefinition map, int cpuCount, Errno errno) =>
        (CheckCommon(map) ?? CheckType(map, cpuCount)) is { } problem && problem.Errno == errno && problem.Code != MapCodes.Unsupported ? problem.Reason : null;

    private static Problem? CheckCommon(MapDefinition map)
    {
        if (map.MapExtra != 0 && map.Type is not (MapType.BloomFilter or MapType.Arena)) return Invalid($"map_extra is {map.MapExtra}, but only bloom filters and arenas have one");
        if ((map.Flags & UserAccess) == UserAccess) return Invalid("BPF_F_RDONLY and BPF_F_WRONLY exclude each other");
        if ((map.Flags & MapFlags.NumaNode) != 0 && map.NumaNode != 0) return Invalid($"NUMA node {map.NumaNode} does not exist: this process counts one node, 0");
        return null;
    }

    private static Problem? CheckType(MapDefinition map, int cpuCount) => map.Type switch
    {
        MapType.Array => Flags(map, MapFlags.NumaNode | MapFlags.Mmapable | MapFlags.InnerMap | Access) ?? CheckArray(map),
        MapType.PerCpuArray => Flags(map, Access) ?? CheckArray(map) ?? TooLarge(MapMemory.Round8(map.ValueSize) > PerCpuUnit, $"a per-CPU value has at most {PerCpuUnit} bytes"),
        MapType.ProgArray or MapType.CgroupArray => Value(map, 4) ?? Flags(map, MapFlags.NumaNode | UserAccess) ?? CheckArray(map),
        MapType.PerfEventArray => Value(map, 4) ?? Flags(map, MapFlags.NumaNode | UserAccess | MapFlags.PreserveElements) ?? CheckArray(map),
        MapType.ArrayOfMaps => Value(map, 4) ?? Flags(map, MapFlags.NumaNode | UserAccess) ?? CheckArray(map) ?? CheckInner(map, cpuCount),
        MapType.HashOfMaps => Value(map, 4) ?? CheckHash(map) ?? CheckInner(map, cpuCount),
        MapType.Hash or MapType.PerCpuHash or MapType.LruHash or MapType.LruPerCpuHash => CheckHash(map),
        MapType.ReuseportSockArray => Value(map, 4, 8) ?? Flags(map, MapFlags.NumaNode | Access) ?? CheckArray(map),
        MapType.StackTrace => CheckStackTrace(map),
        MapType.LpmTrie => CheckTrie(map),
        MapType.Queue or MapType.Stack => Flags(map, MapFlags.NumaNode | Access) ?? Key(map, 0) ?? Some(map) ?? SomeValue(map)
            ?? TooLarge(map.ValueSize > Kmalloc, $"a value has at most {Kmalloc} bytes"),
        MapType.BloomFilter => Flags(map, MapFlags.NumaNode | MapFlags.ZeroSeed | Access) ?? Key(map, 0) ?? Some(map) ?? SomeValue(map)
            ?? (map.MapExtra > 15 ? Invalid($"map_extra is the number of hash functions, 0 to 15, not {map.MapExtra}") : null),
        MapType.RingBuf or MapType.UserRingBuf => CheckRing(map),
        MapType.DevMap or MapType.DevMapHash => Flags(map, MapFlags.NumaNode | UserAccess) ?? Key(map, 4) ?? Value(map, 4, 8) ?? Some(map)
            ?? (map.Type == MapType.DevMapHash && map.MaxEntries > 1u << 31 ? Invalid("max_entries is above 2^31") : null),
        MapType.CpuMap => Flags(map, MapFlags.NumaNode) ?? Key(map, 4) ?? Value(map, 4, 8) ?? Some(map)
            ?? TooLarge(map.MaxEntries > 8192, "max_entries is more than the kernel has processors for (NR_CPUS, 8192)"),
        MapType.XskMap => Flags(map, MapFlags.NumaNode | UserAccess) ?? Key(map, 4) ?? Value(map, 4) ?? Some(map),
        MapType.SockMap => Flags(map, MapFlags.NumaNode | UserAccess) ?? Key(map, 4) ?? Value(map, 4, 8) ?? Some(map),
        MapType.SockHash => Flags(map, MapFlags.NumaNode | UserAccess) ?? SomeKey(map) ?? Value(map, 4, 8) ?? Some(map)
            ?? TooLarge(map.KeySize > 512, "a key has at most 512 bytes, the size of a program's stack"),
        MapType.CgroupStorage or MapType.PerCpuCgroupStorage => Key(map, 8, 16) ?? SomeValue(map)
            ?? TooLarge(map.ValueSize > (map.Type == MapType.CgroupStorage ? MaxStorageValue : PerCpuUnit), "the value is too large")
            ?? Flags(map, MapFlags.NumaNode | Access) ?? None(map),
        MapType.CgrpStorage or MapType.TaskStorage or MapType.SkStorage or MapType.InodeStorage => CheckStorage(map),
        MapType.Arena => CheckArena(map),
        MapType.StructOps => new Problem(MapCodes.Unsupported, Errno.EOPNOTSUPP, "struct_ops replaces functions of a kernel; this process has none: load the object into a kernel"),
        MapType.InsnArray or MapType.Rhash => new Problem(MapCodes.Unsupported, Errno.EINVAL, $"{map.Type} came with kernel 6.19; this machine follows 6.18"),
        _ => new Problem(MapCodes.Unsupported, Errno.EINVAL, $"there is no map type {(uint)map.Type}"),
    };

    private static Problem? CheckArray(MapDefinition map) => Key(map, 4) ?? SomeValue(map) ?? Some(map)
        ?? TooLarge(map.ValueSize > int.MaxValue, "a value is smaller than 2 GiB")
        ?? TooLarge(map.MaxEntries > 1u << 31, "max_entries rounded up to a power of two does not fit 32 bits");

    private static Problem? CheckHash(MapDefinition map)
    {
        bool lru = map.Type is MapType.LruHash or MapType.LruPerCpuHash;
        bool perCpu = map.Type is MapType.PerCpuHash or MapType.LruPerCpuHash;
        if (Flags(map, MapFlags.NoPrealloc | MapFlags.NoCommonLru | MapFlags.NumaNode | MapFlags.ZeroSeed | Access) is { } flags) return flags;
        if (!lru && (map.Flags & MapFlags.NoCommonLru) != 0) return Invalid("BPF_F_NO_COMMON_LRU is for LRU maps only");
        if (lru && (map.Flags & MapFlags.NoPrealloc) != 0) return new Problem(MapCodes.Definition, Errno.ENOTSUPP, "an LRU map is always preallocated: take BPF_F_NO_PREALLOC away");
        if (perCpu && (map.Flags & MapFlags.NumaNode) != 0) return Invalid("a per-CPU map has no NUMA node");
        return Some(map) ?? SomeKey(map) ?? SomeValue(map)
            ?? TooLarge((ulong)map.KeySize + map.ValueSize >= Kmalloc - HashElement, $"key and value together must be smaller than {Kmalloc - HashElement} bytes")
            ?? TooLarge(perCpu && MapMemory.Round8(map.ValueSize) > PerCpuUnit, $"a per-CPU value has at most {PerCpuUnit} bytes")
            ?? TooLarge(map.MaxEntries > 1u << 27, "max_entries is above 2^27, more buckets than the kernel makes");
    }

    private static Problem? CheckInner(MapDefinition map, int cpuCount)
    {
        if (map.Inner is not { } inner) return new Problem(MapCodes.Inner, Errno.EBADF, "a map of maps needs an inner map as template");
        if (inner.Inner is not null || inner.Type is MapType.ArrayOfMaps or MapType.HashOfMaps) return new Problem(MapCodes.Inner, Errno.EINVAL, "maps of maps have one level");
        if (inner.Type is MapType.ProgArray or MapType.CgroupStorage or MapType.PerCpuCgroupStorage or MapType.StructOps)
        {
            return new Problem(MapCodes.Inner, Errno.ENOTSUPP, $"{inner.Type} cannot be an inner map");
        }

        return (CheckCommon(inner) ?? CheckType(inner, cpuCount)) is { } problem ? problem with { Reason = $"inner map: {problem.Reason}" } : null;
    }

    private static Problem? CheckStackTrace(MapDefinition map)
    {
        if (Flags(map, MapFlags.NumaNode | UserAccess | MapFlags.StackBuildId) is { } flags) return flags;
        if ((Some(map) ?? Key(map, 4)) is { } problem) return problem;
        uint frame = (map.Flags & MapFlags.StackBuildId) != 0 ? 32u : 8u;
        if (map.ValueSize < 8 || map.ValueSize % frame != 0) return Invalid($"the value is a number of frames of {frame} bytes, not {map.ValueSize} bytes");
        if (map.ValueSize / frame > MaxStackDepth) return Invalid($"a stack has at most {MaxStackDepth} frames, not {map.ValueSize / frame}");
        return TooLarge(map.MaxEntries > 1u << 31, "max_entries is above 2^31");
    }

    private static Problem? CheckTrie(MapDefinition map)
    {
        if (Flags(map, MapFlags.NoPrealloc | MapFlags.NumaNode | Access) is { } flags) return flags;
        if ((map.Flags & MapFlags.NoPrealloc) == 0) return Invalid("an LPM trie needs BPF_F_NO_PREALLOC");
        if (map.KeySize is < 5 or > 260) return Invalid($"a key is a 4-byte prefix length and 1 to 256 bytes of data, not {map.KeySize} bytes");
        return Some(map) ?? SomeValue(map) ?? (map.ValueSize > Kmalloc - 256 - 40 ? Invalid("the value is too large") : null);
    }

    private static Problem? CheckRing(MapDefinition map)
    {
        if (Flags(map, MapFlags.NumaNode) is { } flags) return flags;
        if (map.KeySize != 0 || map.ValueSize != 0) return Invalid("a ring buffer has no keys and values: their sizes must be 0");
        return BitOperations.IsPow2(map.MaxEntries) && map.MaxEntries >= PageSize
            ? null
            : Invalid($"max_entries is the size in bytes: a power of two and a multiple of the page size (4096), not {map.MaxEntries}");
    }

    private static Problem? CheckStorage(MapDefinition map)
    {
        if (Flags(map, MapFlags.NoPrealloc | MapFlags.Clone) is { } flags) return flags;
        if ((map.Flags & MapFlags.NoPrealloc) == 0) return Invalid("local storage needs BPF_F_NO_PREALLOC");
        return None(map) ?? Key(map, 4) ?? SomeValue(map) ?? TooLarge(map.ValueSize > MaxStorageValue, $"a value has at most {MaxStorageValue} bytes");
    }

    private static Problem? CheckArena(MapDefinition map)
    {
        if (Flags(map, MapFlags.SegvOnFault | MapFlags.Mmapable | MapFlags.NoUserConv) is { } flags) return flags;
        if ((map.Flags & MapFlags.Mmapable) == 0) return Invalid("an arena needs BPF_F_MMAPABLE");
        if ((Key(map, 0) ?? Value(map, 0) ?? Some(map)) is { } problem) return problem;
        if (map.MapExtra % PageSize != 0) return Invalid($"map_extra is the user address, a multiple of the page size, not 0x{map.MapExtra:x}");
        ulong range = (ulong)map.MaxEntries * PageSize;
        if (range > 1ul << 32) return TooLarge(true, "an arena has at most 4 GiB: 1048576 pages");
        return map.MapExtra >> 32 == (map.MapExtra + range - 1) >> 32 ? null : new Problem(MapCodes.Definition, Errno.ERANGE, "the user addresses cross a multiple of 4 GiB");
    }

    private static Problem? Flags(MapDefinition map, MapFlags allowed)
    {
        MapFlags wrong = map.Flags & ~allowed;
        if (wrong != 0) return Invalid($"flags {wrong} are not for this type of map ({map.Type})");
        const MapFlags both = MapFlags.ReadOnlyProgram | MapFlags.WriteOnlyProgram;
        return (map.Flags & both) == both ? Invalid("BPF_F_RDONLY_PROG and BPF_F_WRONLY_PROG exclude each other") : null;
    }

    private static Problem? Key(MapDefinition map, uint size, uint orSize = uint.MaxValue) => map.KeySize == size || map.KeySize == orSize
        ? null
        : Invalid(size == 0 ? $"this type of map has no keys: the key size must be 0, not {map.KeySize}" : $"the key size must be {size}, not {map.KeySize}");

    private static Problem? Value(MapDefinition map, uint size, uint orSize = uint.MaxValue) => map.ValueSize == size || map.ValueSize == orSize
        ? null
        : Invalid($"the value size must be {size}{(orSize == uint.MaxValue ? "" : $" or {orSize}")}, not {map.ValueSize}");

    private static Problem? SomeKey(MapDefinition map) => map.KeySize == 0 ? Invalid("the key size is 0") : null;

    private static Problem? SomeValue(MapDefinition map) => map.ValueSize == 0 ? Invalid("the value size is 0") : null;

    private static Problem? Some(MapDefinition map) => map.MaxEntries == 0 ? Invalid("max_entries is 0") : null;

    private static Problem? None(MapDefinition map) => map.MaxEntries != 0 ? Invalid($"max_entries must be 0 for this type of map, not {map.MaxEntries}") : null;

    private static Problem Invalid(string reason) => new(MapCodes.Definition, Errno.EINVAL, reason);

    private static Problem? TooLarge(bool isSo, string reason) => isSo ? new Problem(MapCodes.Definition, Errno.E2BIG, reason) : null;

    private readonly record struct Problem(Diagnostics.DiagnosticCode Code, Errno Errno, string Reason);
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>Makes maps of this process from definitions.</summary>
internal static class VmMapFactory
{
    /// <summary>Makes a map.</summary>
    /// <param name="definition">Checked with the kernel's rules; not changed.</param>
    /// <param name="cpuCount">Processors that per-CPU maps have values for, at least 1.</param>
    /// <param name="options">Special fields of values, and a fixed hash seed for tests.</param>
    /// <exception cref="Diagnostics.LoadException">The kernel would refuse the definition, or there is not enough memory.</exception>
    internal static VmMap Create(MapDefinition definition, int cpuCount, VmMapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(cpuCount);
        if (definition is { Type: MapType.PerfEventArray, MaxEntries: 0 }) definition = ForEachCpu(definition, cpuCount);
        MapRules.Check(definition, cpuCount);
        VmMapOptions o = options ?? VmMapOptions.Default;
        VmMap map = definition.Type switch
        {
            MapType.Array or MapType.PerCpuArray => new VmArrayMap(definition, cpuCount, o),
            MapType.Hash or MapType.PerCpuHash or MapType.LruHash or MapType.LruPerCpuHash => new VmHashMap(definition, cpuCount, o),
            MapType.ProgArray => new VmProgArray(definition, cpuCount, o),
            MapType.ArrayOfMaps => new VmArrayOfMaps(definition, cpuCount, o),
            MapType.HashOfMaps => new VmHashOfMaps(definition, cpuCount, o),
            MapType.RingBuf => new VmRingBuffer(definition, cpuCount, o),
            MapType.UserRingBuf => new VmUserRingBuffer(definition, cpuCount, o),
            MapType.PerfEventArray => new VmPerfEventArray(definition, cpuCount, o),
            MapType.Queue or MapType.Stack => new VmQueueMap(definition, cpuCount, o),
            MapType.BloomFilter => new VmBloomFilter(definition, cpuCount, o),
            MapType.LpmTrie => new VmLpmTrie(definition, cpuCount, o),
            MapType.StackTrace => new VmStackTraceMap(definition, cpuCount, o),
            MapType.CgroupArray => new VmCgroupArray(definition, cpuCount, o),
            MapType.TaskStorage or MapType.SkStorage or MapType.InodeStorage or MapType.CgrpStorage
                or MapType.CgroupStorage or MapType.PerCpuCgroupStorage => new VmStorageMap(definition, cpuCount, o),
            MapType.DevMap or MapType.CpuMap or MapType.XskMap or MapType.SockMap or MapType.ReuseportSockArray => new VmRedirectMap(definition, cpuCount, o),
            MapType.DevMapHash or MapType.SockHash => new VmHashTargets(definition, cpuCount, o),
            MapType.Arena => new VmArena(definition, cpuCount, o),
            _ => throw MapCodes.Refuse(MapCodes.Unsupported, definition, Errno.EOPNOTSUPP, $"{definition.Type} is not available in this process"),
        };
        if (definition.InitialValue is { } initial && map is VmArrayMap array) initial.AsSpan(0, Math.Min(initial.Length, (int)definition.ValueSize)).CopyTo(array.Memory);
        return map;
    }

    /// <summary>Loaders take no entries of a perf event array for one a processor.</summary>
    private static MapDefinition ForEachCpu(MapDefinition definition, int cpuCount) => new()
    {
        Name = definition.Name,
        Type = definition.Type,
        KeySize = definition.KeySize,
        ValueSize = definition.ValueSize,
        MaxEntries = (uint)cpuCount,
        Flags = definition.Flags,
        NumaNode = definition.NumaNode,
        KeyTypeId = definition.KeyTypeId,
        ValueTypeId = definition.ValueTypeId,
        DefinitionTypeId = definition.DefinitionTypeId,
    };
}

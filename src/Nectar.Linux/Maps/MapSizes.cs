// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Objects;

namespace Nectar.Linux.Maps;

/// <summary>Sizes that depend on the machine.</summary>
internal static class MapSizes
{
    private static readonly Lazy<int> s_possibleCpus = new(ReadPossibleCpus);

    /// <summary>Processors that this machine may ever have: per-CPU maps hold a value for each.</summary>
    internal static int PossibleCpus => s_possibleCpus.Value;

    /// <summary>True for maps with a value for each processor.</summary>
    internal static bool IsPerCpu(MapType type) => type is MapType.PerCpuArray or MapType.PerCpuHash or MapType.LruPerCpuHash or MapType.PerCpuCgroupStorage;

    /// <summary>Bytes of a value as user space sees it.</summary>
    internal static int UserValueSize(MapType type, uint valueSize) => IsPerCpu(type)
        ? (int)((valueSize + 7) / 8 * 8) * PossibleCpus
        : (int)valueSize;

    /// <summary>Elements to ask the kernel for: a perf event array without a size gets one a CPU; a ring is a power of two of pages.</summary>
    internal static uint MaxEntries(MapDefinition definition)
    {
        if (definition.Type == MapType.PerfEventArray && definition.MaxEntries == 0) return (uint)PossibleCpus;
        if (definition.Type is not (MapType.RingBuf or MapType.UserRingBuf)) return definition.MaxEntries;
        uint page = (uint)Environment.SystemPageSize;
        uint size = Math.Max(definition.MaxEntries, page);
        return size > 1u << 31 ? size : System.Numerics.BitOperations.RoundUpToPowerOf2(size);
    }

    /// <summary>The definition in a note.</summary>
    internal static string Describe(MapDefinition definition) =>
        string.Create(CultureInfo.InvariantCulture, $"note: {definition.Type}, key {definition.KeySize} bytes, value {definition.ValueSize} bytes, {definition.MaxEntries} entries, flags {definition.Flags}");

    private static int ReadPossibleCpus()
    {
        try
        {
            string text = File.ReadAllText("/sys/devices/system/cpu/possible").Trim();
            int last = 0;
            foreach (string part in text.Split(',')) last = Math.Max(last, int.Parse(part.Split('-')[^1], CultureInfo.InvariantCulture));
            return last + 1;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or FormatException)
        {
            return Environment.ProcessorCount;
        }
    }
}

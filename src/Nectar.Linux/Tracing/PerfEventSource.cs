// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Concurrent;
using System.Globalization;
using Nectar.Linux.Features;

namespace Nectar.Linux.Tracing;

/// <summary>
/// A source of perf events that the kernel numbers when it boots (a dynamic PMU), such as <c>kprobe</c> and <c>uprobe</c>
/// (kernel 4.17): its number and where its options lie in <c>config</c>.
/// </summary>
internal sealed class PerfEventSource
{
    private const string Root = "/sys/bus/event_source/devices/";
    private static readonly ConcurrentDictionary<string, PerfEventSource?> s_known = new(StringComparer.Ordinal);

    private readonly string _name;

    private PerfEventSource(string name, uint type)
    {
        _name = name;
        Type = type;
        ReturnBit = Shift("retprobe");
        ReferenceCounterShift = Shift("ref_ctr_offset");
    }

    /// <summary>The number for <c>perf_event_attr.type</c>.</summary>
    internal uint Type { get; }

    /// <summary>The bit of <c>config</c> that asks for the function's return; null if the source has none.</summary>
    internal int? ReturnBit { get; }

    /// <summary>Where <c>config</c> takes the offset of a semaphore (kernel 4.20); null if the source does not know semaphores.</summary>
    internal int? ReferenceCounterShift { get; }

    /// <summary>Finds a source; null if this kernel has none of that name.</summary>
    internal static PerfEventSource? Find(string name) => s_known.GetOrAdd(name, static key =>
        HostFile.ReadNumber($"{Root}{key}/type") is { } type and >= 0 and <= uint.MaxValue ? new PerfEventSource(key, (uint)type) : null);

    /// <summary>Reads where an option begins: <c>config:32-63</c> is 32.</summary>
    internal static int? ParseShift(string? format)
    {
        if (format is null || !format.StartsWith("config:", StringComparison.Ordinal)) return null;
        ReadOnlySpan<char> bits = format.AsSpan(7);
        int dash = bits.IndexOf('-');
        return int.TryParse(dash < 0 ? bits : bits[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out int shift) && shift < 64 ? shift : null;
    }

    private int? Shift(string option) => ParseShift(HostFile.ReadLine($"{Root}{_name}/format/{option}"));
}

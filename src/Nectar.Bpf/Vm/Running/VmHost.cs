// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;

namespace Nectar.Bpf.Vm;

/// <summary>What all sessions of one loaded object share: maps, memory, options.</summary>
internal sealed unsafe class VmHost
{
    private volatile MemoryMap _memory = MemoryMap.Empty;
    private volatile HashSet<ulong> _handles = [];
    private ulong _seeds;

    internal VmHost(VmOptions options)
    {
        Options = options;
        _seeds = options.RandomSeed ?? (ulong)Random.Shared.NextInt64();
    }

    internal VmOptions Options { get; }

    /// <summary>Set when the host goes away: running programs end at their next slice.</summary>
    internal bool IsStopping { get; set; }

    internal MemoryMap Memory => _memory;

    /// <summary>Nanoseconds of the clock that programs see.</summary>
    internal ulong Now() => Options.Clock();

    /// <summary>True if a register value is the handle of a map of this host.</summary>
    internal bool IsMap(ulong value) => _handles.Contains(value);

    /// <summary>A start for a session's random numbers, never 0.</summary>
    internal ulong NextRandomSeed()
    {
        // splitmix64
        ulong z = Interlocked.Add(ref _seeds, 0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return (z ^ (z >> 31)) | 1;
    }

    /// <summary>Publishes the maps and memory that programs may use; running programs see it at their next look-up.</summary>
    internal void Publish(IEnumerable<VmMap> maps, IEnumerable<MemoryRange> granted)
    {
        VmMap[] list = [.. maps];
        _handles = [.. list.Select(m => (ulong)m.Header)];
        _memory = new MemoryMap(list.SelectMany(MemoryMap.RangesOf).Concat(granted));
    }
}

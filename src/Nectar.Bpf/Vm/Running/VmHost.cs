// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Concurrent;
using Nectar.Bpf.Maps;

namespace Nectar.Bpf.Vm;

/// <summary>
/// What all sessions of one loaded object share: maps, memory, options, timers, and the pool of sessions. Counts its users: native memory
/// goes when the object is disposed and the last run has ended.
/// </summary>
internal sealed unsafe class VmHost
{
    private readonly ConcurrentBag<RunSession> _pool = [];
    private readonly Lock _publishing = new();
    private readonly List<VmMap> _maps = [];
    private readonly List<MemoryRange> _granted = [];
    private volatile MemoryMap _memory = MemoryMap.Empty;
    private volatile HashSet<ulong> _handles = [];
    private int _publishedRegions;
    private ulong _seeds;
    private int _users = 1;
    private volatile bool _stopping;

    internal VmHost(VmOptions options)
    {
        Options = options;
        Identity = options.Identity;
        Clock = options.Clock;
        _seeds = options.RandomSeed ?? (ulong)Random.Shared.NextInt64();
        foreach (GrantedMemory memory in options.GrantedMemory)
        {
            MapRegion region = new(memory.Start, memory.Length, 0, 0, 0, memory.IsReadOnly);
            _granted.Add(new MemoryRange(memory.Start, memory.Start + memory.Length, region, null, memory.Name));
        }

        Publish();
    }

    internal VmOptions Options { get; }

    /// <summary>Who the process is that programs ask about.</summary>
    internal VmIdentity Identity { get; set; }

    /// <summary>Handles of maps come from typed code of this process, which cannot make them up: none has to be announced.</summary>
    internal bool TakesAnyMap { get; init; }

    /// <summary>The clock that programs see, in nanoseconds.</summary>
    internal Func<ulong> Clock { get; }

    /// <summary>Set when the host goes away: running programs end at their next slice.</summary>
    internal bool IsStopping => _stopping;

    internal MemoryMap Memory => _memory;

    internal VmTimers Timers { get; } = new();

    /// <summary>Releases everything once the last user has gone.</summary>
    internal Action? OnLastRelease { get; set; }

    /// <summary>Nanoseconds of the clock that programs see.</summary>
    internal ulong Now() => Clock();

    /// <summary>True if a register value is the handle of a map of this host.</summary>
    internal bool IsMap(ulong value) => TakesAnyMap || _handles.Contains(value);

    /// <summary>A start for a session's random numbers, never 0.</summary>
    internal ulong NextRandomSeed()
    {
        // splitmix64
        ulong z = Interlocked.Add(ref _seeds, 0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return (z ^ (z >> 31)) | 1;
    }

    /// <summary>Lets programs use a map; running programs see its memory at their next look-up.</summary>
    internal void Adopt(VmMap map)
    {
        lock (_publishing)
        {
            if (_maps.Contains(map)) return;
            map.Retain();
            _maps.Add(map);
            Publish();
        }
    }

    /// <summary>Lets programs use maps and memory of the caller.</summary>
    internal void Publish(IEnumerable<VmMap> maps, IEnumerable<MemoryRange> granted)
    {
        lock (_publishing) _granted.AddRange(granted);
        foreach (VmMap map in maps) Adopt(map);
        lock (_publishing) Publish();
    }

    /// <summary>Publishes memory that maps have taken since; true if there was any.</summary>
    internal bool Refresh()
    {
        lock (_publishing)
        {
            int regions = 0;
            foreach (VmMap map in _maps) regions += map.Regions.Length;
            if (regions == _publishedRegions) return false;
            Publish();
            return true;
        }
    }

    /// <summary>Takes a session from the pool.</summary>
    /// <exception cref="ObjectDisposedException">The object has been disposed.</exception>
    internal RunSession Rent()
    {
        int users = Volatile.Read(ref _users);
        while (true)
        {
            ObjectDisposedException.ThrowIf(users == 0 || _stopping, typeof(VmObject));
            int seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users) break;
            users = seen;
        }

        return _pool.TryTake(out RunSession? session) ? session : new RunSession(this);
    }

    /// <summary>Gives a session back.</summary>
    internal void Return(RunSession session)
    {
        _pool.Add(session);
        Release();
    }

    /// <summary>The object itself goes: no new runs, running ones end at their next slice.</summary>
    internal void Stop()
    {
        _stopping = true;
        Release();
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _users) != 0) return;
        while (_pool.TryTake(out RunSession? session)) session.Dispose();
        OnLastRelease?.Invoke();
        foreach (VmMap map in _maps) map.Release();
        _maps.Clear();
    }

    private void Publish()
    {
        int regions = 0;
        foreach (VmMap map in _maps) regions += map.Regions.Length;
        _publishedRegions = regions;
        _memory = new MemoryMap(_maps.SelectMany(MemoryMap.RangesOf).Concat(_granted));
        _handles = [.. _maps.Select(m => (ulong)m.Header)];
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>Timers of programs on the CLR: they run when <see cref="ManagedContext.RunTimers"/> says that time has passed.</summary>
internal sealed unsafe class ManagedTimers
{
    private readonly Dictionary<nint, Entry> _timers = [];

    private delegate void Callback(nint key, nint value);

    private static ManagedTimers Current => ManagedContext.Current.Timers;

    internal static long Init(ref bpf_timer timer, Map map, ulong clock)
    {
        if (clock is not (0 or 1 or 7)) return (long)Errno.Inval;
        fixed (bpf_timer* at = &timer) return Current._timers.TryAdd((nint)at, new Entry(map)) ? 0 : (long)Errno.Busy;
    }

    internal static long SetCallback<TKey, TValue>(ref bpf_timer timer, TimerCallback<TKey, TValue> callback)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        if (Find(ref timer) is not { } entry) return (long)Errno.Inval;
        entry.Callback = (key, value) => callback((void*)entry.Map.Handle, in *(TKey*)key, ref *(TValue*)value);
        return 0;
    }

    internal static long Start(ref bpf_timer timer, ulong nanoseconds, ulong flags)
    {
        if ((flags & ~3ul) != 0 || Find(ref timer) is not { Callback: not null } entry) return (long)Errno.Inval;
        entry.Due = (flags & 1) != 0 ? nanoseconds : Bpf.KtimeGetNs() + nanoseconds;
        return 0;
    }

    internal static long Cancel(ref bpf_timer timer)
    {
        if (Find(ref timer) is not { } entry) return (long)Errno.Inval;
        bool ran = entry.Due is not null;
        entry.Due = null;
        return ran ? 1 : 0;
    }

    /// <summary>Runs what is due, in the order of times; timers that callbacks start run too if they are due.</summary>
    internal int Run(ulong now)
    {
        int count = 0;
        while (_timers.Where(t => t.Value.Due <= now).OrderBy(t => t.Value.Due).Select(t => ((nint, Entry)?)(t.Key, t.Value)).FirstOrDefault() is var (address, entry))
        {
            entry.Due = null;
            Execute(address, entry);
            count++;
        }

        return count;
    }

    private static Entry? Find(ref bpf_timer timer)
    {
        fixed (bpf_timer* at = &timer) return Current._timers.GetValueOrDefault((nint)at);
    }

    private static void Execute(nint address, Entry entry)
    {
        VmMap map = entry.Map.Memory;
        foreach (MapRegion region in map.Regions)
        {
            ulong offset = (ulong)address - region.Start;
            if (offset >= region.Length || region.Stride == 0) continue;
            ulong value = region.Start + (offset / region.Stride * region.Stride) + region.Offset;

            // The key lies in front of the value in hashes and is the index in arrays.
            uint index = (uint)((value - (ulong)map.Header->Values) / Math.Max(1, map.Header->ElementStride));
            nint key = map.Definition.Type is MapType.Array or MapType.PerCpuArray ? (nint)(&index) : (nint)(value - map.Header->ValueOffset + 8);
            entry.Callback!(key, (nint)value);
            return;
        }
    }

    private sealed class Entry(Map map)
    {
        internal Map Map { get; } = map;

        internal Callback? Callback { get; set; }

        internal ulong? Due { get; set; }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Features;
using Nectar.Linux.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Events;

/// <summary>
/// The perf events behind an array of the kernel, one for each processor that is online. They are in the array through this object's
/// descriptor of the map: closing it, or the death of the process, takes them out.
/// </summary>
internal sealed class KernelPerfMemory : PerfMemory
{
    private readonly KernelMap _map;
    private readonly PerfBufferOptions _options;
    private readonly RingClaim _claim;
    private readonly WaitSet _waits = new();
    private readonly AsyncWait _async;
    private readonly List<BpfOutputEvent> _events = [];
    private PerfRing[] _rings = [];
    private readonly HashSet<int> _listening = [];

    /// <exception cref="KernelException">The kernel refuses (NEC4302).</exception>
    internal KernelPerfMemory(KernelMap map, PerfBufferOptions options)
    {
        _options = options;
        _async = new AsyncWait(_waits);
        try
        {
            _claim = RingClaim.Take(map);
        }
        catch
        {
            _waits.Dispose();
            throw;
        }

        _map = KernelMap.FromHandle(map.Handle.Duplicate()); // the reader may outlive the map's object
        try
        {
            Open(WantedCpus());
            if (_events.Count == 0) throw Refusal.Make(EventCodes.Perf, $"map '{map.Name}'", "open its buffers", "perf_event_open", Errno.ENODEV, $"note: none of the processors asked for is online and below the array's {map.Definition.MaxEntries} entries");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal override int Descriptor => _waits.Fd;

    internal override ReadOnlySpan<PerfRing> Rings => _rings;

    internal override long CountLost(PerfRing ring)
    {
        foreach (BpfOutputEvent one in CollectionsMarshal.AsSpan(_events))
        {
            if (one.Ring == ring) return one.CountLost();
        }

        return -1;
    }

    internal override void Pause(bool isPaused)
    {
        foreach (BpfOutputEvent one in _events)
        {
            if (one.Pause(isPaused) is var errno && errno != Errno.None)
            {
                throw Refusal.Make(EventCodes.Perf, $"map '{_map.Name}'", $"{(isPaused ? "pause" : "resume")} the buffer of processor {one.Ring.Cpu}", "ioctl(PERF_EVENT_IOC_PAUSE_OUTPUT)", errno);
            }
        }
    }

    internal override int Refresh()
    {
        int before = _events.Count;
        List<int> cpus = WantedCpus();
        _listening.IntersectWith(cpus); // the event of a processor that went offline is dead also when the processor comes back
        Open(cpus);
        return _events.Count - before;
    }

    internal override bool Wait(long timeoutNs, CancellationToken cancellation)
    {
        if (!cancellation.CanBeCanceled) return _waits.Wait(timeoutNs, default, out _);
        using CancellationTokenRegistration registration = cancellation.UnsafeRegister(static waits => ((WaitSet)waits!).Interrupt(), _waits);
        bool woken = _waits.Wait(timeoutNs, default, out _);
        cancellation.ThrowIfCancellationRequested();
        return woken;
    }

    internal override ValueTask<bool> WaitAsync(long timeoutNs, CancellationToken cancellation) => _async.WaitAsync(timeoutNs, cancellation);

    internal override void Interrupt() => _waits.Interrupt();

    public override void Dispose()
    {
        _async.Dispose();
        _waits.Dispose();
        foreach (BpfOutputEvent one in _events)
        {
            _map.Delete(MemoryMarshal.AsBytes([one.Ring.Cpu])); // from now on programs get ENOENT instead of writing for nobody
            one.Dispose();
        }

        _map.Dispose();
        _claim.Dispose();
    }

    private void Open(List<int> cpus)
    {
        foreach (int cpu in cpus)
        {
            if ((uint)cpu >= _map.Definition.MaxEntries || _listening.Contains(cpu)) continue;
            BpfOutputEvent? one = BpfOutputEvent.Open(_map.Name, cpu, _options);
            if (one is null) continue; // it went offline meanwhile
            _events.Add(one);
            Errno errno = _map.Update(MemoryMarshal.AsBytes([cpu]), MemoryMarshal.AsBytes([one.Fd]));
            if (errno != Errno.None) throw Refusal.Make(EventCodes.Perf, $"map '{_map.Name}'", $"put the event of processor {cpu} into it", "bpf(BPF_MAP_UPDATE_ELEM)", errno);
            _waits.Add(one.Fd, (ulong)cpu, WaitSet.In | WaitSet.EdgeTriggered);
            _listening.Add(cpu);
        }

        _rings = [.. _events.Select(e => e.Ring)];
    }

    private List<int> WantedCpus()
    {
        List<int> online = ParseCpus(HostFile.ReadLine("/sys/devices/system/cpu/online") ?? string.Create(CultureInfo.InvariantCulture, $"0-{Environment.ProcessorCount - 1}"));
        return _options.Cpus is null ? online : [.. online.Where(_options.Cpus.Contains)];
    }

    /// <summary>Reads a list such as <c>0-3,8</c>; what is no number is left out.</summary>
    internal static List<int> ParseCpus(string list)
    {
        List<int> cpus = [];
        foreach (string part in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] ends = part.Split('-');
            if (!int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first) || !int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int last)) continue;
            for (int cpu = first; cpu <= Math.Min(last, 65535); cpu++) cpus.Add(cpu);
        }

        return cpus;
    }
}

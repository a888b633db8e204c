// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Vm;

/// <summary>The timers of one object. They run when the host says that time has passed, on the thread that says so.</summary>
internal sealed unsafe class VmTimers
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, Timer> _timers = [];
    private ulong _running;

    internal ulong Init(ulong address, VmMap map)
    {
        lock (_lock) return _timers.TryAdd(address, new Timer(map)) ? 0 : Arguments.Error(Errno.EBUSY);
    }

    internal ulong SetCallback(ulong address, ulong callback, ProgramHeader* program)
    {
        lock (_lock)
        {
            if (!_timers.TryGetValue(address, out Timer? timer)) return Arguments.Error(Errno.EINVAL);
            timer.Callback = callback;
            timer.Program = program;
            return 0;
        }
    }

    internal ulong Start(ulong address, ulong due)
    {
        lock (_lock)
        {
            if (!_timers.TryGetValue(address, out Timer? timer) || timer.Program == null) return Arguments.Error(Errno.EINVAL);
            timer.Due = due;
            timer.IsActive = true;
            return 0;
        }
    }

    internal ulong Cancel(ulong address)
    {
        lock (_lock)
        {
            if (!_timers.TryGetValue(address, out Timer? timer)) return Arguments.Error(Errno.EINVAL);
            if (_running == address) return Arguments.Error(Errno.EDEADLK);
            bool active = timer.IsActive;
            timer.IsActive = false;
            return active ? 1u : 0;
        }
    }

    /// <summary>Runs what is due, in the order of times; timers that callbacks start run too if they are due.</summary>
    internal int Run(RunSession session, ulong now)
    {
        int count = 0;
        while (TakeDue(now) is { } due)
        {
            Execute(session, due.Address, due.Timer);
            lock (_lock) _running = 0;
            count++;
        }

        return count;
    }

    private (ulong Address, Timer Timer)? TakeDue(ulong now)
    {
        lock (_lock)
        {
            (ulong Address, Timer Timer)? first = null;
            foreach ((ulong address, Timer timer) in _timers)
            {
                if (timer.IsActive && timer.Due <= now && (first is null || timer.Due < first.Value.Timer.Due)) first = (address, timer);
            }

            if (first is not { } found) return null;
            found.Timer.IsActive = false;
            _running = found.Address;
            return found;
        }
    }

    private static void Execute(RunSession session, ulong address, Timer timer)
    {
        // The value is the element around the timer; the key lies in front of it in hashes and is the index in arrays.
        if (!session.Host.Memory.TryFind(address, false, out ulong value, out _)) return;
        VmMap map = timer.Map;
        MapHeader* header = map.Header;
        ulong key;
        if (map.Definition.Type is MapType.Array or MapType.PerCpuArray)
        {
            uint index = (uint)((value - (ulong)header->Values) / header->ElementStride);
            key = session.CopyKey((byte*)&index, 4);
        }
        else
        {
            key = session.CopyKey((byte*)(value - header->ValueOffset + 8), map.Definition.KeySize);
        }

        session.Select(ContextTable.Memory);
        session.Configure(session.Host.Options, null);
        session.UseCopy([]);
        session.Begin(true);
        session.State->Program = (nint)timer.Program;
        session.State->FaultInstruction = -1;
        VmSupport.InvokeCallback(session.State, timer.Callback, (ulong)header, key, value, 0, 0);
        session.EndRun();
    }

    private sealed class Timer(VmMap map)
    {
        internal VmMap Map { get; } = map;

        internal ulong Callback { get; set; }

        internal ProgramHeader* Program { get; set; }

        internal ulong Due { get; set; }

        internal bool IsActive { get; set; }
    }
}

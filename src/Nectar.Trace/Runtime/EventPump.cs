// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Events;

namespace Nectar.Trace.Runtime;

/// <summary>
/// The loop over the ring buffer. While records flow it reads every half millisecond and holds wake-ups off, so that neither the programs
/// nor this process pay for them record by record; when none have come for a while it sleeps until one does.
/// </summary>
internal sealed class EventPump : IDisposable
{
    private const int RecordsInTurn = 4096;
    private const ulong RingKey = 0, ProcessKey = 1;
    private const long TickMs = 100;

    private readonly RingBufferReader? _ring;
    private readonly WaitSet _waits = new();
    private readonly ActionRunner _runner;
    private RingPacer _pacer = new(RingWakeup.Every(TimeSpan.FromMicroseconds(500)));

    public EventPump(BpfMap? ring, ActionRunner runner)
    {
        _runner = runner;
        if (ring is null) return;
        _ring = new RingBufferReader(ring);
        _waits.Add(_ring.Memory.Descriptor, RingKey, WaitSet.In | WaitSet.EdgeTriggered);
        _ring.BeginUse();
    }

    /// <summary>A watched process has ended.</summary>
    public bool HasProcessEnded { get; private set; }

    /// <summary>Called ten times a second while the loop runs.</summary>
    public Action? OnTick { get; init; }

    /// <summary>Ends the loop when the process does.</summary>
    /// <param name="descriptor">Of the process (pidfd).</param>
    public void WatchProcess(int descriptor) => _waits.Add(descriptor, ProcessKey, WaitSet.In);

    /// <summary>Makes the loop look at what changed; from any thread.</summary>
    public void Interrupt() => _waits.Interrupt();

    /// <summary>Hands all records out that are ready.</summary>
    public long Drain()
    {
        if (_ring is null) return 0;
        Handler handler = new(_runner);
        long total = 0;
        while (_ring.Drain(ref handler, RecordsInTurn, out _) is > 0 and int count) total += count;
        ((IPaced)_ring).GiveBack();
        return total;
    }

    /// <summary>Reads until told to stop, until the script calls <c>exit</c>, or until a watched process has ended.</summary>
    /// <param name="shouldStop">Asked after each round.</param>
    public void Run(Func<bool> shouldStop)
    {
        Handler handler = new(_runner);
        long nextTick = Environment.TickCount64 + TickMs;
        Span<ulong> keys = stackalloc ulong[2];
        bool wasIdle = false, woken = false;
        while (!shouldStop() && _runner.ExitCode is null && !HasProcessEnded)
        {
            int count = _ring is null || !_pacer.MayRead(_ring, woken) ? 0 : _ring.Drain(ref handler, RecordsInTurn, out _);
            if (count == 0 && !wasIdle) _runner.Output.Idle();
            wasIdle = count == 0;
            if (count == RecordsInTurn && Environment.TickCount64 < nextTick) continue; // there is more

            long wait = _ring is null ? long.MaxValue : _pacer.Next(_ring, count != 0), now = Environment.TickCount64;
            if (now >= nextTick)
            {
                nextTick = now + TickMs;
                _runner.Output.Idle();
                OnTick?.Invoke();
            }

            woken = wait > 0 && _waits.Wait(Math.Min(wait, (nextTick - now) * 1_000_000), keys, out int events) && Take(keys[..events]);
        }
    }

    public void Dispose()
    {
        _ring?.EndUse();
        _ring?.Dispose();
        _waits.Dispose();
    }

    private bool Take(ReadOnlySpan<ulong> keys)
    {
        if (keys.Contains(ProcessKey)) HasProcessEnded = true;
        return keys.Contains(RingKey);
    }

    private readonly struct Handler(ActionRunner runner) : IRecordHandler
    {
        public bool OnRecord(ReadOnlySpan<byte> record)
        {
            runner.Run(record);
            return true;
        }
    }
}

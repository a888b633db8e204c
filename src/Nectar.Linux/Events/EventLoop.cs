// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;

namespace Nectar.Linux.Events;

/// <summary>
/// Reads several ring buffers and perf buffers, of either host, in one loop that waits for all of them at once. Sources are read in
/// turn, a bounded number of records each, so that a busy one does not starve the others. Add all sources before the loop runs; while it
/// runs it is the user of their readers. The readers stay their owner's: disposing one takes it out of the loop.
/// </summary>
public sealed class EventLoop : IPaced, IDisposable
{
    private const int RecordsInTurn = 4096;
    private const long LongestWait = 100_000_000; // ns: programs may write without waking anybody

    private readonly List<EventSource> _sources = [];
    private readonly RingPacer _pacer;
    private readonly WaitSet _waits = new();
    private readonly AsyncWait _async;
    private UseGate _gate;

    /// <summary>Makes an empty loop.</summary>
    /// <param name="wakeup">How to wait; null for <see cref="RingWakeup.Adaptive"/>.</param>
    /// <exception cref="Bpf.Diagnostics.KernelException">The process has no descriptors left (NEC4303).</exception>
    public EventLoop(RingWakeup? wakeup = null)
    {
        _pacer = new RingPacer(wakeup ?? RingWakeup.Adaptive);
        _async = new AsyncWait(_waits);
    }

    /// <summary>Adds a ring buffer.</summary>
    /// <param name="reader">Its reader.</param>
    /// <param name="handler">Gets its records; a false ends the loop.</param>
    public void Add<T>(RingBufferReader reader, T handler)
        where T : IRecordHandler
    {
        ArgumentNullException.ThrowIfNull(reader);
        Add(new RingSource<T>(reader, handler), reader.Memory);
    }

    /// <summary>As <see cref="Add{T}(RingBufferReader, T)"/>, with a delegate.</summary>
    public void Add(RingBufferReader reader, RingBufferCallback callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        Add(reader, new CallbackHandler(callback));
    }

    /// <summary>Adds perf buffers.</summary>
    /// <param name="reader">Their reader.</param>
    /// <param name="handler">Gets samples and losses.</param>
    public void Add<T>(PerfBufferReader reader, T handler)
        where T : IPerfHandler
    {
        ArgumentNullException.ThrowIfNull(reader);
        Add(new PerfSource<T>(reader, handler), reader.Memory);
    }

    /// <summary>As <see cref="Add{T}(PerfBufferReader, T)"/>, with delegates.</summary>
    public void Add(PerfBufferReader reader, PerfBufferCallback callback, PerfLostCallback? lost = null)
    {
        ArgumentNullException.ThrowIfNull(callback);
        Add(reader, new PerfCallbackHandler(callback, lost));
    }

    /// <summary>Reads what is ready; waits for something if nothing is.</summary>
    /// <param name="timeoutMs">Milliseconds to wait; 0 not at all; -1 for ever.</param>
    /// <param name="cancellation">Ends the wait with an exception.</param>
    /// <returns>How many records were handed out.</returns>
    public long Poll(int timeoutMs = -1, CancellationToken cancellation = default)
    {
        Begin();
        CancellationTokenRegistration registration = cancellation.UnsafeRegister(static waits => ((WaitSet)waits!).Interrupt(), _waits);
        try
        {
            long end = timeoutMs < 0 ? long.MaxValue : Environment.TickCount64 + timeoutMs;
            while (true)
            {
                long count = Drain(out bool isStopped);
                GiveBack();
                long left = end == long.MaxValue ? LongestWait : Math.Min(LongestWait, (end - Environment.TickCount64) * 1_000_000);
                if (count != 0 || isStopped || left <= 0 || _gate.IsClosed) return count;
                if (!IsReady) _waits.Wait(left, default, out _); // it may wake for what is read already
                cancellation.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            registration.Dispose();
            End();
        }
    }

    /// <summary>Reads on this thread until cancelled, until a handler returns false, or until all readers are disposed.</summary>
    /// <returns>How many records were handed out.</returns>
    public long Run(CancellationToken cancellation = default)
    {
        Begin();
        CancellationTokenRegistration registration = cancellation.UnsafeRegister(static waits => ((WaitSet)waits!).Interrupt(), _waits);
        try
        {
            long total = 0;
            RingPacer pacer = _pacer;
            bool woken = false;
            while (Step(ref pacer, ref total, woken, cancellation) is >= 0 and var wait) woken = wait != 0 && _waits.Wait(wait, default, out _);
            return total;
        }
        finally
        {
            registration.Dispose();
            End();
        }
    }

    /// <summary>Reads as <see cref="Run"/> does, without a thread while there is nothing to read.</summary>
    public async Task<long> RunAsync(CancellationToken cancellation = default)
    {
        Begin();
        CancellationTokenRegistration registration = cancellation.UnsafeRegister(static waits => ((WaitSet)waits!).Interrupt(), _waits);
        try
        {
            long total = 0;
            RingPacer pacer = _pacer;
            bool woken = false;
            while (Step(ref pacer, ref total, woken, cancellation) is >= 0 and var wait) woken = wait != 0 && await _async.WaitAsync(wait, CancellationToken.None).ConfigureAwait(false);
            return total;
        }
        finally
        {
            await registration.DisposeAsync().ConfigureAwait(false);
            End();
        }
    }

    /// <summary>Ends the loop, if it runs. The readers stay open.</summary>
    public void Dispose()
    {
        if (_gate.Close(out bool isInUse)) Free();
        else if (isInUse) _waits.Interrupt();
    }

    bool IPaced.IsReady => IsReady;

    long IPaced.ThreadTime => WaitSet.ThreadTime;

    long IPaced.Waiting
    {
        get
        {
            long most = 0;
            foreach (EventSource source in _sources) most = Math.Max(most, source.Waiting);
            return most;
        }
    }

    void IPaced.HoldLast()
    {
        foreach (EventSource source in _sources) source.HoldLast();
    }

    void IPaced.GiveBack() => GiveBack();

    private bool IsReady
    {
        get
        {
            foreach (EventSource source in _sources)
            {
                if (source.IsReady) return true;
            }

            return false;
        }
    }

    private void GiveBack()
    {
        foreach (EventSource source in _sources) source.GiveBack();
    }

    private void Add(EventSource source, EventMemory memory)
    {
        _gate.Enter(nameof(EventLoop));
        try
        {
            if (memory.Descriptor >= 0) _waits.Add(memory.Descriptor, 0, WaitSet.In | WaitSet.EdgeTriggered);
            else memory.OnWake(_waits.Interrupt);
            _sources.Add(source);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>One round: how long to wait after it, or less than 0 to end.</summary>
    private long Step(ref RingPacer pacer, ref long total, bool woken, CancellationToken cancellation)
    {
        long count = 0;
        bool isStopped = false;
        if (pacer.MayRead(this, woken)) total += count = Drain(out isStopped);
        if (isStopped || _gate.IsClosed || _sources.Count == 0) return -1;
        if (cancellation.IsCancellationRequested)
        {
            while (count != 0 && !isStopped) total += count = Drain(out isStopped); // what is ready is read
            return -1;
        }

        long wait = pacer.Next(this, count != 0);
        foreach (EventSource source in _sources) wait = Math.Min(wait, source.LongestWait);
        return wait;
    }

    private long Drain(out bool isStopped)
    {
        long count = 0;
        isStopped = false;
        for (int i = 0; i < _sources.Count && !isStopped; i++)
        {
            count += _sources[i].Drain(RecordsInTurn, out isStopped);
            if (!_sources[i].IsDisposed) continue;
            _sources[i].End();
            _sources.RemoveAt(i--);
        }

        return count;
    }

    private void Begin()
    {
        _gate.Enter(nameof(EventLoop));
        int begun = 0;
        try
        {
            _sources.RemoveAll(source => source.IsDisposed);
            for (; begun < _sources.Count; begun++) _sources[begun].Begin();
        }
        catch
        {
            for (int i = 0; i < begun; i++) _sources[i].End();
            Leave();
            throw;
        }
    }

    private void End()
    {
        foreach (EventSource source in _sources) source.End();
        Leave();
    }

    private void Leave()
    {
        if (_gate.Exit()) Free();
    }

    private void Free()
    {
        foreach (EventSource source in _sources) source.Forget();
        _async.Dispose();
        _waits.Dispose();
    }
}

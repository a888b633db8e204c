// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Maps;

// Waiting for records, and the loops that read until they are told to stop.
public sealed unsafe partial class RingBufferReader : IPaced
{
    private const long LongestWait = 100_000_000; // ns: programs may write without waking anybody
    private const int RecordsBetweenLooks = 1 << 14; // a loop looks after so many records whether it is to stop

    bool IPaced.IsReady => HasRecord();

    long IPaced.Waiting => (long)(Volatile.Read(ref *_producer) - _position);

    long IPaced.ThreadTime => _memory.ThreadTime;

    /// <summary>The host's memory, for loops over several rings.</summary>
    internal RingMemory Memory => _memory;

    /// <summary>Waits until a program wakes the reader, or until there is something to read.</summary>
    /// <param name="timeoutMs">Milliseconds; -1 for ever.</param>
    /// <param name="cancellation">Ends the wait with an exception.</param>
    /// <returns>True if there may be something to read; false after the time, and if the reader is disposed meanwhile.</returns>
    public bool Wait(int timeoutMs = -1, CancellationToken cancellation = default)
    {
        _gate.Enter(_name);
        try
        {
            GiveBack();
            if (HasRecord()) return true;
            return (_memory.Wait(Nanoseconds(timeoutMs), cancellation) || HasRecord()) && !_gate.IsClosed;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Waits for records if there are none, and hands out those that are ready.</summary>
    /// <returns>How many; 0 after the time.</returns>
    public int Poll<T>(ref T handler, int timeoutMs, CancellationToken cancellation = default)
        where T : IRecordHandler, allows ref struct => Wait(timeoutMs, cancellation) ? Read(ref handler) : 0;

    /// <summary>As <see cref="Poll{T}"/>, with a delegate.</summary>
    public int Poll(RingBufferCallback callback, int timeoutMs, CancellationToken cancellation = default) =>
        Wait(timeoutMs, cancellation) ? Read(callback) : 0;

    /// <summary>Reads on this thread until it is cancelled, disposed, or the handler returns false.</summary>
    /// <param name="handler">Gets the records.</param>
    /// <param name="wakeup">How to wait; null for <see cref="RingWakeup.Adaptive"/>.</param>
    /// <param name="cancellation">Ends the loop, without an exception, after what is ready is read.</param>
    /// <returns>How many records were handed out.</returns>
    public long Run<T>(ref T handler, RingWakeup? wakeup = null, CancellationToken cancellation = default)
        where T : IRecordHandler, allows ref struct
    {
        _gate.Enter(_name);
        long total = 0;
        CancellationTokenRegistration registration = cancellation.UnsafeRegister(static memory => ((RingMemory)memory!).Interrupt(), _memory);
        try
        {
            RingPacer pacer = new(wakeup ?? RingWakeup.Adaptive);
            bool woken = false;
            while (!cancellation.IsCancellationRequested && !_gate.IsClosed)
            {
                ulong before = _position;
                bool isStopped = false;
                if (pacer.MayRead(this, woken)) total += Drain(ref handler, RecordsBetweenLooks, out isStopped);
                if (isStopped) return total;
                long wait = pacer.Next(this, _position != before);
                woken = wait != 0 && _memory.Wait(wait, CancellationToken.None);
            }

            if (!_gate.IsClosed) total += Drain(ref handler, int.MaxValue, out _);
            return total;
        }
        finally
        {
            registration.Dispose(); // before the memory can go
            GiveBack();
            Leave();
        }
    }

    /// <summary>As <see cref="Run{T}"/>, with a delegate.</summary>
    public long Run(RingBufferCallback callback, RingWakeup? wakeup = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(callback);
        CallbackHandler handler = new(callback);
        return Run(ref handler, wakeup, cancellation);
    }

    void IPaced.GiveBack() => GiveBack();

    void IPaced.HoldLast()
    {
        // A large record is not held: it would take room away from producers.
        ulong keep = _position - _last <= (_mask + 1) / 8 ? _last : _position;
        if ((long)(keep - _given) <= 0) return;
        _given = keep;
        Volatile.Write(ref *_consumer, keep);
    }

    /// <summary>For loops over several rings: becomes the user of the reader for as long as the loop runs.</summary>
    internal void BeginUse() => _gate.Enter(_name);

    /// <summary>Ends <see cref="BeginUse"/>.</summary>
    internal void EndUse()
    {
        GiveBack();
        Leave();
    }

    /// <summary>True once it is disposed.</summary>
    internal bool IsDisposed => _gate.IsClosed;

    /// <summary>Copies the next record out of the ring.</summary>
    /// <returns>False if none is ready, or if the reader is disposed.</returns>
    internal bool TryTake<T>(out T record, out bool isTooShort)
        where T : unmanaged
    {
        record = default;
        isTooShort = false;
        if (!Begin()) return false;
        try
        {
            if (!TryPeek(out uint header))
            {
                GiveBack();
                return false;
            }

            isTooShort = header < (uint)sizeof(T);
            if (!isTooShort) record = *(T*)(_data + (_position & _mask) + RingMemory.HeaderSize);
            Advance(header);
            return true;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Gives back what an enumeration took and had not given back when it ended.</summary>
    internal void Settle()
    {
        if (!_gate.TryEnter()) return;
        GiveBack();
        Leave();
    }

    private int Take(ref byte[] buffer)
    {
        if (!Begin()) return -1;
        try
        {
            if (!TryPeek(out uint header))
            {
                GiveBack();
                return -1;
            }

            if (buffer.Length < header) buffer = new byte[Math.Max(header, buffer.Length * 2)];
            RecordAt(header).CopyTo(buffer);
            Advance(header);
            return (int)header;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Enters unless disposed, which ends an enumeration instead of failing it.</summary>
    private bool Begin()
    {
        if (_gate.TryEnter()) return true;
        if (_gate.IsClosed) return false;
        _gate.Enter(_name);
        return true;
    }

    private void Advance(uint header)
    {
        _last = _position;
        _position += RingMemory.Stride(header);
        if (_position - _given >= _batch) GiveBack();
    }

    private static long Nanoseconds(int milliseconds) => milliseconds < 0 ? -1 : milliseconds * 1_000_000L;
}

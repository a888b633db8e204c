// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Maps;

/// <summary>Gets one record; the bytes are the ring's own memory and end with the call.</summary>
/// <returns>False to stop reading after this record, which counts as read.</returns>
public delegate bool RingBufferCallback(ReadOnlySpan<byte> record);

/// <summary>
/// The one reader of a ring buffer. Records are handed out in place, without a copy; the ring gets their memory back when the
/// callback returns. Not for several threads at once: a second call meanwhile is an error.
/// </summary>
public sealed class RingBufferReader : IDisposable
{
    private readonly VmRingBuffer _ring;
    private readonly SemaphoreSlim _signal = new(0, 1);
    private int _signalled;
    private int _busy;
    private bool _disposed;

    /// <summary>Becomes the reader of a ring buffer of this process.</summary>
    /// <exception cref="ArgumentException">The map is not a ring buffer.</exception>
    /// <exception cref="InvalidOperationException">The ring buffer has a reader.</exception>
    public RingBufferReader(BpfMap map)
    {
        _ring = map as VmRingBuffer ?? throw new ArgumentException($"map '{map?.Name}' is not a ring buffer of this process", nameof(map));
        if (!_ring.TryAttach(this)) throw new InvalidOperationException($"ring buffer '{_ring.Name}' has a reader already: dispose that one first");
        _ring.Retain();
    }

    /// <summary>Records that programs could not write because the ring was full.</summary>
    public long Lost => _ring.Lost;

    /// <summary>Bytes that wait, records in preparation included.</summary>
    public long Available => (long)(_ring.ProducerPosition - _ring.ConsumerPosition);

    /// <summary>Hands out all records that are ready, up to one that a program is still writing.</summary>
    /// <param name="callback">Gets each record; records that programs discarded are skipped.</param>
    /// <param name="maxRecords">The most records to hand out.</param>
    /// <returns>How many were handed out.</returns>
    public int Read(RingBufferCallback callback, int maxRecords = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(callback);
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (Interlocked.Exchange(ref _busy, 1) != 0) throw new InvalidOperationException($"ring buffer '{_ring.Name}' is being read by another call");
        int count = 0;
        try
        {
            bool goOn = true;
            while (goOn && count < maxRecords && TryPeek(out ulong position, out uint header))
            {
                try
                {
                    if ((header & VmRingBuffer.DiscardBit) == 0)
                    {
                        count++;
                        goOn = callback(_ring.RecordAt(position, header));
                    }
                }
                finally
                {
                    _ring.ConsumerPosition = position + VmRingBuffer.RecordLength(header); // also after an exception: a bad record must not come for ever
                }
            }
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }

        return count;
    }

    /// <summary>Waits until a program wakes the reader, or until there is something to read.</summary>
    /// <param name="timeoutMs">Milliseconds; -1 for ever.</param>
    /// <param name="cancellation">Ends the wait with an exception.</param>
    /// <returns>True if there may be something to read.</returns>
    public bool Wait(int timeoutMs = -1, CancellationToken cancellation = default)
    {
        if (TryPeek(out _, out _)) return true;
        bool woken = _signal.Wait(timeoutMs, cancellation);
        if (woken) Interlocked.Exchange(ref _signalled, 0);
        return woken;
    }

    /// <summary>Waits as <see cref="Wait"/> does, without a thread.</summary>
    public async ValueTask<bool> WaitAsync(int timeoutMs = -1, CancellationToken cancellation = default)
    {
        if (HasRecord()) return true;
        bool woken = await _signal.WaitAsync(timeoutMs, cancellation).ConfigureAwait(false);
        if (woken) Interlocked.Exchange(ref _signalled, 0);
        return woken;
    }

    /// <summary>Reads until cancelled.</summary>
    public async Task RunAsync(RingBufferCallback callback, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await WaitAsync(-1, cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                break;
            }

            Read(callback);
        }

        Read(callback);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _ring.Detach(this);
        _ring.Release();
    }

    /// <summary>Called by producers.</summary>
    internal void Wake()
    {
        if (Interlocked.Exchange(ref _signalled, 1) == 0) _signal.Release();
    }

    private bool HasRecord() => TryPeek(out _, out _);

    private bool TryPeek(out ulong position, out uint header)
    {
        position = _ring.ConsumerPosition;
        header = 0;
        Interlocked.MemoryBarrier(); // our position is visible before we look at the header: else producer and reader could both think the other is ahead
        if (position >= _ring.ProducerPosition) return false;
        header = _ring.HeaderAt(position);
        return (header & VmRingBuffer.BusyBit) == 0;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;

namespace Nectar.Bpf.Maps;

// Reading without a thread while there is nothing to read.
public sealed partial class RingBufferReader
{
    /// <summary>Waits as <see cref="Wait"/> does, without a thread.</summary>
    public async ValueTask<bool> WaitAsync(int timeoutMs = -1, CancellationToken cancellation = default)
    {
        _gate.Enter(_name);
        try
        {
            GiveBack();
            if (HasRecord()) return true;
            return (await _memory.WaitAsync(Nanoseconds(timeoutMs), cancellation).ConfigureAwait(false) || HasRecord()) && !_gate.IsClosed;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Reads as <see cref="Run{T}"/> does, without a thread while there is nothing to read.</summary>
    public async Task RunAsync(RingBufferCallback callback, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(callback);
        bool goOn = true;
        CallbackHandler handler = new(record => goOn = callback(record));
        try
        {
            while (await WaitOrEndAsync(cancellation).ConfigureAwait(false))
            {
                Read(ref handler, RecordsBetweenLooks);
                if (!goOn) return;
                cancellation.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            if (!_gate.IsClosed) Read(ref handler);
        }
    }

    /// <summary>
    /// Gives records as they come, until cancelled or until the reader is disposed. Each is copied into memory that the next one reuses; a record
    /// leaves the ring when it is handed out, so that nothing is lost when the enumeration ends early.
    /// </summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        byte[] buffer = new byte[256];
        try
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                int length = Take(ref buffer);
                if (length >= 0) yield return buffer.AsMemory(0, length);
                else if (!await WaitOrEndAsync(cancellation).ConfigureAwait(false)) yield break;
            }
        }
        finally
        {
            Settle();
        }
    }

    /// <summary>Waits for an enumeration: false if the reader is disposed.</summary>
    internal async ValueTask<bool> WaitOrEndAsync(CancellationToken cancellation)
    {
        if (!Begin()) return false;
        try
        {
            if (!HasRecord()) await _memory.WaitAsync(LongestWait, cancellation).ConfigureAwait(false);
            return !_gate.IsClosed;
        }
        finally
        {
            Leave();
        }
    }
}

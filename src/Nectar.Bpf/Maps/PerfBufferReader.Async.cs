// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;

namespace Nectar.Bpf.Maps;

// Reading without a thread while there is nothing to read.
public sealed partial class PerfBufferReader
{
    /// <summary>Waits as <see cref="Wait"/> does, without a thread.</summary>
    public async ValueTask<bool> WaitAsync(int timeoutMs = -1, CancellationToken cancellation = default)
    {
        Enter();
        try
        {
            if (HasRecord()) return true;
            return (await _memory.WaitAsync(timeoutMs < 0 ? -1 : timeoutMs * 1_000_000L, cancellation).ConfigureAwait(false) || HasRecord()) && !_gate.IsClosed;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>
    /// Gives samples as they come, until cancelled or until the reader is disposed. Each is copied into memory that the next one reuses; it
    /// leaves the buffer when it is handed out, so that nothing is lost when the enumeration ends early.
    /// </summary>
    public async IAsyncEnumerable<PerfSample> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        byte[] buffer = new byte[256];
        int next = 0;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (TryTake(ref next, ref buffer, out PerfSample sample))
            {
                yield return sample;
                continue;
            }

            if (_gate.IsClosed) yield break;
            Enter();
            try
            {
                if (!HasRecord()) await _memory.WaitAsync(LongestWait, cancellation).ConfigureAwait(false);
            }
            finally
            {
                Leave();
            }
        }
    }
}

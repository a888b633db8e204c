// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nectar.Bpf.Maps;

/// <summary>A ring buffer of either host whose records are C# structs; shorter records are counted and skipped, longer ones are cut.</summary>
/// <typeparam name="T">A record, laid out as in the program.</typeparam>
public sealed class RingBuffer<T> : IDisposable
    where T : unmanaged
{
    /// <summary>Becomes the reader of a ring buffer.</summary>
    /// <param name="map">A ring buffer of either host.</param>
    /// <param name="loss">What the programs count if the ring is full; see <see cref="RingBufferReader"/>.</param>
    /// <exception cref="InvalidOperationException">It has a reader in this process.</exception>
    /// <exception cref="Diagnostics.KernelException">Another process reads it, or the kernel refuses its memory (NEC4301).</exception>
    public RingBuffer(BpfMap map, LossCounter? loss = null) => Reader = new RingBufferReader(map, loss);

    /// <summary>The reader of the records' bytes.</summary>
    public RingBufferReader Reader { get; }

    /// <summary>Records that programs could not write because the ring was full; see <see cref="RingBufferReader.CountsLost"/>.</summary>
    public long Lost => Reader.Lost;

    /// <summary>Records that were too short for the type.</summary>
    public long TooShort { get; private set; }

    /// <summary>Hands out the records that are ready, without a copy.</summary>
    /// <param name="handler">Gets the records.</param>
    /// <param name="maxRecords">The most to take out of the ring.</param>
    /// <returns>How many records were there.</returns>
    public int Read<THandler>(ref THandler handler, int maxRecords = int.MaxValue)
        where THandler : IRecordHandler<T>
    {
        Typed<THandler> typed = new(ref handler);
        try
        {
            return Reader.Read(ref typed, maxRecords);
        }
        finally
        {
            TooShort += typed.TooShort;
        }
    }

    /// <summary>As <see cref="Read{THandler}"/>, with a delegate.</summary>
    public int Read(RecordCallback<T> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        CallbackHandler<T> handler = new(callback);
        return Read(ref handler);
    }

    /// <summary>Waits for records if there are none, and hands out those that are ready.</summary>
    /// <param name="callback">Gets the records.</param>
    /// <param name="timeoutMs">Milliseconds; -1 for ever.</param>
    /// <param name="cancellation">Ends the wait with an exception.</param>
    /// <returns>How many; 0 after the time.</returns>
    public int Poll(RecordCallback<T> callback, int timeoutMs, CancellationToken cancellation = default) =>
        Reader.Wait(timeoutMs, cancellation) ? Read(callback) : 0;

    /// <summary>Reads on this thread until it is cancelled, disposed, or the handler returns false; see <see cref="RingBufferReader.Run{T}"/>.</summary>
    public long Run<THandler>(ref THandler handler, RingWakeup? wakeup = null, CancellationToken cancellation = default)
        where THandler : IRecordHandler<T>
    {
        Typed<THandler> typed = new(ref handler);
        try
        {
            return Reader.Run(ref typed, wakeup, cancellation);
        }
        finally
        {
            TooShort += typed.TooShort;
        }
    }

    /// <summary>As <see cref="Run{THandler}"/>, with a delegate.</summary>
    public long Run(RecordCallback<T> callback, RingWakeup? wakeup = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(callback);
        CallbackHandler<T> handler = new(callback);
        return Run(ref handler, wakeup, cancellation);
    }

    /// <summary>Gives records as they come, until cancelled or until the reader is disposed. A record leaves the ring when it is handed out: ending early loses none.</summary>
    public async IAsyncEnumerable<T> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        try
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                if (Reader.TryTake(out T record, out bool isTooShort))
                {
                    if (isTooShort) TooShort++;
                    else yield return record;
                }
                else if (!await Reader.WaitOrEndAsync(cancellation).ConfigureAwait(false))
                {
                    yield break;
                }
            }
        }
        finally
        {
            Reader.Settle();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Reader.Dispose();

    private ref struct Typed<THandler>(ref THandler handler) : IRecordHandler
        where THandler : IRecordHandler<T>
    {
        private readonly ref THandler _handler = ref handler;

        internal long TooShort { get; private set; }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool OnRecord(ReadOnlySpan<byte> record)
        {
            if (record.Length >= Unsafe.SizeOf<T>()) return _handler.OnRecord(in MemoryMarshal.AsRef<T>(record));
            TooShort++;
            return true;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nectar.Bpf.Maps;

/// <summary>Gets one typed record; the reference points into the ring and ends with the call.</summary>
public delegate void RecordCallback<T>(ref readonly T record)
    where T : unmanaged;

/// <summary>A ring buffer whose records are C# structs; shorter records are counted and skipped, longer ones are cut.</summary>
/// <typeparam name="T">A record, laid out as in the program.</typeparam>
public sealed class RingBuffer<T> : IDisposable
    where T : unmanaged
{
    private readonly RingBufferReader _reader;

    /// <summary>Becomes the reader of a ring buffer.</summary>
    /// <exception cref="InvalidOperationException">It has a reader.</exception>
    public RingBuffer(BpfMap map) => _reader = new RingBufferReader(map);

    /// <summary>Records that programs could not write because the ring was full.</summary>
    public long Lost => _reader.Lost;

    /// <summary>Records that were too short for the type.</summary>
    public long TooShort { get; private set; }

    /// <summary>Hands out the records that are ready, without a copy.</summary>
    /// <returns>How many records were there.</returns>
    public int Read(RecordCallback<T> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return _reader.Read(record =>
        {
            if (record.Length < Unsafe.SizeOf<T>()) TooShort++;
            else callback(in MemoryMarshal.AsRef<T>(record));
            return true;
        });
    }

    /// <summary>Gives records as they come, until cancelled.</summary>
    public async IAsyncEnumerable<T> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        Queue<T> batch = new();
        while (true)
        {
            Read((ref readonly T record) => batch.Enqueue(record));
            while (batch.TryDequeue(out T record)) yield return record;
            cancellation.ThrowIfCancellationRequested();
            await _reader.WaitAsync(-1, cancellation).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();
}

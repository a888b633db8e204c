// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;

namespace Nectar.Bpf.Maps;

/// <summary>
/// The one writer of a user ring buffer (kernel 6.1), on any host: samples go from this process to programs, which take them with
/// <c>bpf_user_ringbuf_drain</c>. Any thread may write; samples reach the program in the order in which they were reserved.
/// </summary>
public sealed unsafe class UserRingBufferWriter : IDisposable
{
    private readonly RingMemory _memory;
    private readonly string _name;
    private readonly byte* _data;
    private readonly ulong* _consumer, _producer;
    private readonly ulong _mask;
    private readonly Lock _lock = new();
    private int _open; // reserved and not yet submitted; they keep the memory
    private bool _isDisposed, _isFreed;

    /// <summary>Becomes the writer of a user ring buffer.</summary>
    /// <exception cref="ArgumentException">The map is not a user ring buffer.</exception>
    /// <exception cref="InvalidOperationException">It has a writer in this process.</exception>
    /// <exception cref="Diagnostics.KernelException">Another process writes to it, or the kernel refuses its memory (NEC4301).</exception>
    public UserRingBufferWriter(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        _memory = map.OpenUserRing();
        _name = map.Name;
        _data = _memory.Data;
        _consumer = _memory.Consumer;
        _producer = _memory.Producer;
        _mask = _memory.Capacity - 1;
    }

    /// <summary>Bytes of the ring. A sample takes 8 more than its size, rounded up to 8.</summary>
    public long Capacity => (long)_mask + 1;

    /// <summary>Bytes that are free now.</summary>
    public long Free
    {
        get
        {
            lock (_lock) return _isFreed ? 0 : (long)(_mask + 1 - (*_producer - Volatile.Read(ref *_consumer)));
        }
    }

    /// <summary>Samples that found no room in <see cref="TryReserve"/> and <see cref="TryWrite"/>.</summary>
    public long Refused { get; private set; }

    /// <summary>Takes room for a sample. Programs see it, and those behind it, once it is submitted or discarded.</summary>
    /// <param name="size">Bytes; 0 to the ring's capacity less 8.</param>
    /// <param name="sample">The room.</param>
    /// <returns>False if there is not so much room now.</returns>
    public bool TryReserve(int size, out UserRingSample sample)
    {
        if (Reserve(size) is var place && place is not null)
        {
            sample = new UserRingSample(this, place, size);
            return true;
        }

        lock (_lock) Refused++;
        sample = default;
        return false;
    }

    /// <summary>Takes room for a sample, and waits for a program to make some if there is not enough.</summary>
    /// <param name="size">Bytes; 0 to the ring's capacity less 8.</param>
    /// <param name="sample">The room.</param>
    /// <param name="timeoutMs">Milliseconds; -1 for ever. Nothing but a program that drains the ring makes room.</param>
    /// <param name="cancellation">Ends the wait with an exception.</param>
    /// <returns>False after the time, and if the writer is disposed meanwhile.</returns>
    public bool Reserve(int size, out UserRingSample sample, int timeoutMs = -1, CancellationToken cancellation = default)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            if (Reserve(size) is var place && place is not null)
            {
                sample = new UserRingSample(this, place, size);
                return true;
            }

            long left = timeoutMs < 0 ? LongestWait : Math.Min(LongestWait, (timeoutMs * 1_000_000L) - (long)Stopwatch.GetElapsedTime(start).TotalNanoseconds);
            if (left <= 0 || !Wait(left, cancellation))
            {
                sample = default;
                return false;
            }
        }
    }

    /// <summary>Writes a sample.</summary>
    /// <returns>False if there is not enough room now.</returns>
    public bool TryWrite(ReadOnlySpan<byte> data)
    {
        if (!TryReserve(data.Length, out UserRingSample sample)) return false;
        data.CopyTo(sample.Data);
        sample.Submit();
        return true;
    }

    /// <summary>Stops writing. Samples that are reserved may still be submitted; what is written stays for programs.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            _memory.Interrupt();
            FreeIfUnused();
        }
    }

    /// <summary>Ends a reservation.</summary>
    internal void Commit(byte* place, uint header)
    {
        Interlocked.Exchange(ref *(uint*)(place - RingMemory.HeaderSize), header); // the sample's bytes are visible before
        Leave();
    }

    private const long LongestWait = 100_000_000; // ns: a program may drain without waking anybody

    private byte* Reserve(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        ulong length = RingMemory.Stride((uint)size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _mask + 1, nameof(size));
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            ulong producer = *_producer, used = producer - Volatile.Read(ref *_consumer);
            if (used > _mask + 1) throw new MapException(_name, $"write to the ring: programs read at {producer - used}, which is not behind {producer}: its memory was written by somebody else");
            if (length > _mask + 1 - used) return null;
            byte* record = _data + (producer & _mask);
            *(uint*)record = (uint)size | RingMemory.BusyBit;
            *(uint*)(record + 4) = 0;
            Volatile.Write(ref *_producer, producer + length); // the busy header is visible before
            _open++;
            return record + RingMemory.HeaderSize;
        }
    }

    private bool Wait(long timeoutNs, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_isDisposed) return false;
            _open++;
        }

        try
        {
            _memory.Wait(timeoutNs, cancellation);
            return !_isDisposed;
        }
        finally
        {
            Leave();
        }
    }

    private void Leave()
    {
        lock (_lock)
        {
            _open--;
            FreeIfUnused();
        }
    }

    private void FreeIfUnused()
    {
        if (!_isDisposed || _open != 0 || _isFreed) return;
        _isFreed = true;
        _memory.Dispose();
    }
}

/// <summary>Room for one sample, until it is submitted or discarded; disposing discards what was not submitted.</summary>
public unsafe ref struct UserRingSample : IDisposable
{
    private readonly byte* _place;
    private readonly int _size;
    private UserRingBufferWriter? _writer;

    internal UserRingSample(UserRingBufferWriter writer, byte* place, int size)
    {
        _writer = writer;
        _place = place;
        _size = size;
    }

    /// <summary>The sample's bytes, in the ring; what they hold before they are written is what was there.</summary>
    public readonly Span<byte> Data => _writer is null ? default : new Span<byte>(_place, _size);

    /// <summary>Gives the sample to programs. <see cref="Data"/> must not be touched any more.</summary>
    public void Submit() => End((uint)_size);

    /// <summary>Gives the room back; programs skip it.</summary>
    public void Discard() => End((uint)_size | RingMemory.DiscardBit);

    /// <inheritdoc/>
    public void Dispose() => Discard();

    private void End(uint header)
    {
        _writer?.Commit(_place, header);
        _writer = null;
    }
}

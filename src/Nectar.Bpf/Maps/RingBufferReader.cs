// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;

namespace Nectar.Bpf.Maps;

/// <summary>
/// The one reader of a ring buffer, on any host. Records are handed out in place, without a copy; the ring gets their memory back
/// soon after the handler returns. One call at a time: a second one meanwhile is an error, except for <see cref="Dispose"/>, which ends
/// the call that is under way.
/// </summary>
/// <remarks>
/// Loss: a ring of this process counts what programs could not write. The kernel's does not: only the program sees that
/// <c>bpf_ringbuf_reserve</c> gave nothing. Let it count and give the reader its counter (<see cref="LossCounter"/>);
/// <see cref="CountsLost"/> says whether anything is counted, <see cref="MostAvailable"/> how full the ring ever was.
/// </remarks>
public sealed unsafe partial class RingBufferReader : IDisposable
{
    private readonly RingMemory _memory;
    private readonly LossCounter? _loss;
    private readonly string _name;
    private readonly byte* _data;
    private readonly ulong* _consumer, _producer;
    private readonly ulong _mask, _batch;
    private UseGate _gate;
    private ulong _position; // the next record
    private ulong _given; // what the other side was told: behind the position while a loop runs
    private ulong _last; // the record before the position
    private ulong _most;

    /// <summary>Becomes the reader of a ring buffer.</summary>
    /// <param name="map">A ring buffer of either host.</param>
    /// <param name="loss">What the programs count if the ring is full; null if they do not, or if the host counts.</param>
    /// <exception cref="ArgumentException">The map is not a ring buffer.</exception>
    /// <exception cref="InvalidOperationException">The ring buffer has a reader in this process.</exception>
    /// <exception cref="Diagnostics.KernelException">Another process reads it, or the kernel refuses its memory (NEC4301).</exception>
    public RingBufferReader(BpfMap map, LossCounter? loss = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        _memory = map.OpenRing();
        _loss = loss;
        _name = map.Name;
        _data = _memory.Data;
        _consumer = _memory.Consumer;
        _producer = _memory.Producer;
        _mask = _memory.Capacity - 1;
        _batch = Math.Min(_memory.Capacity / 4, 1 << 16); // the position is a cache line that producers read: telling it for each record would cost both sides
        _position = _given = _last = Volatile.Read(ref *_consumer);
    }

    /// <summary>The ring buffer's name.</summary>
    public string Name => _name;

    /// <summary>Bytes of the ring.</summary>
    public long Capacity => (long)_mask + 1;

    /// <summary>True if losses are counted: by the host, or by programs through a <see cref="LossCounter"/>.</summary>
    public bool CountsLost => _memory.Lost >= 0 || _loss is not null;

    /// <summary>Records that programs could not write because the ring was full; 0 where nobody counts, see <see cref="CountsLost"/>.</summary>
    public long Lost => (_memory.Lost is var known and >= 0 ? known : 0) + (_loss?.Read() ?? 0);

    /// <summary>The most bytes that ever waited when reading began. Near <see cref="Capacity"/>: the ring is too small, or the reader too slow.</summary>
    public long MostAvailable => (long)_most;

    /// <summary>Bytes that wait, records in preparation included.</summary>
    public long Available => _gate.IsClosed ? 0 : (long)(Volatile.Read(ref *_producer) - Volatile.Read(ref _position));

    /// <summary>Hands out all records that are ready, up to one that a program is still writing.</summary>
    /// <param name="handler">Gets each record; records that programs discarded are skipped.</param>
    /// <param name="maxRecords">The most records to hand out.</param>
    /// <returns>How many were handed out.</returns>
    /// <exception cref="MapException">The ring's positions or headers make no sense (NEC9256): somebody else writes to its memory.</exception>
    public int Read<T>(ref T handler, int maxRecords = int.MaxValue)
        where T : IRecordHandler, allows ref struct
    {
        _gate.Enter(_name);
        try
        {
            return Drain(ref handler, maxRecords, out _);
        }
        finally
        {
            GiveBack();
            Leave();
        }
    }

    /// <summary>As <see cref="Read{T}(ref T, int)"/>, with a delegate.</summary>
    public int Read(RingBufferCallback callback, int maxRecords = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(callback);
        CallbackHandler handler = new(callback);
        return Read(ref handler, maxRecords);
    }

    /// <summary>Takes one record out of the ring and holds it until the lease is disposed; meanwhile the reader has no other use.</summary>
    /// <returns>False if none is ready.</returns>
    public bool TryLease(out RingLease lease)
    {
        _gate.Enter(_name);
        bool held = false;
        try
        {
            held = TryPeek(out uint header);
            lease = held ? new RingLease(this, RecordAt(header), _position + RingMemory.Stride(header)) : default;
            return held;
        }
        finally
        {
            if (!held)
            {
                GiveBack();
                Leave();
            }
        }
    }

    /// <summary>Stops reading. A call that waits ends; one that is in a handler ends after it. The ring stays, and may have another reader.</summary>
    public void Dispose()
    {
        if (_gate.Close(out bool isInUse)) _memory.Dispose();
        else if (isInUse) _memory.Interrupt();
    }

    /// <summary>Ends <see cref="TryLease"/>.</summary>
    internal void EndLease(ulong next)
    {
        _last = _position;
        _position = next;
        GiveBack();
        Leave();
    }

    /// <summary>
    /// The one loop over records. It leaves the other side's view of the position behind by less than a batch; its callers give back.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal int Drain<T>(ref T handler, int maxRecords, out bool isStopped)
        where T : IRecordHandler, allows ref struct
    {
        byte* data = _data;
        ulong mask = _mask;
        ulong position = _position, producer = position, last = _last, given = _given;
        int count = 0;
        isStopped = false;
        while (count < maxRecords)
        {
            if (position == producer)
            {
                producer = Volatile.Read(ref *_producer);
                ulong waiting = producer - position;
                if (waiting - 1 > mask)
                {
                    if (waiting == 0) break;
                    throw Damaged(position, producer, 0);
                }

                if (waiting > _most) _most = waiting;
            }

            // The length is read after the producer's position and before the data, each with acquire semantics; the producer wrote them in the opposite order.
            byte* record = data + (position & mask);
            uint header = Volatile.Read(ref *(uint*)record);
            if ((header & RingMemory.BusyBit) != 0) break;
            ulong stride = RingMemory.Stride(header);
            if (stride > producer - position) throw Damaged(position, producer, header);
            last = position;
            position += stride;
            _position = position; // before the handler: a record whose handler throws must not come for ever
            if ((header & RingMemory.DiscardBit) == 0)
            {
                count++;
                if (!handler.OnRecord(new ReadOnlySpan<byte>(record + RingMemory.HeaderSize, (int)header)))
                {
                    isStopped = true;
                    break;
                }
            }

            if (position - given >= _batch)
            {
                _given = given = position;
                Volatile.Write(ref *_consumer, position);
                if (_gate.IsClosed) break;
            }
        }

        _last = last;
        return count;
    }

    /// <summary>True if a record can be read. Looked at behind a full barrier: our position is visible before, so that either this sees the record or its producer sees a reader that has caught up.</summary>
    private bool HasRecord()
    {
        Interlocked.MemoryBarrier();
        ulong producer = Volatile.Read(ref *_producer);
        return producer != _position && (Volatile.Read(ref *(uint*)(_data + (_position & _mask))) & RingMemory.BusyBit) == 0;
    }

    /// <summary>Finds the next record that was not discarded; the position is then at it.</summary>
    private bool TryPeek(out uint header)
    {
        header = 0;
        while (true)
        {
            ulong producer = Volatile.Read(ref *_producer), waiting = producer - _position;
            if (waiting == 0) return false;
            if (waiting - 1 > _mask) throw Damaged(_position, producer, 0);
            if (waiting > _most) _most = waiting;
            header = Volatile.Read(ref *(uint*)(_data + (_position & _mask)));
            if ((header & RingMemory.BusyBit) != 0) return false;
            if (RingMemory.Stride(header) > waiting) throw Damaged(_position, producer, header);
            if ((header & RingMemory.DiscardBit) == 0) return true;
            _last = _position;
            _position += RingMemory.Stride(header);
        }
    }

    private ReadOnlySpan<byte> RecordAt(uint header) => new(_data + (_position & _mask) + RingMemory.HeaderSize, (int)header);

    /// <summary>Tells the other side the position.</summary>
    private void GiveBack()
    {
        if (_given == _position) return;
        _given = _position;
        Volatile.Write(ref *_consumer, _position);
    }

    private void Leave()
    {
        if (_gate.Exit()) _memory.Dispose();
    }

    private MapException Damaged(ulong position, ulong producer, uint header) =>
        new(_name, $"read the ring: at {position} (programs write at {producer}) is a record of {header & RingMemory.LengthMask} bytes, which does not fit: its memory was written by somebody else");
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Maps;

// Samples of all processors in order of time, and the look back at buffers that are written over.
public sealed unsafe partial class PerfBufferReader
{
    /// <summary>Bytes of samples that were written over before anybody saw them; for <see cref="PerfBufferOptions.IsOverwritable"/>.</summary>
    public long OverwrittenBytes { get; private set; }

    /// <summary>
    /// Hands out the samples that were ready when the call began, over all processors in order of their time. Needs
    /// <see cref="PerfBufferOptions.HasTimestamps"/>. A processor may still be writing an older sample, which then comes with the next call.
    /// </summary>
    /// <returns>How many samples.</returns>
    public int ReadInOrder<T>(ref T handler)
        where T : IPerfHandler, allows ref struct
    {
        if (!_options.HasTimestamps) throw new InvalidOperationException($"samples of '{_name}' carry no time: open the buffers with {nameof(PerfBufferOptions.HasTimestamps)}");
        Enter();
        try
        {
            ReadOnlySpan<PerfRing> rings = _memory.Rings;
            Span<ulong> heads = rings.Length <= 64 ? stackalloc ulong[64] : new ulong[rings.Length];
            for (int i = 0; i < rings.Length; i++) heads[i] = Volatile.Read(ref *rings[i].Head);
            int count = 0;
            while (!_gate.IsClosed && Oldest(rings, heads) is var ring && ring is not null)
            {
                PerfHeader* record = Peek(ring, *ring.Head);
                ring.Position += record->Size; // before the handler: a sample whose handler throws must not come for ever
                if (record->Type == PerfRing.SampleRecord)
                {
                    count++;
                    handler.OnSample(ring.Cpu, Raw(ring, record));
                }
                else
                {
                    Other(ring, record, ref handler);
                }

                Volatile.Write(ref *ring.Tail, ring.Position);
            }

            return count;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>As <see cref="ReadInOrder{T}"/>, with delegates.</summary>
    public int ReadInOrder(PerfBufferCallback callback, PerfLostCallback? lost = null)
    {
        ArgumentNullException.ThrowIfNull(callback);
        PerfCallbackHandler handler = new(callback, lost);
        return ReadInOrder(ref handler);
    }

    /// <summary>
    /// Hands out what the buffers of a flight recorder hold and was not handed out before, processor by processor, the newest sample first.
    /// Programs cannot write meanwhile. Needs <see cref="PerfBufferOptions.IsOverwritable"/>.
    /// </summary>
    /// <returns>How many samples.</returns>
    public int ReadNewest<T>(ref T handler)
        where T : IPerfHandler, allows ref struct
    {
        if (!_options.IsOverwritable) throw new InvalidOperationException($"perf buffers of '{_name}' are not overwritable: use Read");
        _gate.Enter(_name);
        int count = 0;
        try
        {
            _memory.Pause(true);
            foreach (PerfRing ring in _memory.Rings) count += DrainBackward(ring, ref handler);
            return count;
        }
        finally
        {
            _memory.Pause(false);
            Leave();
        }
    }

    /// <summary>As <see cref="ReadNewest{T}"/>, with a delegate.</summary>
    public int ReadNewest(PerfBufferCallback callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        PerfCallbackHandler handler = new(callback, null);
        return ReadNewest(ref handler);
    }

    /// <summary>The kernel writes such a buffer downwards: the newest record is at the head, older ones behind it, the oldest cut off.</summary>
    private int DrainBackward<T>(PerfRing ring, ref T handler)
        where T : IPerfHandler, allows ref struct
    {
        ulong head = Volatile.Read(ref *ring.Head), position = head, end = ring.Position;
        if (end - head > ring.Size)
        {
            OverwrittenBytes += (long)(end - head - ring.Size);
            end = head + ring.Size;
        }

        int count = 0;
        ring.Position = head;
        while (position != end)
        {
            ulong offset = position & (ring.Size - 1);
            PerfHeader* record = (PerfHeader*)(ring.Data + offset);
            uint length = record->Size;
            if (length < PerfRing.HeaderSize || (length & 7) != 0 || length > end - position)
            {
                OverwrittenBytes += (long)(end - position); // the oldest record, of which only the beginning is left
                break;
            }

            if (offset + length > ring.Size) record = (PerfHeader*)Join(ring, offset, length);
            position += length;
            if (record->Type != PerfRing.SampleRecord)
            {
                Other(ring, record, ref handler);
                continue;
            }

            count++;
            handler.OnSample(ring.Cpu, Raw(ring, record));
        }

        return count;
    }

    private PerfRing? Oldest(ReadOnlySpan<PerfRing> rings, ReadOnlySpan<ulong> heads)
    {
        PerfRing? oldest = null;
        ulong time = ulong.MaxValue;
        for (int i = 0; i < rings.Length; i++)
        {
            if ((long)(heads[i] - rings[i].Position) <= 0) continue;
            PerfHeader* record = Peek(rings[i], *rings[i].Head);
            ulong at = record->Type == PerfRing.SampleRecord && record->Size >= 16 ? ((ulong*)record)[1] : 0; // what is no sample has no time: at once
            if (oldest is not null && at >= time) continue;
            oldest = rings[i];
            time = at;
        }

        return oldest;
    }
}

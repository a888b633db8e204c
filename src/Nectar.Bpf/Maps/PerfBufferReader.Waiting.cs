// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Maps;

// Waiting, loops, and reading one sample at a time.
public sealed unsafe partial class PerfBufferReader
{
    /// <summary>The host's memory, for loops over several sources.</summary>
    internal PerfMemory Memory => _memory;

    /// <summary>True once it is disposed.</summary>
    internal bool IsDisposed => _gate.IsClosed;

    /// <summary>How the buffers were opened.</summary>
    public PerfBufferOptions Options => _options;

    /// <summary>Waits until a program wakes the reader, or until there is something to read.</summary>
    /// <param name="timeoutMs">Milliseconds; -1 for ever. See <see cref="PerfBufferOptions"/> for when programs wake.</param>
    /// <param name="cancellation">Ends the wait with an exception.</param>
    /// <returns>True if there may be something to read; false after the time, and if the reader is disposed meanwhile.</returns>
    public bool Wait(int timeoutMs = -1, CancellationToken cancellation = default)
    {
        Enter();
        try
        {
            if (HasRecord()) return true;
            return (_memory.Wait(timeoutMs < 0 ? -1 : timeoutMs * 1_000_000L, cancellation) || HasRecord()) && !_gate.IsClosed;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Reads on this thread until it is cancelled or disposed.</summary>
    /// <returns>How many samples were handed out.</returns>
    public long Run<T>(ref T handler, CancellationToken cancellation = default)
        where T : IPerfHandler, allows ref struct
    {
        Enter();
        long total = 0;
        CancellationTokenRegistration registration = cancellation.UnsafeRegister(static memory => ((PerfMemory)memory!).Interrupt(), _memory);
        try
        {
            while (!cancellation.IsCancellationRequested && !_gate.IsClosed)
            {
                total += Drain(ref handler);
                if (!HasRecord()) _memory.Wait(LongestWait, CancellationToken.None);
            }

            if (!_gate.IsClosed) total += Drain(ref handler);
            return total;
        }
        finally
        {
            registration.Dispose(); // before the memory can go
            Leave();
        }
    }

    /// <summary>As <see cref="Run{T}"/>, with delegates.</summary>
    public long Run(PerfBufferCallback callback, PerfLostCallback? lost = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(callback);
        PerfCallbackHandler handler = new(callback, lost);
        return Run(ref handler, cancellation);
    }

    /// <summary>For loops over several sources: becomes the user of the reader for as long as the loop runs.</summary>
    internal void BeginUse() => Enter();

    /// <summary>Ends <see cref="BeginUse"/>.</summary>
    internal void EndUse() => Leave();

    /// <summary>Bytes that wait in the fullest buffer.</summary>
    internal long Waiting
    {
        get
        {
            long most = 0;
            foreach (PerfRing ring in _memory.Rings) most = Math.Max(most, (long)(Volatile.Read(ref *ring.Head) - ring.Position));
            return most;
        }
    }

    /// <summary>Nanoseconds after which a loop looks, wake-up or not; -1 if it need not.</summary>
    internal long LongestWait => _options.MaxDelay > TimeSpan.Zero ? (long)_options.MaxDelay.TotalNanoseconds : -1;

    /// <summary>True if something can be read.</summary>
    internal bool HasRecord()
    {
        foreach (PerfRing ring in _memory.Rings)
        {
            if (Volatile.Read(ref *ring.Head) != ring.Position) return true;
        }

        return false;
    }

    /// <summary>Copies one sample out, from the processor after the one that the last came from.</summary>
    private bool TryTake(ref int next, ref byte[] buffer, out PerfSample sample)
    {
        sample = default;
        if (!_gate.TryEnter())
        {
            if (_gate.IsClosed) return false;
            Enter();
        }

        try
        {
            int count = _memory.Rings.Length;
            for (int i = 0; i < count; i++)
            {
                PerfRing ring = _memory.Rings[(next + i) % count];
                long lost = 0;
                while (Peek(ring, Volatile.Read(ref *ring.Head)) is var record && record is not null)
                {
                    bool isSample = record->Type == PerfRing.SampleRecord;
                    if (isSample)
                    {
                        ReadOnlySpan<byte> data = Raw(ring, record);
                        if (buffer.Length < data.Length) buffer = new byte[Math.Max(data.Length, buffer.Length * 2)];
                        data.CopyTo(buffer);
                        sample = new PerfSample(ring.Cpu, _options.HasTimestamps ? ((ulong*)record)[1] : 0, lost, buffer.AsMemory(0, data.Length));
                    }
                    else
                    {
                        lost += LostBy(record);
                    }

                    Pass(ring, record);
                    if (!isSample) continue;
                    ring.Lost += lost;
                    next = (next + i + 1) % count;
                    return true;
                }

                ring.Lost += lost; // no sample after it yet: it shows in the counts
            }

            return false;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>The record at the reader's position, in one piece; null if there is none.</summary>
    private PerfHeader* Peek(PerfRing ring, ulong head)
    {
        if (ring.Position == head) return null;
        ulong offset = ring.Position & (ring.Size - 1);
        PerfHeader* record = (PerfHeader*)(ring.Data + offset);
        uint length = record->Size;
        if (length < PerfRing.HeaderSize || (length & 7) != 0 || length > head - ring.Position || head - ring.Position > ring.Size) throw Damaged(ring, length);
        return offset + length > ring.Size ? (PerfHeader*)Join(ring, offset, length) : record;
    }

    private ReadOnlySpan<byte> Raw(PerfRing ring, PerfHeader* record)
    {
        uint raw = *(uint*)((byte*)record + _rawOffset);
        if (record->Size < _rawOffset + 4 || raw > record->Size - _rawOffset - 4) throw Damaged(ring, record->Size);
        return new ReadOnlySpan<byte>((byte*)record + _rawOffset + 4, (int)raw);
    }

    private static void Pass(PerfRing ring, PerfHeader* record)
    {
        ring.Position += record->Size;
        Volatile.Write(ref *ring.Tail, ring.Position);
    }
}

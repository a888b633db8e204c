// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Bpf.Maps;

/// <summary>
/// Opens and reads the buffers of a perf event array, one for each processor, on any host. One call at a time, except for
/// <see cref="Dispose"/>, which ends the call that is under way.
/// </summary>
public sealed unsafe partial class PerfBufferReader : IDisposable
{
    private readonly PerfMemory _memory;
    private readonly PerfBufferOptions _options;
    private readonly string _name;
    private readonly byte* _scratch; // for records in two pieces
    private readonly int _rawOffset;
    private UseGate _gate;

    /// <summary>Opens the buffers; from now on programs can write samples.</summary>
    /// <param name="map">A perf event array.</param>
    /// <param name="bytesPerCpu">Size of a buffer: a power of two, at least 4096.</param>
    public PerfBufferReader(BpfMap map, int bytesPerCpu)
        : this(map, new PerfBufferOptions { BytesPerCpu = bytesPerCpu })
    {
    }

    /// <summary>Opens the buffers; from now on programs can write samples.</summary>
    /// <param name="map">A perf event array.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="ArgumentException">The map is no perf event array, or the options make no sense.</exception>
    /// <exception cref="InvalidOperationException">They are open already.</exception>
    /// <exception cref="Diagnostics.KernelException">The kernel refuses (NEC4302).</exception>
    public PerfBufferReader(BpfMap map, PerfBufferOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        _options = options ?? new PerfBufferOptions();
        if (_options.BytesPerCpu < 4096 || !int.IsPow2(_options.BytesPerCpu)) throw new ArgumentOutOfRangeException(nameof(options), _options.BytesPerCpu, "bytes per processor: a power of two, at least 4096");
        _memory = map.OpenPerf(_options);
        _name = map.Name;
        _scratch = (byte*)NativeMemory.Alloc(ushort.MaxValue + 1);
        _rawOffset = PerfRing.HeaderSize + (_options.HasTimestamps ? 8 : 0);
    }

    /// <summary>Samples that found no room, over all processors.</summary>
    public long Lost
    {
        get
        {
            long sum = 0;
            foreach (PerfRing ring in _memory.Rings) sum += LostIn(ring);
            return sum;
        }
    }

    /// <summary>Records that are neither samples nor about lost ones; always 0 for what BPF programs write.</summary>
    public long Unknown { get; private set; }

    /// <summary>The processors that have a buffer.</summary>
    public IReadOnlyList<int> Cpus
    {
        get
        {
            int[] cpus = new int[_memory.Rings.Length];
            for (int i = 0; i < cpus.Length; i++) cpus[i] = _memory.Rings[i].Cpu;
            return cpus;
        }
    }

    /// <summary>Samples that found no room on one processor.</summary>
    public long LostOn(int cpu)
    {
        long sum = 0;
        foreach (PerfRing ring in _memory.Rings) sum += ring.Cpu == cpu ? LostIn(ring) : 0;
        return sum;
    }

    /// <summary>Hands out all samples that are ready, processor by processor.</summary>
    /// <param name="handler">Gets samples and losses.</param>
    /// <returns>How many samples.</returns>
    /// <exception cref="MapException">A buffer's records make no sense (NEC9256): somebody else writes to its memory.</exception>
    public int Read<T>(ref T handler)
        where T : IPerfHandler, allows ref struct
    {
        Enter();
        try
        {
            return Drain(ref handler);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>As <see cref="Read{T}"/>, with delegates.</summary>
    public int Read(PerfBufferCallback callback, PerfLostCallback? lost = null)
    {
        ArgumentNullException.ThrowIfNull(callback);
        PerfCallbackHandler handler = new(callback, lost);
        return Read(ref handler);
    }

    /// <summary>Stops the programs' writing until <see cref="Resume"/>; what they try meanwhile is lost, and counted.</summary>
    public void Pause() => _memory.Pause(true);

    /// <summary>Lets programs write again.</summary>
    public void Resume() => _memory.Pause(false);

    /// <summary>Opens buffers for processors that came online since; until then programs on them get ENOENT.</summary>
    /// <returns>How many buffers are new.</returns>
    public int RefreshCpus()
    {
        Enter();
        try
        {
            return _memory.Refresh();
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Stops reading. A call that waits ends; one that is in a handler ends after it.</summary>
    public void Dispose()
    {
        if (_gate.Close(out bool isInUse)) Free();
        else if (isInUse) _memory.Interrupt();
    }

    /// <summary>Reads all processors' buffers once.</summary>
    internal int Drain<T>(ref T handler)
        where T : IPerfHandler, allows ref struct
    {
        int count = 0;
        foreach (PerfRing ring in _memory.Rings)
        {
            try
            {
                count += DrainOne(ring, Volatile.Read(ref *ring.Head), ref handler);
            }
            finally
            {
                Volatile.Write(ref *ring.Tail, ring.Position); // after all loads of the samples
            }

            if (_gate.IsClosed) break;
        }

        return count;
    }

    /// <summary>The loop over one processor's records, up to a position. The kernel hears of each quarter of the buffer that is read.</summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    private int DrainOne<T>(PerfRing ring, ulong head, ref T handler)
        where T : IPerfHandler, allows ref struct
    {
        ulong position = ring.Position, left = head - position, size = ring.Size;
        if (left > size || (left & 7) != 0) throw Damaged(ring, 0);
        int count = 0, cpu = ring.Cpu, rawOffset = _rawOffset;
        while (left != 0)
        {
            // A piece of the buffer, up to its end or where writing is; of it a quarter of the buffer, after which the kernel hears of the position.
            byte* record = ring.Data + (position & (size - 1));
            byte* limit = record + Math.Min(left, size - (position & (size - 1)));
            byte* stop = record + Math.Min((ulong)(limit - record), size / 4);
            ulong bias = position - (ulong)record;
            while (record < stop)
            {
                ulong header = *(ulong*)record, length = header >> 48; // aligned to 8, so never in two pieces
                byte* next = record + length;
                if (next > limit || (length & 7) != 0 || length == 0) break;
                ring.Position = (ulong)next + bias; // before the handler: a sample whose handler throws must not come for ever
                if ((uint)header == PerfRing.SampleRecord)
                {
                    byte* sample = record + rawOffset + 4;
                    if (sample > next) throw Damaged(ring, (uint)length);
                    uint raw = *(uint*)(sample - 4);
                    if (sample + raw > next) throw Damaged(ring, (uint)length);
                    count++;
                    handler.OnSample(cpu, MemoryMarshal.CreateReadOnlySpan(ref *sample, (int)raw));
                }
                else
                {
                    Other(ring, (PerfHeader*)record, ref handler);
                }

                record = next;
            }

            if (record < stop) count += Awkward(ring, head, ref handler);
            left = head - ring.Position;
            position = ring.Position;
            Volatile.Write(ref *ring.Tail, position);
        }

        return count;
    }

    /// <summary>Reads one record that is in two pieces.</summary>
    private int Awkward<T>(PerfRing ring, ulong head, ref T handler)
        where T : IPerfHandler, allows ref struct
    {
        PerfHeader* record = Peek(ring, head); // throws if it is damaged
        ring.Position += record->Size;
        if (record->Type != PerfRing.SampleRecord)
        {
            Other(ring, record, ref handler);
            return 0;
        }

        handler.OnSample(ring.Cpu, Raw(ring, record));
        return 1;
    }

    private void Other<T>(PerfRing ring, PerfHeader* record, ref T handler)
        where T : IPerfHandler, allows ref struct
    {
        long lost = LostBy(record);
        ring.Lost += lost;
        if (lost > 0) handler.OnLost(ring.Cpu, lost);
    }

    /// <summary>Samples that a record reports as lost; records of other kinds are counted.</summary>
    private long LostBy(PerfHeader* record)
    {
        if (record->Type == PerfRing.LostRecord && record->Size >= 24) return ((long*)record)[2];
        if (record->Type == PerfRing.LostSamplesRecord && record->Size >= 16) return ((long*)record)[1];
        Unknown++;
        return 0;
    }

    private byte* Join(PerfRing ring, ulong offset, uint length)
    {
        uint first = (uint)(ring.Size - offset);
        Buffer.MemoryCopy(ring.Data + offset, _scratch, ushort.MaxValue + 1, first);
        Buffer.MemoryCopy(ring.Data, _scratch + first, ushort.MaxValue + 1 - first, length - first);
        return _scratch;
    }

    private long LostIn(PerfRing ring) => _gate.IsClosed || _memory.CountLost(ring) is not (>= 0 and var known) ? ring.Lost : known;

    private void Enter()
    {
        if (_options.IsOverwritable) throw new InvalidOperationException($"perf buffers of '{_name}' are written over without end: use ReadNewest");
        _gate.Enter(_name);
    }

    private void Leave()
    {
        if (_gate.Exit()) Free();
    }

    private void Free()
    {
        NativeMemory.Free(_scratch);
        _memory.Dispose();
    }

    private MapException Damaged(PerfRing ring, uint length) =>
        new(_name, $"read the buffer of processor {ring.Cpu}: at {ring.Position} (programs write at {*ring.Head}) is a record of {length} bytes, which does not fit: its memory was written by somebody else");

    /// <summary><c>struct perf_event_header</c>.</summary>
    private readonly struct PerfHeader
    {
        internal uint Type { get; init; }

        internal ushort Misc { get; init; }

        internal ushort Size { get; init; }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>
/// The ring buffer, with the kernel's positions, record headers (length with busy and discard bits) and wake-up rules.
/// The kernel maps its data twice in a row, so that a record can run over the end; here the data has as much memory again behind
/// it, and since records are only ever touched through their own address, the two halves need not be the same memory.
/// Any number of producers, one reader.
/// </summary>
internal sealed unsafe class VmRingBuffer : VmMap
{
    internal const uint HeaderSize = RingMemory.HeaderSize;
    internal const uint BusyBit = RingMemory.BusyBit;
    internal const uint DiscardBit = RingMemory.DiscardBit;

    /// <summary>Flag of submit, discard and output: no wake-up.</summary>
    internal const ulong NoWakeup = 1;

    /// <summary>Flag of submit, discard and output: wake up in any case.</summary>
    internal const ulong ForceWakeup = 2;

    private const uint MaxRecordSize = uint.MaxValue / 4;

    private readonly byte* _data;
    private readonly Positions* _positions;
    private readonly ulong _mask;
    private VmRingMemory? _reader;

    internal VmRingBuffer(MapDefinition definition, int cpuCount, VmMapOptions options)
        : base(definition, cpuCount, options)
    {
        _data = MapMemory.Allocate(definition, (UInt128)definition.MaxEntries * 2);
        _positions = (Positions*)MapMemory.Allocate(definition, (uint)sizeof(Positions));
        _mask = definition.MaxEntries - 1;
    }

    /// <summary>Bytes of the data area.</summary>
    internal ulong Capacity => _mask + 1;

    /// <summary>Where the reader is, in bytes since the start; records behind are free.</summary>
    internal ulong ConsumerPosition
    {
        get => Volatile.Read(ref _positions->Consumer);
        set => Volatile.Write(ref _positions->Consumer, value);
    }

    /// <summary>Where the next record goes, in bytes since the start.</summary>
    internal ulong ProducerPosition => Volatile.Read(ref _positions->Producer);

    /// <summary>How many reservations and outputs failed because the ring was full.</summary>
    internal long Lost => Volatile.Read(ref _positions->Lost);

    internal byte* DataAddress => _data;

    internal ulong* ConsumerAddress => &_positions->Consumer;

    internal ulong* ProducerAddress => &_positions->Producer;

    /// <summary>Gives the memory to the one user at the other side.</summary>
    /// <param name="owner">The map that the user opens.</param>
    /// <exception cref="InvalidOperationException">There is one already.</exception>
    internal VmRingMemory Open(VmMap owner)
    {
        VmRingMemory memory = new(this, owner);
        if (Interlocked.CompareExchange(ref _reader, memory, null) is null) return memory;
        memory.Dispose(); // detaches only itself
        throw new InvalidOperationException($"ring buffer '{Name}' has a reader already: dispose that one first");
    }

    internal override RingMemory OpenRing() => Open(this);

    /// <summary>Gives the place back.</summary>
    internal void Detach(VmRingMemory reader) => Interlocked.CompareExchange(ref _reader, null, reader);

    /// <summary><c>bpf_ringbuf_reserve</c>: the record's data, or null if the ring is full or the size impossible.</summary>
    internal byte* Reserve(ulong size, ulong flags)
    {
        if (flags != 0 || size > MaxRecordSize) return null;
        ulong length = (size + HeaderSize + 7) & ~7ul;
        if (length > Capacity) return null;

        SpinWord.Enter(&_positions->Lock);
        ulong consumer = Volatile.Read(ref _positions->Consumer);
        ulong producer = _positions->Producer;
        ulong pending = _positions->Pending;
        while (pending < producer)
        {
            // a record that is still being written, also behind later ones that are ready, keeps its memory
            uint header = Volatile.Read(ref *(uint*)(_data + (pending & _mask)));
            if ((header & BusyBit) != 0) break;
            pending += RecordLength(header);
        }

        _positions->Pending = pending;
        ulong next = producer + length;
        if (next - consumer > _mask || next - pending > _mask)
        {
            SpinWord.Exit(&_positions->Lock);
            Interlocked.Increment(ref _positions->Lost);
            return null;
        }

        byte* record = _data + (producer & _mask);
        *(uint*)record = (uint)size | BusyBit;
        *(uint*)(record + 4) = (uint)((producer & _mask) >> 12); // the kernel's page offset; shown for what it is, not used
        Volatile.Write(ref _positions->Producer, next);
        SpinWord.Exit(&_positions->Lock);
        return record + HeaderSize;
    }

    /// <summary><c>bpf_ringbuf_submit</c> and <c>bpf_ringbuf_discard</c>.</summary>
    /// <param name="sample">What <see cref="Reserve"/> gave.</param>
    /// <param name="flags">Wake-up flags.</param>
    /// <param name="discard">True: the reader skips the record.</param>
    internal void Commit(byte* sample, ulong flags, bool discard)
    {
        byte* record = sample - HeaderSize;
        uint length = *(uint*)record & ~BusyBit;
        Interlocked.Exchange(ref *(uint*)record, discard ? length | DiscardBit : length); // also a full barrier before the reader's position is looked at
        if ((flags & ForceWakeup) != 0) Wake();
        else if ((flags & NoWakeup) == 0 && (ConsumerPosition & _mask) == (ulong)(record - _data)) Wake();
    }

    /// <summary><c>bpf_ringbuf_output</c>: 0 or a negative errno.</summary>
    internal long Output(byte* data, ulong size, ulong flags)
    {
        if ((flags & ~(NoWakeup | ForceWakeup)) != 0) return -(long)Errno.EINVAL;
        byte* record = Reserve(size, 0);
        if (record is null) return -(long)Errno.EAGAIN;
        Unsafe.CopyBlockUnaligned(record, data, (uint)size);
        Commit(record, flags, false);
        return 0;
    }

    /// <summary><c>bpf_ringbuf_query</c>: available bytes (0), size (1), reader's position (2), producers' position (3); 0 for others.</summary>
    internal ulong Query(ulong what) => what switch
    {
        0 => ProducerPosition - ConsumerPosition,
        1 => Capacity,
        2 => ConsumerPosition,
        3 => ProducerPosition,
        _ => 0,
    };

    /// <summary>Size that a record was reserved with, while its owner holds it.</summary>
    internal static uint ReservedSize(byte* sample) => *(uint*)(sample - HeaderSize) & ~(BusyBit | DiscardBit);

    /// <summary>The header at the reader's position.</summary>
    internal uint HeaderAt(ulong position) => Volatile.Read(ref *(uint*)(_data + (position & _mask)));

    /// <summary>The data of the record at a position; <paramref name="header"/> is that of a finished record.</summary>
    internal ReadOnlySpan<byte> RecordAt(ulong position, uint header) => new(_data + (position & _mask) + HeaderSize, (int)header);

    /// <summary>Bytes from one record to the next.</summary>
    internal static ulong RecordLength(uint header) => ((header & ~(BusyBit | DiscardBit)) + (ulong)HeaderSize + 7) & ~7ul;

    internal override byte* LookupPointer(byte* key, uint cpu) => null;

    protected override long ProgramUpdate(byte* key, byte* value, ulong flags, uint cpu) => -(long)Errno.ENOTSUPP;

    protected override long ProgramDelete(byte* key) => -(long)Errno.ENOTSUPP;

    protected override Errno UserLookup(byte* key, byte* value, bool locked) => Errno.ENOTSUPP;

    protected override Errno UserUpdate(byte* key, byte* value, MapUpdateFlags flags) => Errno.ENOTSUPP;

    protected override Errno UserDelete(byte* key) => Errno.ENOTSUPP;

    protected override Errno UserNextKey(byte* key, byte* next) => Errno.ENOTSUPP;

    protected override void FreeMemory()
    {
        NativeBlocks.Free(_data);
        NativeBlocks.Free(_positions);
    }

    /// <summary>Wakes the user at the other side.</summary>
    internal void Wake() => Volatile.Read(ref _reader)?.Wake();

    /// <summary>Each on a cache line of its own: the reader writes one, producers the others.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Positions
    {
        [FieldOffset(0)] internal ulong Consumer;
        [FieldOffset(64)] internal ulong Producer;
        [FieldOffset(128)] internal int Lock;
        [FieldOffset(136)] internal ulong Pending;
        [FieldOffset(192)] internal long Lost;
    }
}

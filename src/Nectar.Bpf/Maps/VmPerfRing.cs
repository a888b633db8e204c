// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>
/// The buffer that a perf event of one processor writes to, with the kernel's records. A sample that finds no room is counted, and a
/// record about it comes before the next one that does. Unlike the kernel's, samples keep their exact size.
/// </summary>
internal sealed unsafe class VmPerfRing
{
    private const int LostSize = 24;

    private readonly byte* _data;
    private readonly Positions* _positions;
    private readonly ulong _mask;

    internal VmPerfRing(MapDefinition array, int cpu, uint size)
    {
        _data = MapMemory.Allocate(array, size);
        _positions = (Positions*)MapMemory.Allocate(array, (uint)sizeof(Positions));
        _mask = size - 1;
        Reading = new PerfRing { Cpu = cpu, Head = &_positions->Head, Tail = &_positions->Tail, Data = _data, Size = size };
    }

    /// <summary>The reader's side.</summary>
    internal PerfRing Reading { get; }

    /// <summary>Samples that found no room.</summary>
    internal long Lost => Volatile.Read(ref _positions->Lost);

    /// <summary>Writes a sample: 0 or a negative errno.</summary>
    internal long Output(byte* data, ulong size, byte* more, ulong moreSize, bool isPaused)
    {
        ulong length = (PerfRing.HeaderSize + 4 + size + moreSize + 7) & ~7ul;
        if (length > ushort.MaxValue) return -(long)Errno.E2BIG;
        SpinWord.Enter(&_positions->Lock);
        ulong head = _positions->Head;
        ulong unreported = (ulong)(_positions->Lost - _positions->Reported);
        ulong room = _mask - (head - Volatile.Read(ref _positions->Tail));
        if (isPaused || length + (unreported > 0 ? LostSize : 0u) > room)
        {
            _positions->Lost++;
            SpinWord.Exit(&_positions->Lock);
            return -(long)Errno.ENOSPC;
        }

        if (unreported > 0)
        {
            ulong* lost = stackalloc ulong[3] { Header(PerfRing.LostRecord, LostSize), 0, unreported };
            Copy(head, (byte*)lost, LostSize);
            head += LostSize;
            _positions->Reported = _positions->Lost;
        }

        ulong header = Header(PerfRing.SampleRecord, length);
        uint raw = (uint)(size + moreSize);
        Copy(head, (byte*)&header, PerfRing.HeaderSize);
        Copy(head + PerfRing.HeaderSize, (byte*)&raw, 4);
        Copy(head + PerfRing.HeaderSize + 4, data, size);
        Copy(head + PerfRing.HeaderSize + 4 + size, more, moreSize);
        Volatile.Write(ref _positions->Head, head + length);
        SpinWord.Exit(&_positions->Lock);
        return 0;
    }

    internal void Free()
    {
        NativeBlocks.Free(_data);
        NativeBlocks.Free(_positions);
    }

    private static ulong Header(uint type, ulong size) => type | (size << 48);

    private void Copy(ulong position, byte* from, ulong size)
    {
        ulong first = Math.Min(size, _mask + 1 - (position & _mask));
        Buffer.MemoryCopy(from, _data + (position & _mask), first, first);
        if (first < size) Buffer.MemoryCopy(from + first, _data, size - first, size - first);
    }

    /// <summary>Each on a cache line of its own: the reader writes one, the program the others.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 192)]
    private struct Positions
    {
        [FieldOffset(0)] internal ulong Tail;
        [FieldOffset(64)] internal ulong Head;
        [FieldOffset(128)] internal int Lock;
        [FieldOffset(136)] internal long Lost;
        [FieldOffset(144)] internal long Reported;
    }
}

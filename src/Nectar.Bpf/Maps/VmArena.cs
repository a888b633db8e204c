// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>
/// An arena: a range of pages that programs allocate from and users read and write. The range is reserved at once and aligned
/// to its size, so that the low 32 bits of an address never wrap inside it; the system gives memory to pages that are touched.
/// A pointer has the same value for programs and users. A page that is not allocated reads as zero.
/// </summary>
internal sealed unsafe class VmArena : VmSpecialMap
{
    internal const uint PageSize = 4096;

    private readonly byte* _block;
    private readonly byte* _base;
    private readonly bool[] _allocated;
    private readonly MapRegion[] _regions;

    internal VmArena(MapDefinition definition, int cpuCount, VmMapOptions options)
        : base(definition, cpuCount, options, Errno.EOPNOTSUPP)
    {
        ulong size = (ulong)definition.MaxEntries * PageSize;
        ulong alignment = System.Numerics.BitOperations.RoundUpToPowerOf2(size);
        _block = MapMemory.Allocate(definition, (UInt128)size + alignment);
        _base = (byte*)(((ulong)_block + alignment - 1) & ~(alignment - 1));
        _allocated = new bool[definition.MaxEntries];
        _regions = [new MapRegion((ulong)_base, size, (uint)Math.Min(size, uint.MaxValue), 0, (uint)Math.Min(size, uint.MaxValue), false)];
        Header->Values = _base;
        Header->ElementStride = PageSize;
    }

    internal override ReadOnlySpan<MapRegion> Regions => _regions;

    /// <summary>The address of the first page.</summary>
    internal ulong BaseAddress => (ulong)_base;

    /// <summary>Bytes in the range.</summary>
    internal ulong Size => (ulong)_allocated.Length * PageSize;

    /// <summary>Memory of the range, for users.</summary>
    internal Span<byte> Slice(ulong offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + (uint)length, Size);
        return new Span<byte>(_base + offset, length);
    }

    /// <summary><c>bpf_arena_alloc_pages</c>: the address of zeroed pages, or 0.</summary>
    /// <param name="address">Where, or 0 for anywhere.</param>
    /// <param name="count">How many pages in a row.</param>
    /// <param name="flags">0.</param>
    internal ulong AllocatePages(ulong address, uint count, ulong flags)
    {
        if (flags != 0 || count == 0 || count > (uint)_allocated.Length || address % PageSize != 0) return 0;
        lock (_allocated)
        {
            int start;
            if (address != 0)
            {
                ulong offset = (uint)address - (ulong)(uint)BaseAddress; // only the low half of a pointer counts, as in the kernel
                if (offset > Size - ((ulong)count * PageSize)) return 0;
                start = (int)(offset / PageSize);
                if (_allocated.AsSpan(start, (int)count).Contains(true)) return 0;
            }
            else
            {
                start = FindFree((int)count);
                if (start < 0) return 0;
            }

            _allocated.AsSpan(start, (int)count).Fill(true);
            byte* first = _base + ((ulong)start * PageSize);
            return (ulong)first;
        }
    }

    /// <summary><c>bpf_arena_free_pages</c>: pages that are not allocated are left alone.</summary>
    internal void FreePages(ulong address, uint count)
    {
        ulong offset = (uint)address - (ulong)(uint)BaseAddress;
        if (offset >= Size) return;
        lock (_allocated)
        {
            int start = (int)(offset / PageSize);
            int end = (int)Math.Min((ulong)_allocated.Length, (ulong)start + count);
            for (int page = start; page < end; page++)
            {
                if (!_allocated[page]) continue;
                _allocated[page] = false;
                Unsafe.InitBlock(_base + ((ulong)page * PageSize), 0, PageSize);
            }
        }
    }

    protected override Errno UserLookup(byte* key, byte* value, bool locked) => Errno.EINVAL;

    protected override void FreeMemory() => NativeBlocks.Free(_block);

    private int FindFree(int count)
    {
        for (int start = 0, run = 0; start + run < _allocated.Length;)
        {
            if (_allocated[start + run])
            {
                start += run + 1;
                run = 0;
            }
            else if (++run == count)
            {
                return start;
            }
        }

        return -1;
    }
}

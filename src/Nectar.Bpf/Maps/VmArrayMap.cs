// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>
/// Array and per-CPU array. A processor's values lie together, so that processors do not write to each other's cache lines;
/// <see cref="MapHeader.CpuStride"/> apart from the next one's.
/// </summary>
internal sealed unsafe class VmArrayMap : VmMap
{
    private readonly byte* _values;
    private readonly uint _stride;
    private readonly ulong _cpuStride;
    private readonly MapRegion[] _regions;

    internal VmArrayMap(MapDefinition definition, int cpuCount, VmMapOptions options)
        : base(definition, cpuCount, options)
    {
        _stride = MapMemory.Round8(definition.ValueSize);
        ulong slab = (ulong)_stride * definition.MaxEntries;
        int cpus = IsPerCpu ? cpuCount : 1;
        if (IsPerCpu)
        {
            while (slab % 64 != 0) slab += _stride; // whole elements and whole cache lines for each processor
            if (slab > uint.MaxValue) throw MapCodes.Refuse(MapCodes.Memory, definition, Errno.ENOMEM, "the values of one processor need more than 4 GiB");
        }

        _values = MapMemory.Allocate(definition, (UInt128)slab * (uint)cpus);
        _cpuStride = IsPerCpu ? slab : 0;
        _regions = [new MapRegion((ulong)_values, slab * (uint)cpus, _stride, 0, definition.ValueSize, definition.IsReadOnlyToPrograms)];
        Header->Values = _values;
        Header->ElementStride = _stride;
        Header->CpuStride = (uint)_cpuStride;
    }

    internal override ReadOnlySpan<MapRegion> Regions => _regions;

    /// <summary>The values themselves: of data sections the variables. Writes are seen by programs at once.</summary>
    internal Span<byte> Memory => new(_values, (int)Math.Min(int.MaxValue, _regions[0].Length));

    internal override byte* LookupPointer(byte* key, uint cpu)
    {
        uint index = *(uint*)key;
        return index < Header->MaxEntries ? Element(index, cpu) : null;
    }

    internal override long ForEach(delegate*<VmMap, byte*, byte*, nint, long> callback, nint state, uint cpu)
    {
        uint count = Header->MaxEntries;
        for (uint i = 0; i < count; i++)
        {
            uint key = i; // a copy: the callback may write to it, and must not steer the loop
            if (callback(this, (byte*)&key, Element(i, cpu), state) != 0) return i + 1;
        }

        return count;
    }

    protected override long ProgramUpdate(byte* key, byte* value, ulong flags, uint cpu) => -(long)Update(*(uint*)key, value, (MapUpdateFlags)flags, (int)cpu);

    protected override long ProgramDelete(byte* key) => -(long)Errno.EINVAL;

    protected override Errno UserLookup(byte* key, byte* value, bool locked)
    {
        uint index = *(uint*)key;
        if (index >= Header->MaxEntries) return Errno.ENOENT;
        if (!IsPerCpu)
        {
            Copier.CopyOut(value, Element(index, 0), locked);
            return Errno.None;
        }

        new Span<byte>(value, UserValueSize).Clear(); // padding between values must not show old memory
        for (uint cpu = 0; cpu < CpuCount; cpu++) Copier.CopyOut(value + (cpu * _stride), Element(index, cpu));
        return Errno.None;
    }

    protected override Errno UserUpdate(byte* key, byte* value, MapUpdateFlags flags) => Update(*(uint*)key, value, flags, -1);

    protected override Errno UserDelete(byte* key) => Errno.EINVAL;

    protected override Errno UserNextKey(byte* key, byte* next) => NextIndex(key, next, Header->MaxEntries);

    protected override void FreeMemory() => NativeBlocks.Free(_values);

    /// <summary>The step through the indices of anything array-like: an index beyond the end starts again at 0.</summary>
    internal static Errno NextIndex(byte* key, byte* next, uint count)
    {
        uint index = key is null ? uint.MaxValue : *(uint*)key;
        if (index < count && index == count - 1) return Errno.ENOENT;
        *(uint*)next = index >= count ? 0 : index + 1;
        return Errno.None;
    }

    private byte* Element(uint index, uint cpu) => _values + ((ulong)index * _stride) + (cpu * _cpuStride);

    /// <param name="index">Which element.</param>
    /// <param name="value">One value, or one for each processor.</param>
    /// <param name="flags">The caller's flags.</param>
    /// <param name="cpu">The processor of the program that writes, or -1 if a user writes all values.</param>
    private Errno Update(uint index, byte* value, MapUpdateFlags flags, int cpu)
    {
        bool locked = (flags & MapUpdateFlags.Lock) != 0;
        if ((flags & ~MapUpdateFlags.Lock) > MapUpdateFlags.Exist || (locked && IsPerCpu && cpu < 0)) return Errno.EINVAL;
        if (index >= Header->MaxEntries) return Errno.E2BIG;
        if ((flags & MapUpdateFlags.NoExist) != 0) return Errno.EEXIST;
        if (locked && Copier.SpinLockOffset < 0) return Errno.EINVAL;
        if (IsPerCpu && cpu < 0)
        {
            for (uint i = 0; i < CpuCount; i++) Copier.CopyIn(Element(index, i), value + (i * _stride));
        }
        else if (locked)
        {
            Copier.CopyInLocked(Element(index, 0), value);
        }
        else
        {
            Copier.CopyIn(Element(index, (uint)Math.Max(cpu, 0)), value);
        }

        return Errno.None;
    }
}

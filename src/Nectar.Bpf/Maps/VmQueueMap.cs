// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>Queue and stack: a circle of values; both may give up the oldest value when full and asked with BPF_EXIST.</summary>
internal sealed unsafe class VmQueueMap : VmSpecialMap
{
    private readonly byte* _values;
    private readonly uint _size;
    private readonly bool _isStack;
    private readonly Lock _lock = new();
    private uint _oldest;
    private uint _count;

    internal VmQueueMap(MapDefinition definition, int cpuCount, VmMapOptions options)
        : base(definition, cpuCount, options, Errno.EINVAL)
    {
        _size = definition.ValueSize;
        _isStack = definition.Type == MapType.Stack;
        _values = MapMemory.Allocate(definition, (UInt128)_size * definition.MaxEntries);
    }

    /// <summary>Values in the map now.</summary>
    internal int Count => (int)Volatile.Read(ref _count);

    internal override long Push(byte* value, ulong flags)
    {
        if ((flags & (ulong)MapUpdateFlags.NoExist) != 0 || flags > (ulong)MapUpdateFlags.Exist) return -(long)Errno.EINVAL;
        lock (_lock)
        {
            if (_count == Header->MaxEntries)
            {
                if ((flags & (ulong)MapUpdateFlags.Exist) == 0) return -(long)Errno.E2BIG;
                _oldest = Wrap((ulong)_oldest + 1);
                _count--;
            }

            Unsafe.CopyBlockUnaligned(At(_count), value, _size);
            _count++;
            return 0;
        }
    }

    internal override long Pop(byte* value) => Take(value, remove: true);

    internal override long Peek(byte* value) => Take(value, remove: false);

    /// <summary>The values, oldest first, with empty keys.</summary>
    public override IReadOnlyList<(byte[] Key, byte[] Value)> Snapshot()
    {
        lock (_lock)
        {
            List<(byte[] Key, byte[] Value)> all = [];
            for (uint i = 0; i < _count; i++) all.Add(([], new ReadOnlySpan<byte>(At(i), (int)_size).ToArray()));
            return all;
        }
    }

    protected override Errno UserLookup(byte* key, byte* value, bool locked) => (Errno)(-Peek(value));

    protected override Errno UserUpdate(byte* key, byte* value, MapUpdateFlags flags) => (Errno)(-Push(value, (ulong)flags));

    protected override Errno UserLookupAndDelete(byte* key, byte* value) => (Errno)(-Pop(value));

    protected override void FreeMemory() => NativeBlocks.Free(_values);

    private long Take(byte* value, bool remove)
    {
        lock (_lock)
        {
            if (_count == 0)
            {
                Unsafe.InitBlockUnaligned(value, 0, _size); // the kernel hands out zeros with the error
                return -(long)Errno.ENOENT;
            }

            Unsafe.CopyBlockUnaligned(value, At(_isStack ? _count - 1 : 0), _size);
            if (!remove) return 0;
            if (!_isStack) _oldest = Wrap((ulong)_oldest + 1);
            _count--;
            return 0;
        }
    }

    private uint Wrap(ulong index) => (uint)(index >= Header->MaxEntries ? index - Header->MaxEntries : index);

    /// <summary>The value that is so many after the oldest.</summary>
    private byte* At(uint position) => _values + ((ulong)Wrap((ulong)_oldest + position) * _size);
}

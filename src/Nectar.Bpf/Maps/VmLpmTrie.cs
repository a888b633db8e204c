// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>
/// Longest prefix match. One hash holds all prefixes, each under its length and its masked bits; a look-up tries the lengths that
/// are in use, longest first. So look-ups take no lock, and a table with the usual few lengths costs few probes. Like the
/// kernel, the trie shows a key's bits behind the prefix as they were given: they are kept in front of the value.
/// </summary>
internal sealed unsafe class VmLpmTrie : VmMap
{
    private readonly VmHashMap _index;
    private readonly int[] _lengths;
    private readonly uint _maxLength;
    private readonly uint _dataSize;
    private readonly uint _keep;
    private readonly MapRegion[] _regions;

    internal VmLpmTrie(MapDefinition definition, int cpuCount, VmMapOptions options)
        : base(definition, cpuCount, options)
    {
        _dataSize = definition.KeySize - 4;
        _maxLength = _dataSize * 8;
        _keep = MapMemory.Round8(_dataSize);
        _lengths = new int[_maxLength + 1];
        MapDefinition index = new() { Name = definition.Name, Type = MapType.Hash, KeySize = definition.KeySize, ValueSize = _keep + definition.ValueSize, MaxEntries = definition.MaxEntries };
        _index = new VmHashMap(index, cpuCount, new VmMapOptions { HashSeed = options.HashSeed });
        MapRegion all = _index.Regions[0];
        _regions = [all with { Offset = all.Offset + _keep, Size = definition.ValueSize, IsReadOnly = definition.IsReadOnlyToPrograms }];
    }

    internal override ReadOnlySpan<MapRegion> Regions => _regions;

    internal override byte* LookupPointer(byte* key, uint cpu)
    {
        uint length = *(uint*)key;
        if (length > _maxLength) return null;
        byte* masked = stackalloc byte[260];
        for (int at = (int)length; at >= 0; at--)
        {
            if (Volatile.Read(ref _lengths[at]) == 0) continue;
            Mask(masked, key, (uint)at);
            byte* found = _index.LookupPointer(masked, 0);
            if (found is not null) return found + _keep;
        }

        return null;
    }

    protected override long ProgramUpdate(byte* key, byte* value, ulong flags, uint cpu) => -(long)UserUpdate(key, value, (MapUpdateFlags)flags);

    protected override long ProgramDelete(byte* key) => -(long)UserDelete(key);

    protected override Errno UserLookup(byte* key, byte* value, bool locked)
    {
        byte* found = LookupPointer(key, 0);
        if (found is null) return Errno.ENOENT;
        Copier.CopyOut(value, found);
        return Errno.None;
    }

    protected override Errno UserUpdate(byte* key, byte* value, MapUpdateFlags flags)
    {
        uint length = *(uint*)key;
        if (flags > MapUpdateFlags.Exist || length > _maxLength) return Errno.EINVAL;
        byte* masked = stackalloc byte[260];
        Mask(masked, key, length);
        uint size = _keep + Header->ValueSize;
        Span<byte> stored = size <= 1024 ? stackalloc byte[(int)size] : new byte[size];
        new ReadOnlySpan<byte>(key + 4, (int)_dataSize).CopyTo(stored);
        new ReadOnlySpan<byte>(value, (int)Header->ValueSize).CopyTo(stored[(int)_keep..]);
        fixed (byte* s = stored)
        {
            lock (_lengths)
            {
                bool isNew = _index.LookupPointer(masked, 0) is null;
                if (isNew) _lengths[length]++; // before the element can be found, so that a reader tries this length
                Errno errno = _index.Update(masked, s, flags, -1);
                if (isNew && errno != Errno.None) _lengths[length]--;
                return errno == Errno.E2BIG ? Errno.ENOSPC : errno;
            }
        }
    }

    protected override Errno UserDelete(byte* key)
    {
        uint length = *(uint*)key;
        if (length > _maxLength) return Errno.EINVAL;
        byte* masked = stackalloc byte[260];
        Mask(masked, key, length);
        lock (_lengths)
        {
            Errno errno = (Errno)(-_index.DeleteFromProgram(masked));
            if (errno == Errno.None) _lengths[length]--;
            return errno;
        }
    }

    protected override Errno UserNextKey(byte* key, byte* next)
    {
        byte* masked = stackalloc byte[260];
        lock (_lengths)
        {
            ReadOnlySpan<byte> from = default;
            if (key is not null && *(uint*)key <= _maxLength)
            {
                Mask(masked, key, *(uint*)key);
                from = new ReadOnlySpan<byte>(masked, (int)Header->KeySize);
            }

            byte* found = stackalloc byte[260];
            Errno errno = _index.GetNextKey(from, new Span<byte>(found, (int)Header->KeySize));
            if (errno != Errno.None) return errno;
            *(uint*)next = *(uint*)found;
            Unsafe.CopyBlockUnaligned(next + 4, _index.LookupPointer(found, 0), _dataSize);
            return Errno.None;
        }
    }

    protected override void FreeMemory() => _index.Dispose();

    /// <summary>A key with another length, and zeros behind its prefix.</summary>
    private void Mask(byte* target, byte* key, uint length)
    {
        *(uint*)target = length;
        uint whole = length / 8;
        for (uint i = 0; i < _dataSize; i++)
        {
            target[4 + i] = i < whole ? key[4 + i] : i == whole ? (byte)(key[4 + i] & (0xFF00 >> (int)(length % 8))) : (byte)0;
        }
    }
}

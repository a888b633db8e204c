// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>What arrays and hashes of maps share: which inner maps fit, and that they live as long as a program may hold one.</summary>
internal sealed class InnerMaps
{
    private readonly MapDefinition _template;
    private readonly MapField[] _fields;
    private readonly HashSet<VmMap> _held = [];

    internal InnerMaps(MapDefinition template, MapField[] fields)
    {
        _template = template;
        _fields = fields;
    }

    /// <summary>The kernel's <c>map_meta_equal</c>.</summary>
    internal bool Fits(VmMap map)
    {
        MapDefinition inner = map.Definition;
        bool sameCount = _template.Type is not (MapType.Array or MapType.XskMap) || (_template.Flags & MapFlags.InnerMap) != 0;
        return inner.Type == _template.Type && inner.KeySize == _template.KeySize && inner.ValueSize == _template.ValueSize && inner.Flags == _template.Flags
            && (sameCount || inner.MaxEntries == _template.MaxEntries)
            && map.Copier.Fields.SequenceEqual(_fields);
    }

    /// <summary>Keeps a map until the outer map goes: a program may still use one that was replaced.</summary>
    internal void Hold(VmMap map)
    {
        lock (_held)
        {
            if (_held.Add(map)) map.Retain();
        }
    }

    internal void ReleaseAll()
    {
        lock (_held)
        {
            foreach (VmMap map in _held) map.Release();
            _held.Clear();
        }
    }
}

/// <summary>An array of maps: slots hold the addresses of inner maps' headers.</summary>
internal sealed unsafe class VmArrayOfMaps : VmSlotMap
{
    private readonly InnerMaps _inner;

    internal VmArrayOfMaps(MapDefinition definition, int cpuCount, VmMapOptions options)
        : base(definition, cpuCount, options) => _inner = new InnerMaps(definition.Inner!, options.Fields);

    /// <summary>Puts a map into a slot, or empties it with null.</summary>
    internal Errno SetInner(uint index, VmMap? map)
    {
        if (index >= Header->MaxEntries) return Errno.E2BIG;
        if (map is not null && !_inner.Fits(map)) return Errno.EINVAL;
        if (map is not null) _inner.Hold(map);
        ExchangeSlot(index, map is null ? 0 : (ulong)map.Header);
        return Errno.None;
    }

    internal override byte* LookupPointer(byte* key, uint cpu) => (byte*)GetSlot(*(uint*)key);

    private protected override uint NumberOf(uint index, ulong slot) => ((MapHeader*)slot)->Id;

    private protected override Errno SetNumber(uint index, uint number) => FromId(number) is { } map ? SetInner(index, map) : Errno.EBADF;

    protected override void FreeMemory()
    {
        _inner.ReleaseAll();
        base.FreeMemory();
    }
}

/// <summary>A hash of maps: a hash whose 8-byte values are the addresses of inner maps' headers.</summary>
internal sealed unsafe class VmHashOfMaps : VmMap
{
    private readonly VmHashMap _index;
    private readonly InnerMaps _inner;

    internal VmHashOfMaps(MapDefinition definition, int cpuCount, VmMapOptions options)
        : base(definition, cpuCount, options)
    {
        _inner = new InnerMaps(definition.Inner!, options.Fields);
        MapDefinition index = new() { Name = definition.Name, Type = MapType.Hash, KeySize = definition.KeySize, ValueSize = 8, MaxEntries = definition.MaxEntries, Flags = definition.Flags & MapFlags.ZeroSeed };
        _index = new VmHashMap(index, cpuCount, new VmMapOptions { HashSeed = options.HashSeed });
        MapHeader* from = _index.Header;
        Header->Values = from->Values;
        Header->ElementStride = from->ElementStride;
        Header->Buckets = from->Buckets;
        Header->HashShift = from->HashShift;
        Header->HashSeed = from->HashSeed;
        Header->ValueOffset = from->ValueOffset;
        Header->Stripes = from->Stripes;
        Header->StripeMask = from->StripeMask;
    }

    /// <summary>Sets the inner map of a key.</summary>
    internal Errno SetInner(ReadOnlySpan<byte> key, VmMap map, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        fixed (byte* k = key) return key.Length == Definition.KeySize ? Set(k, map, flags) : Errno.EINVAL;
    }

    internal override byte* LookupPointer(byte* key, uint cpu)
    {
        byte* value = _index.LookupPointer(key, cpu);
        return value is null ? null : *(byte**)value;
    }

    protected override long ProgramUpdate(byte* key, byte* value, ulong flags, uint cpu) => -(long)Errno.EINVAL; // the kernel's verifier refuses the call

    protected override long ProgramDelete(byte* key) => -(long)Errno.EINVAL;

    protected override Errno UserLookup(byte* key, byte* value, bool locked)
    {
        byte* header = LookupPointer(key, 0);
        if (header is null) return Errno.ENOENT;
        *(uint*)value = ((MapHeader*)header)->Id;
        return Errno.None;
    }

    protected override Errno UserUpdate(byte* key, byte* value, MapUpdateFlags flags) =>
        FromId(*(uint*)value) is { } map ? Set(key, map, flags) : Errno.EBADF;

    protected override Errno UserDelete(byte* key) => _index.Delete(new ReadOnlySpan<byte>(key, (int)Definition.KeySize));

    protected override Errno UserNextKey(byte* key, byte* next) => _index.GetNextKey(
        new ReadOnlySpan<byte>(key, key is null ? 0 : (int)Definition.KeySize), new Span<byte>(next, (int)Definition.KeySize));

    protected override void FreeMemory()
    {
        _inner.ReleaseAll();
        _index.Dispose();
    }

    private Errno Set(byte* key, VmMap map, MapUpdateFlags flags)
    {
        if (!_inner.Fits(map)) return Errno.EINVAL;
        _inner.Hold(map);
        MapHeader* header = map.Header;
        return _index.Update(key, (byte*)&header, flags, -1);
    }
}

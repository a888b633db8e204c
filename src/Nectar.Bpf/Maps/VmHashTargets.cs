// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>Redirect targets by key: the hash of devices and the hash of sockets. A hash whose values programs may only read.</summary>
internal sealed unsafe class VmHashTargets : VmMap
{
    private readonly VmHashMap _index;
    private readonly MapRegion[] _regions;

    internal VmHashTargets(MapDefinition definition, int cpuCount, VmMapOptions options)
        : base(definition, cpuCount, options)
    {
        MapDefinition index = new() { Name = definition.Name, Type = MapType.Hash, KeySize = definition.KeySize, ValueSize = definition.ValueSize, MaxEntries = definition.MaxEntries };
        _index = new VmHashMap(index, cpuCount, options);
        _regions = definition.Type == MapType.DevMapHash ? [_index.Regions[0] with { IsReadOnly = true }] : [];
    }

    internal override ReadOnlySpan<MapRegion> Regions => _regions;

    /// <summary>The number under a key: an interface or a socket.</summary>
    internal bool TryGetTarget(byte* key, out ulong number)
    {
        byte* found = _index.LookupPointer(key, 0);
        number = found is null ? 0 : Header->ValueSize == 8 && Definition.Type == MapType.SockHash ? *(ulong*)found : *(uint*)found;
        return found is not null;
    }

    internal override byte* LookupPointer(byte* key, uint cpu) => Definition.Type == MapType.DevMapHash ? _index.LookupPointer(key, cpu) : null;

    protected override long ProgramUpdate(byte* key, byte* value, ulong flags, uint cpu) => -(long)Errno.EINVAL;

    protected override long ProgramDelete(byte* key) => Definition.Type == MapType.SockHash ? -(long)UserDelete(key) : -(long)Errno.EINVAL;

    protected override Errno UserLookup(byte* key, byte* value, bool locked) => Definition.Type == MapType.SockHash && Header->ValueSize != 8
        ? Errno.ENOSPC
        : _index.Lookup(new ReadOnlySpan<byte>(key, (int)Header->KeySize), new Span<byte>(value, (int)Header->ValueSize));

    protected override Errno UserUpdate(byte* key, byte* value, MapUpdateFlags flags) => flags > MapUpdateFlags.Exist || (Definition.Type == MapType.DevMapHash && *(uint*)value == 0)
        ? Errno.EINVAL
        : _index.Update(key, value, flags, -1);

    protected override Errno UserDelete(byte* key) => (Errno)(-_index.DeleteFromProgram(key));

    protected override Errno UserNextKey(byte* key, byte* next) =>
        _index.GetNextKey(new ReadOnlySpan<byte>(key, key is null ? 0 : (int)Header->KeySize), new Span<byte>(next, (int)Header->KeySize));

    protected override void FreeMemory() => _index.Dispose();
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Maps;

namespace Nectar.Linux.Inspection;

/// <summary>An element of a map, or why it cannot be read.</summary>
/// <param name="Key">The key's bytes; empty for maps without keys.</param>
/// <param name="Values">One value, or one for each processor.</param>
/// <param name="Errno"><see cref="Errno.None"/>, or what the kernel answered.</param>
public sealed record MapElement(byte[] Key, byte[][] Values, Errno Errno);

/// <summary>Reads the elements of a map for showing: in batches where its kind has them, one by one else.</summary>
public sealed class MapElements
{
    private const int BatchBytes = 1 << 18;
    private readonly KernelMap _map;
    private readonly int _valueSize;

    /// <summary>Makes a reader.</summary>
    public MapElements(KernelMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        _map = map;
        Info = map.GetInfo();
        _valueSize = (int)Info.ValueSize;
        IsPerCpu = map.UserValueSize != _valueSize || Info.Type is MapType.PerCpuArray or MapType.PerCpuHash or MapType.LruPerCpuHash or MapType.PerCpuCgroupStorage;
        Types = Info.Type == MapType.StructOps && Info.KernelValueTypeId != 0 ? KernelTypes.TryRead(1) : KernelTypes.TryRead(Info.BtfId);
        ValueTypeId = Info.Type == MapType.StructOps && Info.KernelValueTypeId != 0 ? Info.KernelValueTypeId : Info.ValueTypeId;
    }

    /// <summary>What the kernel knows about the map.</summary>
    public MapInfo Info { get; }

    /// <summary>True if an element has a value for each processor.</summary>
    public bool IsPerCpu { get; }

    /// <summary>The types of key and value; null for a map without.</summary>
    public BtfTypes? Types { get; }

    /// <summary>The type of keys; 0 for none.</summary>
    public uint KeyTypeId => Info.KeyTypeId;

    /// <summary>The type of values; 0 for none.</summary>
    public uint ValueTypeId { get; }

    /// <summary>True if values can be shown by their type.</summary>
    public bool IsTyped => Types is not null && ValueTypeId != 0;

    private bool HoldsObjects => Info.Type is MapType.ProgArray or MapType.ArrayOfMaps or MapType.HashOfMaps;

    /// <summary>All elements, in the map's order. What programs add or remove meanwhile may or may not be among them.</summary>
    public IEnumerable<MapElement> All()
    {
        if (Info.KeySize == 0) return [];
        return Info.Type is MapType.Hash or MapType.Array or MapType.LruHash or MapType.PerCpuHash or MapType.PerCpuArray or MapType.LruPerCpuHash or MapType.LpmTrie
            ? Batches() : OneByOne();
    }

    /// <summary>Reads one element.</summary>
    public MapElement Lookup(byte[] key)
    {
        byte[] value = new byte[_map.UserValueSize];
        Errno errno = _map.Lookup(key, value);
        return new MapElement(key, errno == Errno.None ? Split(value) : [], errno);
    }

    /// <summary>A value as the map takes it: the same for each processor where there are several.</summary>
    public byte[] Spread(ReadOnlySpan<byte> value)
    {
        if (!IsPerCpu) return value.ToArray();
        byte[] all = new byte[_map.UserValueSize];
        for (int at = 0; at < all.Length; at += Stride) value.CopyTo(all.AsSpan(at));
        return all;
    }

    /// <summary>A value of the whole map as the parts of processors.</summary>
    public byte[][] Split(byte[] value)
    {
        if (!IsPerCpu) return [value];
        byte[][] parts = new byte[value.Length / Stride][];
        for (int cpu = 0; cpu < parts.Length; cpu++) parts[cpu] = value.AsSpan(cpu * Stride, _valueSize).ToArray();
        return parts;
    }

    private int Stride => (_valueSize + 7) & ~7;

    private IEnumerable<MapElement> Batches()
    {
        int keySize = (int)Info.KeySize, valueSize = _map.UserValueSize;
        int room = Math.Clamp(BatchBytes / (keySize + valueSize), 1, (int)Math.Clamp(Info.MaxEntries, 1, 4096));
        byte[] keys = new byte[room * keySize], values = new byte[room * valueSize];
        MapCursor cursor = new();
        while (true)
        {
            Errno errno = _map.LookupBatch(cursor, keys, values, out int count);
            for (int i = 0; i < count; i++) yield return new MapElement(keys[(i * keySize)..((i + 1) * keySize)], Split(values[(i * valueSize)..((i + 1) * valueSize)]), Errno.None);
            if (errno == Errno.ENOSPC)
            {
                // the next bucket holds more than there is room for
                room *= 2;
                keys = new byte[room * keySize];
                values = new byte[room * valueSize];
                continue;
            }

            if (errno is not (Errno.None or Errno.ENOENT)) throw Refusal.Make(InspectionCodes.MapOperation, $"map {Info.Id} '{Info.Name}'", "read its elements", "bpf(BPF_MAP_LOOKUP_BATCH)", errno);
            if (errno == Errno.ENOENT || cursor.IsAtEnd) yield break;
        }
    }

    private IEnumerable<MapElement> OneByOne()
    {
        byte[] key = [], next = new byte[Info.KeySize];
        HashSet<string>? seen = null;
        for (long steps = 0; ; steps++)
        {
            Errno errno = _map.GetNextKey(key, next);
            if (errno == Errno.ENOENT) yield break;
            if (errno != Errno.None) throw Refusal.Make(InspectionCodes.MapOperation, $"map {Info.Id} '{Info.Name}' ({KindNames.Of(Info.Type)})", "walk its keys", "bpf(BPF_MAP_GET_NEXT_KEY)", errno,
                "note: this kind of map may have no keys that user space can walk");
            key = [.. next];
            // a key that was removed meanwhile sends the walk back to the begin: end it there instead of going round
            if (steps > Info.MaxEntries && !(seen ??= []).Add(Convert.ToHexString(key))) yield break;
            MapElement element = Lookup(key);
            if (element.Errno == Errno.ENOENT && HoldsObjects) continue;
            yield return element;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Elf;

namespace Nectar.Bpf.Objects;

/// <summary>
/// Reads map definitions: variables in <c>.maps</c> whose struct's members carry the attributes in their types
/// (<c>__uint(name, n)</c> is a pointer to an array of n, <c>__type(name, T)</c> a pointer to T), and struct_ops variables.
/// </summary>
internal sealed class MapReader(ObjectReader reader)
{
    private readonly Dictionary<(int Section, uint Offset), MapDefinition> _byPlace = [];
    private readonly Dictionary<MapDefinition, uint> _valuesOffset = [];

    /// <summary>The map that is declared at a place, or null.</summary>
    internal MapDefinition? At(int section, ulong offset) => offset <= uint.MaxValue ? _byPlace.GetValueOrDefault((section, (uint)offset)) : null;

    /// <summary>The map whose variable holds a place, and how far in; for initial slots.</summary>
    internal MapDefinition? Around(int section, ulong offset, out uint inside)
    {
        inside = 0;
        MapDefinition? best = null;
        foreach (((int in_, uint start), MapDefinition map) in _byPlace)
        {
            if (in_ != section || start > offset || (best is not null && offset - start >= inside)) continue;
            (best, inside) = (map, (uint)(offset - start));
        }

        return best;
    }

    /// <summary>Where in a map's variable the array of initial slots begins, in bytes; null if it has none.</summary>
    internal uint? ValuesOffset(MapDefinition map) => _valuesOffset.TryGetValue(map, out uint offset) ? offset : null;

    internal bool ReadDefinitions()
    {
        BtfTypes types = reader.Object.Types!;
        foreach (ref readonly ElfSection section in reader.Elf.Sections)
        {
            bool isMaps = section.Name == ".maps";
            bool isOps = section.Name is ".struct_ops" or ".struct_ops.link" or "?.struct_ops" or "?.struct_ops.link";
            if (!isMaps && !isOps) continue;
            uint id = types.FindByName(section.Name, BtfKind.DataSection);
            if (id == 0)
            {
                reader.Diagnostics.Error(ObjectCodes.BadMapDefinition, $"{section} has no DATASEC in the BTF", "help: compile with -g");
                return false;
            }

            BtfType data = types[id];
            for (int i = 0; i < data.Count; i++)
            {
                BtfSectionVariable variable = data.Variable(i);
                BtfType type = types[variable.TypeId];
                if (type.Kind != BtfKind.Var) continue;
                MapDefinition? map = isMaps ? ReadMap(type.Name, types.Resolve(type.TypeId), variable) : ReadStructOps(section, type, variable);
                if (map is null) continue;
                if (reader.Object.Maps.TryGet(map.Name, out _))
                {
                    reader.Diagnostics.Error(ObjectCodes.BadMapDefinition, $"two maps are named '{map.Name}'");
                    continue;
                }

                reader.Object.Maps.Add(map);
                _byPlace[(section.Index, variable.Offset)] = map;
            }
        }

        return true;
    }

    private MapDefinition? ReadStructOps(in ElfSection section, BtfType variable, BtfSectionVariable place)
    {
        ReadOnlySpan<byte> data = reader.Elf.Data(section).Span;
        if (place.Offset > data.Length || place.Size > data.Length - place.Offset)
        {
            reader.Diagnostics.Error(ObjectCodes.BadMapDefinition, $"struct_ops '{variable.Name}' has {place.Size} bytes at offset {place.Offset} of {section}");
            return null;
        }

        return new MapDefinition
        {
            Name = variable.Name,
            Type = MapType.StructOps,
            Role = MapRole.StructOps,
            KeySize = 4,
            ValueSize = place.Size,
            MaxEntries = 1,
            Flags = section.Name.EndsWith(".link", StringComparison.Ordinal) ? MapFlags.Link : 0,
            ValueTypeId = reader.Object.Types!.Resolve(variable.TypeId),
            DefinitionTypeId = place.TypeId,
            AutoCreate = !section.Name.StartsWith('?'),
            InitialValue = data.Slice((int)place.Offset, (int)place.Size).ToArray(),
        };
    }

    private MapDefinition? ReadMap(string name, uint structId, BtfSectionVariable place, bool isInner = false)
    {
        BtfTypes types = reader.Object.Types!;
        BtfType definition = types[structId];
        if (definition.Kind != BtfKind.Struct) return Wrong(name, $"is a {definition.Kind}, expected a struct");
        MapDefinition map = new() { Name = name, Type = MapType.Unspec, DefinitionTypeId = place.TypeId };
        for (int i = 0; i < definition.Count; i++)
        {
            BtfMember member = definition.Member(i);
            if (!ReadAttribute(map, member, isInner)) return null;
        }

        return map.Type == MapType.Unspec ? Wrong(name, "has no type", "help: add __uint(type, BPF_MAP_TYPE_...)") : map;
    }

    private bool ReadAttribute(MapDefinition map, BtfMember member, bool isInner)
    {
        BtfTypes types = reader.Object.Types!;
        switch (member.Name)
        {
            case "type": return Number(map, member, out uint type) && Set(() => map.Type = (MapType)type);
            case "max_entries": return Number(map, member, out uint max) && Set(() => map.MaxEntries = max);
            case "map_flags": return Number(map, member, out uint flags) && Set(() => map.Flags = (MapFlags)flags);
            case "numa_node": return Number(map, member, out uint node) && Set(() => (map.NumaNode, map.Flags) = (node, map.Flags | MapFlags.NumaNode));
            case "map_extra": return ReadExtra(map, member);
            case "key_size": return Number(map, member, out uint keySize) && Size(map, "key", map.KeySize, keySize) && Set(() => map.KeySize = keySize);
            case "value_size": return Number(map, member, out uint valueSize) && Size(map, "value", map.ValueSize, valueSize) && Set(() => map.ValueSize = valueSize);
            case "key":
                if (!Pointee(map, member, out uint key, out long keyBytes) || !Size(map, "key", map.KeySize, keyBytes)) return false;
                (map.KeyTypeId, map.KeySize) = (key, (uint)keyBytes);
                return true;
            case "value":
                if (!Pointee(map, member, out uint value, out long valueBytes) || !Size(map, "value", map.ValueSize, valueBytes)) return false;
                (map.ValueTypeId, map.ValueSize) = (value, (uint)valueBytes);
                return true;
            case "pinning":
                if (isInner) return Wrong(map.Name, "pins an inner map, which cannot be") is not null;
                if (!Number(map, member, out uint pinning)) return false;
                if (pinning > 1) return Wrong(map.Name, $"asks for pinning {pinning}, only 0 (none) and 1 (by name) are known") is not null;
                map.Pinning = (PinningType)pinning;
                return true;
            case "values":
                return ReadValues(map, member, isInner);
            default:
                return Wrong(map.Name, $"has an attribute '{member.Name}' that is not known") is not null;
        }

        static bool Set(Action set)
        {
            set();
            return true;
        }
    }

    /// <summary><c>__array(values, T)</c>: an array of pointers to inner maps' definitions, or to programs.</summary>
    private bool ReadValues(MapDefinition map, BtfMember member, bool isInner)
    {
        BtfTypes types = reader.Object.Types!;
        if (isInner) return Wrong(map.Name, "has maps in maps in maps, the kernel allows one level") is not null;
        BtfType array = types[types.Resolve(member.TypeId)];
        if (array.Kind != BtfKind.Array || types[types.Resolve(array.ElementTypeId)] is not { Kind: BtfKind.Pointer } pointer)
            return Wrong(map.Name, "has 'values' that are no array of pointers") is not null;
        _valuesOffset[map] = member.BitOffset / 8;
        BtfType target = types[types.Resolve(pointer.TypeId)];
        if (map.Type == MapType.ProgArray || target.Kind == BtfKind.FuncProto)
        {
            if (map.Type != MapType.ProgArray || target.Kind != BtfKind.FuncProto) return Wrong(map.Name, $"has values of kind {target.Kind} in a map of type {map.Type}") is not null;
            map.KeySize = map.KeySize == 0 ? 4 : map.KeySize;
            map.ValueSize = map.ValueSize == 0 ? 4 : map.ValueSize;
            return true;
        }

        if (map.Type is not (MapType.ArrayOfMaps or MapType.HashOfMaps)) return Wrong(map.Name, $"has inner maps, but its type is {map.Type}") is not null;
        map.Inner = ReadMap(map.Name + ".inner", target.Id, default, isInner: true);
        map.ValueSize = map.ValueSize == 0 ? 4 : map.ValueSize;
        return map.Inner is not null;
    }

    /// <summary><c>map_extra</c> is a 64-bit number: an enumerator (<c>__ulong</c>), or small enough for <c>__uint</c>.</summary>
    private bool ReadExtra(MapDefinition map, BtfMember member)
    {
        BtfTypes types = reader.Object.Types!;
        BtfType type = types[types.Resolve(member.TypeId)];
        if (type.IsEnum && type.Count == 1)
        {
            map.MapExtra = (ulong)type.Enumerator(0).Value;
            return true;
        }

        if (!Number(map, member, out uint extra)) return false;
        map.MapExtra = extra;
        return true;
    }

    /// <summary><c>__uint(name, n)</c>: pointer to an array of n ints.</summary>
    private bool Number(MapDefinition map, BtfMember member, out uint value)
    {
        BtfTypes types = reader.Object.Types!;
        value = 0;
        BtfType pointer = types[types.Resolve(member.TypeId)];
        BtfType target = pointer.Kind == BtfKind.Pointer ? types[types.Resolve(pointer.TypeId)] : default;
        if (target.Kind == BtfKind.Array)
        {
            value = target.ElementCount;
            return true;
        }

        return Wrong(map.Name, $"has an attribute '{member.Name}' that is not declared with __uint") is not null;
    }

    private bool Pointee(MapDefinition map, BtfMember member, out uint id, out long size)
    {
        BtfTypes types = reader.Object.Types!;
        BtfType pointer = types[types.Resolve(member.TypeId)];
        id = pointer.Kind == BtfKind.Pointer ? pointer.TypeId : 0;
        size = id == 0 ? -1 : types.SizeOf(id);
        if (size is >= 0 and <= int.MaxValue) return true;
        return Wrong(map.Name, $"has a {member.Name} of unknown size", "help: declare it with __type(key, T) and a complete type") is not null;
    }

    private bool Size(MapDefinition map, string what, uint before, long now) =>
        before == 0 || before == now || Wrong(map.Name, $"has a {what} of {before} bytes and of {now} bytes") is not null;

    private MapDefinition? Wrong(string map, string problem, params ReadOnlySpan<string> notes)
    {
        reader.Diagnostics.Error(ObjectCodes.BadMapDefinition, $"map '{map}' {problem}", notes);
        return null;
    }
}

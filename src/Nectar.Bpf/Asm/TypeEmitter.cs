// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Asm;

/// <summary>Makes BTF of the types that a text declares, so that keys, values and records of its maps are shown field by field.</summary>
internal sealed class TypeEmitter
{
    private readonly BtfBuilder _builder = new();
    private readonly Dictionary<string, uint> _ids = new(StringComparer.Ordinal);

    /// <summary>Builds the types of an object and tells its maps about them; null if there are none.</summary>
    public static BtfTypes? Emit(IReadOnlyCollection<AsmType> structs, IReadOnlyCollection<TypedMap> maps)
    {
        if (structs.Count == 0 && maps.Count == 0) return null;
        TypeEmitter emitter = new();
        foreach (AsmType type in structs) emitter.Id(type);
        foreach (TypedMap map in maps)
        {
            if (map.Key is not null) map.Map.KeyTypeId = emitter.Id(map.Key, map.KeyCount);
            if (map.Value is not null) map.Map.ValueTypeId = emitter.Id(map.Value, map.ValueCount);
        }

        return emitter._builder.Build();
    }

    private uint Id(AsmType type, int count)
    {
        if (count == 0) return Id(type);
        string name = $"{type.Name}[{count}]";
        if (_ids.TryGetValue(name, out uint known)) return known;
        uint element = Id(type);
        uint index = _ids.TryGetValue("u32", out uint u32) ? u32 : Scalar("u32", 4, false);
        return _ids[name] = _builder.AddArray(element, index, (uint)count);
    }

    private uint Id(AsmType type)
    {
        if (_ids.TryGetValue(type.Name, out uint known)) return known;
        if (!type.IsStruct) return Scalar(type.Name, type.Size, type.IsSigned);
        BtfMember[] members = [.. type.Fields.Select(f => new BtfMember(f.Name, Id(f.Type, f.Count), (uint)f.Offset * 8, 0))]; // types of members come first
        return _ids[type.Name] = _builder.AddComposite(BtfKind.Struct, type.Name, (uint)type.Size, members);
    }

    private uint Scalar(string name, int size, bool signed) => _ids[name] = _builder.AddInt(name, size, signed ? BtfIntEncoding.Signed : BtfIntEncoding.None);
}

/// <summary>A map whose key or value was declared with a type.</summary>
/// <param name="Map">The map.</param>
/// <param name="Key">Type of the key, or null.</param>
/// <param name="KeyCount">Elements if the key is an array, else 0.</param>
/// <param name="Value">Type of the value or record, or null.</param>
/// <param name="ValueCount">Elements if the value is an array, else 0.</param>
internal readonly record struct TypedMap(MapDefinition Map, AsmType? Key, int KeyCount, AsmType? Value, int ValueCount);

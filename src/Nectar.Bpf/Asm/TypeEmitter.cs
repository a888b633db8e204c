// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Asm;

/// <summary>Makes BTF of the types that a text declares, so that keys, values and records of its maps are shown field by field.</summary>
internal sealed class TypeEmitter
{
    private const uint KindInt = 1, KindArray = 3, KindStruct = 4;

    private readonly List<uint> _words = [];
    private readonly MemoryStream _strings = new();
    private readonly Dictionary<string, uint> _ids = new(StringComparer.Ordinal);
    private uint _next = 1;

    /// <summary>Builds the types of an object and tells its maps about them; null if there are none.</summary>
    public static BtfTypes? Emit(IReadOnlyCollection<AsmType> structs, IReadOnlyCollection<TypedMap> maps)
    {
        if (structs.Count == 0 && maps.Count == 0) return null;
        TypeEmitter emitter = new();
        emitter._strings.WriteByte(0);
        foreach (AsmType type in structs) emitter.Id(type);
        foreach (TypedMap map in maps)
        {
            if (map.Key is not null) map.Map.KeyTypeId = emitter.Id(map.Key, map.KeyCount);
            if (map.Value is not null) map.Map.ValueTypeId = emitter.Id(map.Value, map.ValueCount);
        }

        return BtfTypes.Parse(emitter.ToBytes());
    }

    private uint Id(AsmType type, int count)
    {
        if (count == 0) return Id(type);
        string name = $"{type.Name}[{count}]";
        if (_ids.TryGetValue(name, out uint known)) return known;
        uint element = Id(type);
        uint index = _ids.TryGetValue("u32", out uint u32) ? u32 : Scalar("u32", 4, false);
        _words.AddRange([0, KindArray << 24, 0, element, index, (uint)count]);
        return _ids[name] = _next++;
    }

    private uint Id(AsmType type)
    {
        if (_ids.TryGetValue(type.Name, out uint known)) return known;
        if (!type.IsStruct) return Scalar(type.Name, type.Size, type.IsSigned);
        uint[] members = [.. type.Fields.Select(f => Id(f.Type, f.Count))]; // types of members come first
        _words.AddRange([Text(type.Name), (KindStruct << 24) | (uint)type.Fields.Count, (uint)type.Size]);
        for (int f = 0; f < members.Length; f++) _words.AddRange([Text(type.Fields[f].Name), members[f], (uint)type.Fields[f].Offset * 8]);
        return _ids[type.Name] = _next++;
    }

    private uint Scalar(string name, int size, bool signed)
    {
        _words.AddRange([Text(name), KindInt << 24, (uint)size, (signed ? 1u << 24 : 0) | ((uint)size * 8)]);
        return _ids[name] = _next++;
    }

    private uint Text(string name)
    {
        uint offset = (uint)_strings.Length;
        _strings.Write(Encoding.UTF8.GetBytes(name));
        _strings.WriteByte(0);
        return offset;
    }

    /// <summary>The header of linux/btf.h (magic, version 1, no flags, offsets and lengths), types, strings.</summary>
    private byte[] ToBytes()
    {
        using MemoryStream result = new();
        using BinaryWriter writer = new(result);
        writer.Write((ushort)0xeb9f);
        writer.Write((byte)1);
        writer.Write((byte)0);
        writer.Write(24u);
        writer.Write(0u);
        writer.Write((uint)_words.Count * 4);
        writer.Write((uint)_words.Count * 4);
        writer.Write((uint)_strings.Length);
        foreach (uint word in _words) writer.Write(word);
        writer.Write(_strings.ToArray());
        writer.Flush();
        return result.ToArray();
    }
}

/// <summary>A map whose key or value was declared with a type.</summary>
/// <param name="Map">The map.</param>
/// <param name="Key">Type of the key, or null.</param>
/// <param name="KeyCount">Elements if the key is an array, else 0.</param>
/// <param name="Value">Type of the value or record, or null.</param>
/// <param name="ValueCount">Elements if the value is an array, else 0.</param>
internal readonly record struct TypedMap(MapDefinition Map, AsmType? Key, int KeyCount, AsmType? Value, int ValueCount);

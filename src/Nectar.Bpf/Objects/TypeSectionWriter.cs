// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Nectar.Bpf.Btf;

namespace Nectar.Bpf.Objects;

/// <summary>
/// Composes the <c>.BTF</c> section of a written object: the object's own types, unchanged in number, and behind them the
/// definitions of its maps, made anew from <see cref="MapDefinition"/> so that what was changed after reading is kept.
/// </summary>
internal sealed class TypeSectionWriter
{
    private const int PointerBits = 64;

    private readonly List<uint> _words = [];
    private readonly List<byte> _strings = [0];
    private readonly Dictionary<string, uint> _stringOffsets = new(StringComparer.Ordinal) { [""] = 0 };
    private readonly BtfTypes? _types;
    private uint _next = 1;
    private uint _int;
    private uint _plain;

    public TypeSectionWriter(BtfTypes? types)
    {
        _types = types;
        if (types is null) return;
        _words.AddRange(MemoryMarshal.Cast<byte, uint>(types.TypeBytes));
        _strings = [.. types.StringBytes];
        _next = (uint)types.Count;
        for (int at = 0; at < _strings.Count;)
        {
            ReadOnlySpan<byte> rest = CollectionsMarshal.AsSpan(_strings)[at..];
            int length = rest.IndexOf((byte)0);
            if (length < 0) break;
            _stringOffsets.TryAdd(Encoding.UTF8.GetString(rest[..length]), (uint)at);
            at += length + 1;
        }
    }

    /// <summary>True if there is anything to write.</summary>
    public bool HasTypes => _next > 1;

    /// <summary>The offset of a string, added if it is new.</summary>
    public uint String(string text)
    {
        if (_stringOffsets.TryGetValue(text, out uint offset)) return offset;
        offset = (uint)_strings.Count;
        _stringOffsets.Add(text, offset);
        _strings.AddRange(Encoding.UTF8.GetBytes(text));
        _strings.Add(0);
        return offset;
    }

    /// <summary>Adds the DATASEC <c>.maps</c> with a variable for each map.</summary>
    /// <returns>The offset and size in bytes of each variable.</returns>
    public List<(uint Offset, uint Size)> AddMaps(IReadOnlyList<MapDefinition> maps)
    {
        RetireOldSection();
        List<(uint Type, uint Offset, uint Size)> variables = [];
        uint end = 0;
        foreach (MapDefinition map in maps)
        {
            (uint definition, uint size) = AddDefinition(map);
            uint slots = map.InitialSlots.Count == 0 ? 0 : map.InitialSlots.Max(slot => slot.Index) + 1;
            variables.Add((Add(BtfKind.Var, map.Name, 0, definition, 1), end, size + (slots * 8)));
            end += size + (slots * 8);
        }

        uint[] items = [.. variables.SelectMany(variable => new[] { variable.Type, variable.Offset, variable.Size })];
        Add(BtfKind.DataSection, ".maps", variables.Count, end, items);
        return [.. variables.Select(variable => (variable.Offset, variable.Size))];
    }

    /// <summary>Adds a function that came without a type: static, with nothing said about its arguments.</summary>
    public uint AddFunction(string name) => Add(BtfKind.Func, name, 0, _plain != 0 ? _plain : _plain = Add(BtfKind.FuncProto, "", 0, Int()));

    /// <summary>The section's bytes.</summary>
    public byte[] ToBytes(bool isBigEndian)
    {
        uint typeLength = (uint)_words.Count * 4;
        uint[] all = [0xeb9f | (1u << 16), 24, 0, typeLength, typeLength, (uint)_strings.Count, .. _words];
        byte[] bytes = new byte[(all.Length * 4) + _strings.Count];
        WriteWords(all, bytes, isBigEndian);
        _strings.CopyTo(bytes, all.Length * 4);
        return bytes;
    }

    /// <summary>Writes words of BTF or .BTF.ext, of which the first is magic number, version and flags.</summary>
    internal static void WriteWords(ReadOnlySpan<uint> words, Span<byte> bytes, bool isBigEndian)
    {
        for (int i = 0; i < words.Length; i++)
        {
            if (isBigEndian) BinaryPrimitives.WriteUInt32BigEndian(bytes[(i * 4)..], words[i]);
            else BinaryPrimitives.WriteUInt32LittleEndian(bytes[(i * 4)..], words[i]);
        }

        if (isBigEndian) ((ReadOnlySpan<byte>)[0xeb, 0x9f, 1, 0]).CopyTo(bytes);
    }

    /// <summary>Two sections of one name would be ambiguous: the old one becomes an unused struct, which takes the same room.</summary>
    private void RetireOldSection()
    {
        uint old = _types?.FindByName(".maps", BtfKind.DataSection) ?? 0;
        if (old == 0) return;
        BtfType section = _types![old];
        Span<uint> words = CollectionsMarshal.AsSpan(_words)[((section.RecordOffset - _types[1].RecordOffset) / 4)..];
        int count = section.Count;
        uint integer = Int();
        words = CollectionsMarshal.AsSpan(_words)[((section.RecordOffset - _types[1].RecordOffset) / 4)..];
        words[0] = 0;
        words[1] = ((uint)BtfKind.Struct << 24) | (uint)count;
        words[2] = (uint)count * 4;
        for (int i = 0; i < count; i++) (words[3 + (i * 3)], words[4 + (i * 3)], words[5 + (i * 3)]) = (0, integer, (uint)i * 32);
    }

    private (uint Type, uint Size) AddDefinition(MapDefinition map)
    {
        List<uint> members = [];
        uint offset = 0;
        Member("type", Number((uint)map.Type));
        if (map.KeySize != 0 || map.KeyTypeId != 0) AddSide("key", map.KeyTypeId, map.KeySize);
        bool hasValues = map.Inner is not null || (map.Type == MapType.ProgArray && map.InitialSlots.Count > 0);
        if (!hasValues && (map.ValueSize != 0 || map.ValueTypeId != 0)) AddSide("value", map.ValueTypeId, map.ValueSize);
        if (map.MaxEntries != 0) Member("max_entries", Number(map.MaxEntries));
        if (map.Flags != 0) Member("map_flags", Number((uint)map.Flags));
        if ((map.Flags & MapFlags.NumaNode) != 0) Member("numa_node", Number(map.NumaNode));
        if (map.Pinning != 0) Member("pinning", Number((uint)map.Pinning));
        if (map.MapExtra is not 0 and <= int.MaxValue) Member("map_extra", Number((uint)map.MapExtra));
        else if (map.MapExtra != 0) Member("map_extra", Add(BtfKind.Enum64, "", 1, 8, String("__" + map.Name + "_extra"), (uint)map.MapExtra, (uint)(map.MapExtra >> 32)));
        if (hasValues)
        {
            uint target = map.Inner is { } inner ? AddDefinition(inner).Type : Add(BtfKind.FuncProto, "", 0, Int());
            uint array = Add(BtfKind.Array, "", 0, 0, Add(BtfKind.Pointer, "", 0, target), Int(), 0);
            members.AddRange([String("values"), array, offset]);
        }

        return (Add(BtfKind.Struct, "", members.Count / 3, offset / 8, [.. members]), offset / 8);

        void AddSide(string side, uint type, uint size)
        {
            bool typed = type != 0 && _types is not null && type < (uint)_types.Count && _types.SizeOf(type) == size;
            if (typed) Member(side, Add(BtfKind.Pointer, "", 0, type));
            else Member(side + "_size", Number(size));
        }

        void Member(string name, uint type)
        {
            members.AddRange([String(name), type, offset]);
            offset += PointerBits;
        }
    }

    /// <summary><c>int (*name)[value]</c>, which is how a number is written in a type.</summary>
    private uint Number(uint value) => Add(BtfKind.Pointer, "", 0, Add(BtfKind.Array, "", 0, 0, Int(), Int(), value));

    private uint Int() => _int != 0 ? _int : _int = Add(BtfKind.Int, "int", 0, 4, (1u << 24) | 32);

    private uint Add(BtfKind kind, string name, int count, uint sizeOrType, params ReadOnlySpan<uint> extra)
    {
        _words.AddRange([String(name), ((uint)kind << 24) | (uint)count, sizeOrType]);
        _words.AddRange(extra);
        return _next++;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;

namespace Nectar.Bpf.Objects;

/// <summary>
/// Composes the <c>.BTF</c> section of a written object: the object's own types, unchanged in number, and behind them the
/// definitions of its maps, made anew from <see cref="MapDefinition"/> so that what was changed after reading is kept.
/// </summary>
internal sealed class TypeSectionWriter
{
    private const int PointerBits = 64;

    private readonly BtfTypes? _types;
    private readonly BtfEditor _editor;

    public TypeSectionWriter(BtfTypes? types)
    {
        _types = types;
        _editor = new BtfEditor(types, reuseStrings: true);
    }

    /// <summary>True if there is anything to write.</summary>
    public bool HasTypes => _editor.HasTypes;

    /// <summary>The offset of a string, added if it is new.</summary>
    public uint String(string text) => _editor.String(text);

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

    /// <summary>Adds a function that came without a type.</summary>
    public uint AddFunction(string name) => _editor.AddFunction(name);

    /// <summary>The section's bytes.</summary>
    public byte[] ToBytes(bool isBigEndian) => _editor.ToBytes(isBigEndian);

    /// <summary>Two sections of one name would be ambiguous: the old one becomes an unused struct, which takes the same room.</summary>
    private void RetireOldSection()
    {
        uint old = _types?.FindByName(".maps", BtfKind.DataSection) ?? 0;
        if (old == 0) return;
        BtfType section = _types![old];
        int count = section.Count;
        uint integer = Int();
        Span<uint> words = _editor.Record(section);
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

    private uint Int() => _editor.Int();

    private uint Add(BtfKind kind, string name, int count, uint sizeOrType, params ReadOnlySpan<uint> extra) => _editor.Add(kind, name, count, sizeOrType, extra);
}

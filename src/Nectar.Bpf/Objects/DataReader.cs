// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Elf;

namespace Nectar.Bpf.Objects;

/// <summary>
/// Makes a map of each data section and completes the DATASECs of the BTF: compilers leave a section's size and the places
/// of global variables to the loader, which knows the symbols.
/// </summary>
internal sealed class DataReader(ObjectReader reader)
{
    /// <summary>The kernel's limit for the value of an array map.</summary>
    private const ulong MaxSize = int.MaxValue - 4096;

    private readonly Dictionary<int, MapDefinition> _maps = [];
    private readonly Dictionary<(int Section, string Name), ElfSymbol> _symbols = [];

    /// <summary>The map of a data section, or null.</summary>
    internal MapDefinition? MapOf(int section) => _maps.GetValueOrDefault(section);

    internal bool ReadSections()
    {
        foreach (ref readonly ElfSymbol symbol in reader.Elf.Symbols)
        {
            if (symbol.Type is not (ElfSymbolType.Object or ElfSymbolType.None) || !reader.Elf.TrySection(symbol, out ElfSection section) || section.IsCode) continue;
            if (!reader.Elf.TryName(symbol, reader.Diagnostics, out string name)) return false;
            if (name.Length > 0) _symbols.TryAdd((section.Index, name), symbol);
        }

        if (reader.Object.Types is { } types) reader.Object.Types = CompleteSections(types);
        foreach (ref readonly ElfSection section in reader.Elf.Sections)
        {
            if (section.Type is not (ElfSectionType.ProgBits or ElfSectionType.NoBits) || section.Size == 0 || !ObjectReader.TryDataRole(section.Name, out MapRole role)) continue;
            if (section.Size > MaxSize)
            {
                reader.Diagnostics.Error(ObjectCodes.BadDataSection, $"{section} has {section.Size} bytes, more than a map's value can have ({MaxSize})");
                return false;
            }

            AddMap(section, role);
        }

        return true;
    }

    private void AddMap(in ElfSection section, MapRole role)
    {
        uint typeId = reader.Object.Types?.FindByName(section.Name, BtfKind.DataSection) ?? 0;
        MapDefinition map = new()
        {
            Name = section.Name,
            Type = MapType.Array,
            Role = role,
            KeySize = 4,
            ValueSize = (uint)section.Size,
            MaxEntries = 1,
            Flags = MapFlags.Mmapable | (role == MapRole.ReadOnlyData ? MapFlags.ReadOnlyProgram : 0),
            ValueTypeId = typeId,
            DefinitionTypeId = typeId,
            InitialValue = section.Type == ElfSectionType.NoBits ? null : reader.Elf.Data(section).ToArray(),
        };
        if (!reader.Object.Maps.TryGet(map.Name, out _)) reader.Object.Maps.Add(map);
        _maps.Add(section.Index, map);
        if (typeId != 0) AddTypedGlobals(map, reader.Object.Types![typeId]);
        else AddUntypedGlobals(map, section.Index);
    }

    private void AddTypedGlobals(MapDefinition map, BtfType section)
    {
        BtfTypes types = reader.Object.Types!;
        for (int i = 0; i < section.Count; i++)
        {
            BtfSectionVariable variable = section.Variable(i);
            BtfType type = types[variable.TypeId];
            if (type.Kind == BtfKind.Var) AddGlobal(map, type.Name, variable.Offset, variable.Size, variable.TypeId);
        }
    }

    private void AddUntypedGlobals(MapDefinition map, int section)
    {
        foreach (((int in_, string name), ElfSymbol symbol) in _symbols)
        {
            if (in_ == section && symbol.Size > 0) AddGlobal(map, name, symbol.Value, symbol.Size, 0);
        }
    }

    private void AddGlobal(MapDefinition map, string name, ulong offset, ulong size, uint typeId)
    {
        if (offset > map.ValueSize || size > map.ValueSize - offset)
        {
            reader.Diagnostics.Error(ObjectCodes.BadDataSection, $"variable '{name}' has {size} bytes at offset {offset} of section '{map.Name}', which has {map.ValueSize} bytes");
            return;
        }

        reader.Object.Globals.Add(new GlobalVariable { Name = name, Map = map, Offset = (int)offset, Size = (int)size, TypeId = typeId });
    }

    private BtfTypes CompleteSections(BtfTypes types)
    {
        List<(int Offset, uint Value)> words = [];
        Dictionary<string, ElfSection> byName = new(StringComparer.Ordinal);
        foreach (ref readonly ElfSection section in reader.Elf.Sections) byName.TryAdd(section.Name, section);
        for (uint id = 1; id < types.Count; id++)
        {
            BtfType type = types[id];
            if (type.Kind != BtfKind.DataSection || !byName.TryGetValue(type.Name, out ElfSection section)) continue;
            if (type.Size == 0 && section.Size <= MaxSize) words.Add((type.RecordOffset + 8, (uint)section.Size));
            for (int i = 0; i < type.Count; i++)
            {
                BtfType variable = types[type.Variable(i).TypeId];
                if (variable.Kind == BtfKind.Var && _symbols.TryGetValue((section.Index, variable.Name), out ElfSymbol symbol) && symbol.Value <= uint.MaxValue)
                    words.Add((type.RecordOffset + 12 + (i * 12) + 4, (uint)symbol.Value));
            }
        }

        return words.Count == 0 ? types : types.WithWords(words);
    }
}

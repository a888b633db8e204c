// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Elf;

namespace Nectar.Bpf.Objects;

/// <summary>Reads what the host must provide: variables in the BTF's <c>.kconfig</c> and <c>.ksyms</c> DATASECs, and extern functions.</summary>
internal sealed class ExternReader(ObjectReader reader)
{
    internal void Read()
    {
        BtfTypes types = reader.Object.Types!;
        HashSet<string> weak = [];
        HashSet<string> undefined = [];
        foreach (ref readonly ElfSymbol symbol in reader.Elf.Symbols)
        {
            if (!symbol.IsUndefined || symbol.NameOffset == 0) continue;
            if (!reader.Elf.TryName(symbol, reader.Diagnostics, out string name)) return;
            undefined.Add(name);
            if (symbol.Binding == ElfBinding.Weak) weak.Add(name);
        }

        List<(string Name, uint TypeId, int Size, int Align)> config = [];
        for (uint id = 1; id < types.Count; id++)
        {
            BtfType section = types[id];
            if (section.Kind != BtfKind.DataSection || section.Name is not (".kconfig" or ".ksyms")) continue;
            for (int i = 0; i < section.Count; i++)
            {
                uint typeId = section.Variable(i).TypeId;
                BtfType type = types[typeId];
                if (!undefined.Contains(type.Name)) continue; // declared, but nothing refers to it
                if (section.Name == ".ksyms")
                {
                    reader.Object.Externs.Add(new ExternDefinition
                    {
                        Name = type.Name,
                        Kind = type.Kind == BtfKind.Func ? ExternKind.KernelFunction : ExternKind.KernelVariable,
                        IsWeak = weak.Contains(type.Name),
                        // void variables are found in kallsyms, not in BTF
                        TypeId = type.Kind == BtfKind.Var && types.Resolve(type.TypeId) == 0 ? 0 : typeId,
                        Size = (int)Math.Clamp(types.SizeOf(typeId), 0, int.MaxValue),
                    });
                    continue;
                }

                long size = types.SizeOf(type.TypeId);
                if (size is <= 0 or > 4096)
                {
                    reader.Diagnostics.Error(ObjectCodes.BadExtern, $"kconfig variable '{type.Name}' has a type that holds no configuration value (bool, char, enum libbpf_tristate, an integer, or an array of char)");
                    continue;
                }

                config.Add((type.Name, typeId, (int)size, types.AlignOf(type.TypeId)));
            }
        }

        if (config.Count > 0) AddConfiguration(config, weak);
    }

    /// <summary>Gives configuration values their places: the strictest alignment first, so that there are no holes.</summary>
    private void AddConfiguration(List<(string Name, uint TypeId, int Size, int Align)> config, HashSet<string> weak)
    {
        int offset = 0;
        foreach ((string name, uint typeId, int size, int align) in config.OrderByDescending(c => c.Align).ThenByDescending(c => c.Size).ThenBy(c => c.Name, StringComparer.Ordinal))
        {
            offset = (offset + align - 1) / align * align;
            reader.Object.Externs.Add(new ExternDefinition { Name = name, Kind = ExternKind.Kconfig, IsWeak = weak.Contains(name), TypeId = typeId, Offset = offset, Size = size });
            offset += size;
        }

        uint section = reader.Object.Types!.FindByName(".kconfig", BtfKind.DataSection);
        reader.Object.Maps.Add(new MapDefinition
        {
            Name = ".kconfig",
            Type = MapType.Array,
            Role = MapRole.Kconfig,
            KeySize = 4,
            ValueSize = (uint)offset,
            MaxEntries = 1,
            Flags = MapFlags.Mmapable | MapFlags.ReadOnlyProgram,
            ValueTypeId = section,
            DefinitionTypeId = section,
            InitialValue = new byte[offset],
        });
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Loading;

/// <summary>Makes the maps of struct_ops variables; they are registered by <see cref="StructOpsLink"/>.</summary>
internal sealed class StructOpsLoader(KernelObject target)
{
    private readonly BpfObject _source = target.Source;

    /// <summary>True for programs that only structs use that are left out.</summary>
    internal static bool IsUnused(BpfObject source, ProgramDefinition program) => program.Type == ProgramType.StructOps
        && source.Maps.Any(map => Uses(map, program)) && !source.Maps.Any(map => map.AutoCreate && Uses(map, program));

    /// <summary>Makes the maps whose programs are all there.</summary>
    internal void CreateAll()
    {
        foreach (MapDefinition definition in _source.Maps)
        {
            if (definition.Role != MapRole.StructOps || !definition.AutoCreate) continue;
            if (definition.InitialSlots.All(slot => target.Programs.TryGet(slot.Symbol, out _))) target.Maps.Add(Create(definition));
        }
    }

    private static bool Uses(MapDefinition map, ProgramDefinition program) => map.Role == MapRole.StructOps && map.InitialSlots.Exists(slot => slot.Symbol == program.Name);

    private KernelMap Create(MapDefinition definition)
    {
        BtfTypes local = _source.Types!;
        string name = StructOpsValue.ValueName(StructOpsValue.KernelName(local[local.Resolve(definition.ValueTypeId)].Name));
        KernelBtf.Running.Find(name, BtfKind.Struct, null, out KernelModuleBtf? module);
        StructOpsValue value = StructOpsValue.Convert(definition.Name, local, definition.ValueTypeId, definition.InitialValue, definition.InitialSlots, module?.Types ?? KernelBtf.Running.Vmlinux);
        foreach (StructOpsFunction function in value.Functions) value.SetProgram(function, target.Programs[function.Program].Fd);
        using KernelHandle? moduleTypes = module?.Open();
        MapDefinition made = new()
        {
            Name = definition.Name,
            Type = MapType.StructOps,
            Role = MapRole.StructOps,
            KeySize = 4,
            ValueSize = (uint)value.Bytes.Length,
            MaxEntries = 1,
            Flags = definition.Flags,
        };
        KernelMap map = KernelMap.Create(made, new KernelMapOptions { Types = target.Types, KernelValueTypeId = value.ValueTypeId, KernelValueTypes = moduleTypes });
        map.StructOps = value;
        return map;
    }
}

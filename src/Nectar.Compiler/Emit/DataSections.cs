// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;
using Nectar.Compiler.Codegen;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Emit;

/// <summary>Places of global variables in their sections. Literals that no code refers to any more are left out.</summary>
internal sealed class DataSections
{
    private sealed class Section(string name)
    {
        public string Name { get; } = name;

        public List<(GlobalSymbol Global, int Offset)> Globals { get; } = [];

        public int Size { get; set; }

        public uint TypeId { get; set; }

        public Dictionary<GlobalSymbol, uint> Variables { get; } = [];
    }

    private readonly List<Section> _sections = [];
    private readonly Dictionary<GlobalSymbol, int> _offsets = [];

    public static DataSections LayOut(IrModule module, IReadOnlyList<CompiledFunction> functions)
    {
        DataSections made = new();
        HashSet<GlobalSymbol> used = [];
        foreach (CompiledFunction function in functions)
        {
            foreach ((_, object symbol, _) in function.References)
            {
                if (symbol is GlobalSymbol global) used.Add(global);
            }
        }

        // visible ones first, so that their places do not depend on literals
        foreach (bool visible in (ReadOnlySpan<bool>)[true, false])
        {
            foreach (GlobalSymbol global in module.Globals)
            {
                if (global.IsVisible == visible && (visible || used.Contains(global))) made.Place(global);
            }
        }

        return made;
    }

    public int OffsetOf(GlobalSymbol global) => _offsets[global];

    /// <summary>Adds a DATASEC for each section that has variables with a name and a type.</summary>
    public void AddTypes(BtfBuilder types)
    {
        foreach (Section section in _sections)
        {
            List<BtfSectionVariable> variables = [];
            foreach ((GlobalSymbol global, int offset) in section.Globals)
            {
                if (global.TypeId == 0) continue;
                uint variable = types.AddVar(global.Name, global.TypeId, (uint)(global.IsVisible ? FunctionLinkage.Global : FunctionLinkage.Static));
                section.Variables.Add(global, variable);
                variables.Add(new BtfSectionVariable(variable, (uint)offset, (uint)global.Bytes.Length));
            }

            if (variables.Count > 0) section.TypeId = types.AddDataSection(section.Name, (uint)section.Size, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(variables));
        }
    }

    public void AddMaps(BpfObject made)
    {
        foreach (Section section in _sections)
        {
            byte[] bytes = new byte[section.Size];
            MapRole role = section.Name.StartsWith(".rodata", StringComparison.Ordinal) ? MapRole.ReadOnlyData : section.Name.StartsWith(".bss", StringComparison.Ordinal) ? MapRole.Bss : MapRole.Data;
            MapDefinition map = new()
            {
                Name = section.Name,
                Type = MapType.Array,
                Role = role,
                KeySize = 4,
                ValueSize = (uint)section.Size,
                MaxEntries = 1,
                Flags = MapFlags.Mmapable | (role == MapRole.ReadOnlyData ? MapFlags.ReadOnlyProgram : 0),
                ValueTypeId = section.TypeId,
                DefinitionTypeId = section.TypeId,
                InitialValue = role == MapRole.Bss ? null : bytes,
            };
            made.Maps.Add(map);
            foreach ((GlobalSymbol global, int offset) in section.Globals)
            {
                global.Bytes.CopyTo(bytes.AsSpan(offset));
                if (global.IsVisible)
                    made.Globals.Add(new GlobalVariable { Name = global.Name, Map = map, Offset = offset, Size = global.Bytes.Length, TypeId = section.Variables.GetValueOrDefault(global) });
            }
        }
    }

    private void Place(GlobalSymbol global)
    {
        Section? section = _sections.Find(s => s.Name == global.Section);
        if (section is null) _sections.Add(section = new Section(global.Section));
        int offset = (section.Size + global.Alignment - 1) & -global.Alignment;
        section.Globals.Add((global, offset));
        section.Size = offset + global.Bytes.Length;
        _offsets.Add(global, offset);
    }
}

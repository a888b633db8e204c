// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;
using Nectar.Compiler.Codegen;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Emit;

/// <summary>What the host has to provide: kernel functions and variables, configuration values.</summary>
internal sealed class Externs
{
    private readonly List<(string Name, ExternKind Kind, uint TypeId, int Size, bool IsWeak)> _items = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    public static Externs Find(IrModule module, IReadOnlyList<CompiledFunction> functions)
    {
        Externs made = new();
        foreach (CompiledFunction function in functions)
        {
            foreach ((_, object symbol, _) in function.References)
            {
                switch (symbol)
                {
                    case KernelFunctionTarget kernel when made._names.Add(kernel.Name):
                        made._items.Add((kernel.Name, ExternKind.KernelFunction, kernel.FunctionTypeId, 0, kernel.IsWeak));
                        break;
                    case ExternSymbol external when made._names.Add(external.Name):
                        made._items.Add((external.Name, external.Kind, external.TypeId, external.Size, external.IsWeak));
                        break;
                }
            }
        }

        return made;
    }

    /// <summary>Adds the DATASECs <c>.ksyms</c> and <c>.kconfig</c>, whose sizes and offsets are the loader's affair.</summary>
    public void AddTypes(BtfBuilder types)
    {
        List<BtfSectionVariable> symbols = [], config = [];
        for (int i = 0; i < _items.Count; i++)
        {
            (string name, ExternKind kind, uint typeId, int size, bool isWeak) = _items[i];
            bool isFunction = kind == ExternKind.KernelFunction;
            uint variable = isFunction ? typeId : types.AddVar(name, typeId, (uint)FunctionLinkage.Extern);
            _items[i] = (name, kind, variable, size, isWeak);
            (kind == ExternKind.Kconfig ? config : symbols).Add(new BtfSectionVariable(variable, 0, (uint)(isFunction ? 0 : size)));
        }

        if (symbols.Count > 0) types.AddDataSection(".ksyms", 0, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(symbols));
        if (config.Count > 0) types.AddDataSection(".kconfig", 0, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(config));
    }

    public void AddTo(BpfObject made)
    {
        int offset = 0;
        foreach ((string name, ExternKind kind, uint typeId, int size, bool isWeak) in _items.OrderByDescending(item => item.Kind == ExternKind.Kconfig ? item.Size : 0))
        {
            bool isConfig = kind == ExternKind.Kconfig;
            made.Externs.Add(new ExternDefinition { Name = name, Kind = kind, IsWeak = isWeak, TypeId = typeId, Size = size, Offset = isConfig ? offset : 0 });
            if (isConfig) offset += size;
        }

        if (offset == 0) return;
        uint section = made.Types!.FindByName(".kconfig", BtfKind.DataSection);
        made.Maps.Add(new MapDefinition
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

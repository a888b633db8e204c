// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Loading;
using Nectar.Linux.Symbols.Kernel;

/// <summary>What an extern turned out to be in this kernel.</summary>
/// <param name="IsFound">False for weak externs that the kernel does not have.</param>
/// <param name="BtfId">The type number of a typed symbol; 0 for one that is known by address only.</param>
/// <param name="ModuleSlot">The index in the descriptor array of the module that has it; 0 for the kernel itself.</param>
/// <param name="ModuleFd">The descriptor of the module's types; 0 for the kernel itself.</param>
/// <param name="Address">The address of a symbol without type.</param>
internal readonly record struct ResolvedExtern(bool IsFound, uint BtfId, int ModuleSlot, int ModuleFd, ulong Address);

/// <summary>
/// Finds what programs expect the kernel to provide: functions and variables by BTF, symbols by address. Only what a loaded program
/// refers to is looked for, so that a program that is left out cannot spoil the others.
/// </summary>
internal sealed class ExternResolver(BpfObject source, IReadOnlyList<LinkedProgram> programs) : IDisposable
{
    private readonly Dictionary<string, ResolvedExtern> _found = new(StringComparer.Ordinal);
    private readonly List<KernelHandle> _handles = [];
    private readonly Dictionary<uint, int> _slots = [];
    private readonly List<int> _descriptors = [0]; // the first stands for the kernel itself

    /// <summary>Descriptors of modules' types, as calls of their functions index them; empty if there are none.</summary>
    internal int[] DescriptorArray => _descriptors.Count > 1 ? [.. _descriptors] : [];

    internal ResolvedExtern this[string name] => _found[name];

    internal void Resolve()
    {
        List<Diagnostic> problems = [];
        foreach (LinkedProgram program in programs)
        {
            foreach (Relocation reference in program.Externs)
            {
                if (_found.ContainsKey(reference.Symbol) || !source.Externs.TryGet(reference.Symbol, out ExternDefinition? definition) || definition.Kind == ExternKind.Kconfig) continue;
                ResolvedExtern result = Find(definition);
                _found.Add(reference.Symbol, result);
                if (!result.IsFound && !definition.IsWeak) problems.Add(Missing(program, definition));
            }
        }

        if (problems.Count > 0) throw new LoadException([.. problems]);
    }

    public void Dispose()
    {
        foreach (KernelHandle handle in _handles) handle.Dispose();
    }

    private ResolvedExtern Find(ExternDefinition definition)
    {
        string name = definition.Name;
        if (name.IndexOf("___", StringComparison.Ordinal) is > 0 and int flavour) name = name[..flavour]; // several declarations of one function, as CO-RE has flavours of types
        if (definition.TypeId == 0 && definition.Kind != ExternKind.KernelFunction) return KernelSymbols.Shared.Find(name) is [{ Address: not 0 } symbol, ..] ? new ResolvedExtern(true, 0, 0, 0, symbol.Address) : default;
        BtfKind kind = definition.Kind == ExternKind.KernelFunction ? BtfKind.Func : BtfKind.Var;
        if (KernelBtf.Running.TryVmlinux is null && definition.IsWeak) return default;
        uint id = KernelBtf.Running.Find(name, kind, null, out KernelModuleBtf? module);
        if (id == 0) return default;
        BtfTypes types = module?.Types ?? KernelBtf.Running.Vmlinux;
        if (definition.TypeId != 0 && !CoreMatcher.Agree(source.Types!, source.Types![definition.TypeId].TypeId, types, types[id].TypeId))
        {
            if (definition.IsWeak) return default;
            throw new LoadException(Diagnostic.Error(LinuxCodes.Extern, $"extern '{definition.Name}' is declared with another type than the kernel's '{name}' has",
                $"note: type {id} of {(module is null ? "the kernel" : $"module '{module.Name}'")}", "help: declare it as the kernel does; 'nectar btf vmlinux' prints that"));
        }

        if (module is null) return new ResolvedExtern(true, id, 0, 0, 0);
        int slot = SlotOf(module);
        return new ResolvedExtern(true, id, slot, _descriptors[slot], 0);
    }

    private int SlotOf(KernelModuleBtf module)
    {
        if (_slots.TryGetValue(module.Id, out int slot)) return slot;
        KernelHandle handle = module.Open();
        _handles.Add(handle);
        _descriptors.Add(handle.Fd);
        _slots.Add(module.Id, _descriptors.Count - 1);
        return _descriptors.Count - 1;
    }

    private static Diagnostic Missing(LinkedProgram program, ExternDefinition definition)
    {
        string what = definition.Kind == ExternKind.KernelFunction ? "function" : "variable";
        string where = definition.TypeId == 0 ? "/proc/kallsyms" : "the types of the kernel and its modules";
        return Diagnostic.Error(LinuxCodes.Extern, $"program '{program.Definition.Name}' needs the kernel's {what} '{definition.Name}', which is not in {where}",
            definition.Kind == ExternKind.KernelFunction
                ? "note: only functions that the kernel registers for programs (kfuncs) are there; they may belong to a module that is not loaded"
                : "note: variables are there only with CONFIG_KALLSYMS_ALL, or per CPU ones with types",
            "help: declare it __weak and test it with bpf_ksym_exists(), or leave the program out");
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Compiler.Ir;
using Nectar.Linux.Symbols.Kernel;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Planning;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>Addresses with names and names with addresses.</summary>
internal static class Symbols
{
    /// <summary>The kernel's averages of running tasks over 1, 5 and 15 minutes, in 2048ths.</summary>
    private const string LoadAverages = "avenrun";

    public static readonly FunctionEntry[] Functions =
    [
        FunctionEntry.Bytes("ksym", (probe, site, destination, padded) => probe.Builder.Store(destination, probe.AddressOf(site[0]).Address, 8)),
        FunctionEntry.Bytes("usym", (probe, site, destination, padded) => WriteUser(probe, destination, probe.AddressOf(site[0]).Address)),
        FunctionEntry.Of("kaddr", KernelAddress),
        FunctionEntry.Of("uaddr", LoadAddress.OfSymbol),
        FunctionEntry.Of("percpu_kaddr", PerProcessor.Address),
        FunctionEntry.Of("kptr", (probe, site) => Mark(probe.Lower(site[0]), site.Type, AddressSpace.Kernel)),
        FunctionEntry.Of("uptr", (probe, site) => Mark(probe.Lower(site[0]), site.Type, AddressSpace.User)),
    ];

    /// <summary>u64 address, u32 process, u32 hook: what is needed to name it later.</summary>
    public static void WriteUser(ProbeLowering probe, Value destination, Value address)
    {
        probe.Builder.Store(destination, address, 8);
        probe.Builder.Store(destination, Processes.ProcessId(probe), 4, 8);
        probe.Builder.Store(destination, Hooks.NameIndex(probe), 4, 12);
    }

    private static Operand Mark(Operand value, TraceType type, AddressSpace space) => value with { Type = (value.IsScalar ? type : value.Type) with { Space = space } };

    /// <summary>Kernels without the names of their data (KALLSYMS_ALL) hide these three numbers, and tell them in a file: the session keeps a copy.</summary>
    private static GlobalSymbol LoadVariable(ScriptModule script)
    {
        GlobalSymbol? known = script.Module.Globals.Find(global => global.Name == TracePlan.LoadName);
        if (known is not null) return known;
        known = new GlobalSymbol { Name = TracePlan.LoadName, Section = ".data", Bytes = new byte[3 * sizeof(ulong)], IsVisible = true };
        script.Module.Globals.Add(known);
        return known;
    }

    private static Operand KernelAddress(ProbeLowering probe, CallSite site)
    {
        string name = site[0].TextOf() ?? "";
        if (probe.Script.Options.Portable)
        {
            ExternSymbol symbol = probe.Script.Extern(name, () => new ExternSymbol(name, ExternKind.KernelVariable, 0, 0, false));
            return Operand.Scalar(site.Type, probe.Builder.PointerToInteger(probe.Builder.Extern(symbol)));
        }

        IReadOnlyList<KernelSymbol> found = KernelSymbols.Shared.Find(name);
        if (found.Count == 0 && name == LoadAverages) return Operand.Scalar(site.Type, probe.Builder.PointerToInteger(probe.Builder.Global(LoadVariable(probe.Script))));
        if (found.Count == 0) throw probe.Refuse(site.Node, $"Failed to resolve kernel symbol: {name}", [.. KernelSymbols.Shared.Nearest(name).Select(near => $"help: there is '{near}'")]);
        return probe.Number(site.Type, (long)found[0].Address);
    }
}

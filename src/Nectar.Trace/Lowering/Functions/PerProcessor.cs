// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;
using Nectar.Compiler.Ir;
using Nectar.Linux.Loading;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>The kernel's variables that every processor has one of; the verifier knows them by their types (5.10).</summary>
internal static class PerProcessor
{
    /// <summary><c>percpu_kaddr</c>: of this processor, or of another; null where there is no such processor.</summary>
    public static Operand Address(ProbeLowering probe, CallSite site)
    {
        string name = site[0].TextOf() ?? "";
        if (ProcessorAreas.AreNeeded(probe, name)) return Operand.Scalar(site.Type, ProcessorAreas.Address(probe, site, name));
        ExternSymbol variable = probe.Script.Extern(name, () => Declare(probe, site, name));
        IrBuilder code = probe.Builder;
        Value at = site.Count > 1
            ? code.Call(HelperTargets.Find("bpf_per_cpu_ptr")!, IrType.I64, code.Extern(variable), probe.LowerScalar(site[1]))
            : code.Call(HelperTargets.Find("bpf_this_cpu_ptr")!, IrType.I64, code.Extern(variable));
        return Operand.Scalar(site.Type, at);
    }

    private static ExternSymbol Declare(ProbeLowering probe, CallSite site, string name)
    {
        BtfTypes kernel = KernelBtf.Running.Vmlinux;
        uint id = KernelBtf.Running.Find(name, BtfKind.Var, null, out _);
        if (id == 0) throw probe.Refuse(site[0], $"Unknown percpu kernel symbol: {name}", "note: 'percpu_kaddr' knows the variables in the kernel's types (BTF VAR)");
        BtfType type = kernel[kernel.Resolve(kernel[id].TypeId)];
        BtfBuilder types = probe.Script.Module.Types;
        uint local = type.Kind switch
        {
            BtfKind.Struct or BtfKind.Union => types.AddComposite(type.Kind, type.Name, (uint)type.Size, []),
            BtfKind.Int => types.AddInt(type.Name, (int)type.Size),
            BtfKind.Pointer => types.AddPointer(0),
            _ => throw probe.Refuse(site[0], $"percpu kernel symbol '{name}' is of a type that cannot be declared: {type.Kind}"),
        };
        return new ExternSymbol(name, ExternKind.KernelVariable, local, (int)type.Size, false);
    }
}

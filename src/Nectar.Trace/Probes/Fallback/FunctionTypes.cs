// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Linux.Loading;

namespace Nectar.Trace.Probes.Fallback;

/// <summary>What the kernel's types say about a function.</summary>
/// <param name="Module">Whose it is; <c>vmlinux</c> for the kernel.</param>
internal sealed record FunctionTypes(string Module, BtfTypes Types, BtfType Prototype)
{
    private const int RegisterSize = 8;

    /// <summary>The function of a hook; null if the types do not have it.</summary>
    public static FunctionTypes? Find(ProbeTarget target)
    {
        if (KernelBtf.Running.TryVmlinux is null) return null;
        uint id = KernelBtf.Running.Find(target.Function, BtfKind.Func, target.Group.Length == 0 ? null : target.Group, out KernelModuleBtf? module);
        if (id == 0) return null;
        BtfTypes types = module?.Types ?? KernelBtf.Running.Vmlinux;
        BtfType prototype = types[types[id].TypeId];
        return prototype.Kind == BtfKind.FuncProto ? new FunctionTypes(module?.Name ?? "vmlinux", types, prototype) : null;
    }

    /// <summary>A parameter that takes more than a register.</summary>
    public static bool IsWide(BtfTypes types, uint id) => types[types.Resolve(id)] is { IsComposite: true, Size: > RegisterSize };

    /// <summary>Values of two types are the same: pointers to one type, or numbers.</summary>
    public static bool AreSame(BtfTypes firstTypes, uint first, BtfTypes secondTypes, uint second)
    {
        bool isPointer = firstTypes[firstTypes.Resolve(first)].Kind == BtfKind.Pointer;
        if (isPointer != (secondTypes[secondTypes.Resolve(second)].Kind == BtfKind.Pointer)) return false;
        return !isPointer || Plain(BtfNames.Describe(firstTypes, first)) == Plain(BtfNames.Describe(secondTypes, second));
    }

    private static string Plain(string type) => type.Replace("const ", "", StringComparison.Ordinal);
}

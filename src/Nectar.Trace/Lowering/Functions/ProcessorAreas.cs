// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Compiler.Ir;
using Nectar.Linux.Loading;
using Nectar.Linux.Symbols.Kernel;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>
/// Variables of processors where the kernel keeps no names of data (CONFIG_KALLSYMS_ALL off), which the verifier looks them up by. A task leads to
/// the run queues of all processors, each of which is such a variable, and the kernel's types say how far apart variables are.
/// </summary>
internal static class ProcessorAreas
{
    private const string Anchor = "runqueues", Section = ".data..percpu";

    /// <summary>The verifier would not find the variable.</summary>
    public static bool AreNeeded(ProbeLowering probe, string name) => !probe.Script.Options.Portable && KernelSymbols.Shared.Find(name).Count == 0;

    /// <summary>The address of a variable of this processor or of another; null where there is no such processor.</summary>
    public static Value Address(ProbeLowering probe, CallSite site, string name)
    {
        IrBuilder code = probe.Builder;
        if (Offset(name) is not { } variable || Offset(Anchor) is not { } anchor)
            throw probe.Refuse(site[0], $"Unknown percpu kernel symbol: {name}", $"note: neither the kernel's names (/proc/kallsyms) nor its types ({Section}) have it");
        Value processor = site.Count > 1 ? probe.LowerScalar(site[1]) : probe.Call(Helper.GetProcessorId);
        return probe.Choose(code.Compare(Op.LessUnsigned, processor, probe.Number(probe.Script.Options.PossibleProcessors)), () =>
        {
            Value group = Field(probe, site, probe.Call("bpf_get_current_task"), "struct task_struct", "sched_task_group");
            Value queues = Field(probe, site, group, "struct task_group", "cfs_rq");
            Value queue = Read(probe, code.Binary(Op.Add, queues, code.Binary(Op.ShiftLeft, processor, probe.Number(3))));
            return code.Binary(Op.Add, Field(probe, site, queue, "struct cfs_rq", "rq"), probe.Number(variable - anchor));
        }, () => probe.Number(0));
    }

    private static Value Field(ProbeLowering probe, CallSite site, Value from, string type, string name)
    {
        StructField[] path = probe.Struct(type, site.Node).Find(name)
            ?? throw probe.Refuse(site.Node, $"this kernel has no names of its variables (CONFIG_KALLSYMS_ALL), and its {type} no '{name}' that leads to them");
        return Read(probe, probe.Builder.Binary(Op.Add, from, probe.Number(path.Sum(field => field.Offset))));
    }

    private static Value Read(ProbeLowering probe, Value address) => probe.Memory.Read(address, TraceType.UInt64, AddressSpace.Kernel).Value;

    /// <summary>How far behind the start of a processor's variables one is.</summary>
    private static long? Offset(string name)
    {
        if (KernelBtf.Running.TryVmlinux is not { } kernel || kernel.FindByName(Section, BtfKind.DataSection) is not (var id and not 0)) return null;
        uint wanted = kernel.FindByName(name, BtfKind.Var);
        BtfType section = kernel[id];
        for (int i = 0; i < section.Count; i++)
        {
            if (section.Variable(i) is { } variable && variable.TypeId == wanted) return variable.Offset;
        }

        return null;
    }
}

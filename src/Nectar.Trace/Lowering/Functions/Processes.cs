// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Planning;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>Who is running: processes, threads, users, control groups, processors.</summary>
internal static class Processes
{
    /// <summary>TASK_COMM_LEN.</summary>
    private const int CommandSize = 16;

    public static readonly FunctionEntry[] Functions =
    [
        FunctionEntry.Of("pid", (probe, site) => probe.Scalar(site, Number(probe, site, ofThread: false))),
        FunctionEntry.Of("tid", (probe, site) => probe.Scalar(site, Number(probe, site, ofThread: true))),
        FunctionEntry.Of("uid", (probe, site) => probe.Scalar(site, probe.Builder.ZeroExtend(probe.Call("bpf_get_current_uid_gid"), 4, IrType.I64))),
        FunctionEntry.Of("gid", (probe, site) => probe.Scalar(site, Upper(probe, probe.Call("bpf_get_current_uid_gid")))),
        FunctionEntry.Bytes("username", WriteUser),
        FunctionEntry.Bytes("comm", WriteCommand),
        FunctionEntry.Of("cgroup", (probe, site) => probe.Scalar(site, probe.Call("bpf_get_current_cgroup_id"))),
        FunctionEntry.Of("cpu", (probe, site) => probe.Scalar(site, probe.Call(Helper.GetProcessorId))),
        FunctionEntry.Of("ncpus", (probe, site) => probe.Scalar(site, Setting(probe, TracePlan.ProcessorsName, probe.Script.Options.PossibleProcessors))),
        FunctionEntry.Of("numaid", (probe, site) => probe.Scalar(site, probe.Call("bpf_get_numa_node_id"))),
        FunctionEntry.Of("rand", (probe, site) => probe.Scalar(site, probe.Builder.ZeroExtend(probe.Call("bpf_get_prandom_u32"), 4, IrType.I64))),
        FunctionEntry.Of("curtask", (probe, site) => probe.Scalar(site, probe.Call("bpf_get_current_task"))),
        FunctionEntry.Of("cpid", Child),
        FunctionEntry.Of("has_cpid", (probe, site) =>
            probe.Scalar(site, probe.Truth(probe.Builder.Compare(Op.NotEqual, Setting(probe, TracePlan.ChildName, 0), probe.Number(0))))),
        FunctionEntry.Of("ppid", (probe, site) => probe.Lower(Relative(probe, site, "real_parent", "pid"))),
        FunctionEntry.Of("leader_tid", (probe, site) => probe.Lower(Relative(probe, site, "group_leader", "pid"))),
        FunctionEntry.Of("pcomm", (probe, site) => probe.Lower(Relative(probe, site, "real_parent", "comm"))),
        FunctionEntry.Of("leader_comm", (probe, site) => probe.Lower(Relative(probe, site, "group_leader", "comm"))),
    ];

    /// <summary>The process's number as symbols are looked up with it.</summary>
    public static Value ProcessId(ProbeLowering probe) => Number(probe, probe.Script.Options.PidNamespace, isInitial: false, ofThread: false, null);

    private static Value Number(ProbeLowering probe, CallSite site, bool ofThread)
    {
        bool initial = site.Count > 0 && site[0] is Identifier { Name: "init" };
        return Number(probe, initial ? null : probe.Script.Options.PidNamespace, initial, ofThread, site.Node);
    }

    /// <summary>As the kernel's first namespace numbers them, or (<c>bpf_get_ns_current_pid_tgid</c>, 5.7) another; tasks that have no number there get 0.</summary>
    private static Value Number(ProbeLowering probe, PidNamespace? space, bool isInitial, bool ofThread, Node? where)
    {
        if (probe.Script.Options.Portable && !isInitial) return PortableNumber(probe, ofThread);
        if (space is not { } seen)
        {
            Value both = probe.Call("bpf_get_current_pid_tgid");
            return ofThread ? probe.Builder.ZeroExtend(both, 4, IrType.I64) : Upper(probe, both);
        }

        Value numbers = probe.Temporary(8);
        probe.Builder.Store(numbers, probe.Number(0), 8);
        Value result = probe.Call("bpf_get_ns_current_pid_tgid", probe.Number((long)seen.Device), probe.Number((long)seen.Inode), numbers, probe.Number(8));
        if (where is not null) probe.CheckHelper(result, "bpf_get_ns_current_pid_tgid", where);
        return probe.Builder.Load(IrType.I64, numbers, 4, ofThread ? 0 : 4);
    }

    /// <summary>Which namespace it is, is known when the object is run. Both ways give the thread's number in the lower half and the process's in the upper one.</summary>
    private static Value PortableNumber(ProbeLowering probe, bool ofThread)
    {
        Value device = Setting(probe, TracePlan.NamespaceDeviceName, 0), inode = Setting(probe, TracePlan.NamespaceInodeName, 0);
        Value numbers = probe.Temporary(8);
        probe.Builder.Store(numbers, probe.Number(0), 8);
        probe.When(probe.Builder.Compare(Op.Equal, inode, probe.Number(0)),
            () => probe.Builder.Store(numbers, probe.Call("bpf_get_current_pid_tgid"), 8),
            () => probe.Call("bpf_get_ns_current_pid_tgid", device, inode, numbers, probe.Number(8)));
        return probe.Builder.Load(IrType.I64, numbers, 4, ofThread ? 0 : 4);
    }

    private static Value Upper(ProbeLowering probe, Value both) => probe.Builder.Binary(Op.ShiftRight, both, probe.Number(32));

    private static void WriteUser(ProbeLowering probe, CallSite site, Value destination, bool padded) =>
        probe.Builder.Store(destination, probe.Builder.ZeroExtend(probe.Call("bpf_get_current_uid_gid"), 4, IrType.I64), 8);

    private static void WriteCommand(ProbeLowering probe, CallSite site, Value destination, bool padded)
    {
        if (site.Count > 0)
        {
            TaskNames.Write(probe, site, destination);
            return;
        }

        // The helper zeroes what is behind the name, but not in 6.1 (strscpy): names would be different keys then.
        if (site.Type.Size > CommandSize || probe.Script.Options.Portable || !probe.Script.Options.Target.Has(6, 12)) probe.Zero(destination, site.Type.Size);
        Value result = probe.Call("bpf_get_current_comm", destination, probe.Number(Math.Min(CommandSize, site.Type.Size)));
        probe.CheckHelper(result, "bpf_get_current_comm", site.Node);
    }

    private static Operand Child(ProbeLowering probe, CallSite site)
    {
        Value number = Setting(probe, TracePlan.ChildName, 0);
        probe.When(probe.Builder.Compare(Op.Equal, number, probe.Number(0)), () =>
            probe.Send(new PrintfAction(PrintKind.Warnf, "No child command (`-c`); cpid is zero", []) { Where = site.Node.Span.ToSourceSpan() }));
        return probe.Scalar(site, number);
    }

    /// <summary>A u64 that user space sets before programs are attached.</summary>
    public static Value Setting(ProbeLowering probe, string name, long start) => probe.Builder.Load(IrType.I64, probe.Builder.Global(probe.Script.Setting(name, start)), 8);

    private static FieldAccess Relative(ProbeLowering probe, CallSite site, string who, string what)
    {
        Expression task = site.Count > 0 ? site[0] : new Identifier { Name = "curtask", Span = site.Node.Span, Type = TraceType.Pointer(TraceType.Of(probe.Struct("struct task_struct", site.Node), AddressSpace.Kernel), AddressSpace.Kernel) };
        return Emission.Field(Emission.Field(task, who), what);
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;
using Nectar.Compiler.Ir;
using Nectar.Linux.Loading;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Planning;

namespace Nectar.Trace.Lowering.Functions;

/// <summary><c>comm(pid)</c>: the name of any process, by the kernel functions that find tasks (6.2).</summary>
internal static class TaskNames
{
    private const int NameSize = 16;

    public static void Write(ProbeLowering probe, CallSite site, Value destination)
    {
        IrBuilder code = probe.Builder;
        Nectar.Bpf.Diagnostics.SourceSpan where = site.Node.Span.ToSourceSpan();
        if (KernelBtf.Running.Find("bpf_task_from_pid", BtfKind.Func, null, out _) == 0)
            throw probe.Refuse(site.Node, "comm(pid) needs the kernel function 'bpf_task_from_pid', which this kernel does not have", "note: it is in kernels from 6.2 on");
        if (probe.Form.ChecksSyscall) throw new RecordNeededException(); // raw tracepoints may not call it, the event itself may
        if (probe.Form.Type == Nectar.Bpf.Objects.ProgramType.RawTracepoint)
            throw probe.Refuse(site.Node, "Syntax comm(PID) is not supported in this probe type yet. Type: " + Hooks.TypeName(probe.Kind), "note: the kernel has 'bpf_task_from_pid' for tracepoints, kprobes, uprobes, fentry and iterators");
        Value number = probe.LowerScalar(site[0]);
        StructField[] path = probe.Struct("struct task_struct", site.Node).Find("comm") ?? throw probe.Refuse(site.Node, "struct task_struct has no 'comm'");
        probe.Zero(destination, site.Type.Size);
        Value task = code.Call(Function(probe, "bpf_task_from_pid", returnsTask: true), IrType.Pointer, number);
        task.Origin = PointerOrigin.Trusted;
        probe.When(code.Compare(Op.NotEqual, task, code.Null()), () =>
        {
            probe.Call(Helper.ProbeReadKernel, destination, probe.Number(Math.Min(NameSize, site.Type.Size)), code.Offset(task, path.Sum(field => field.Offset)));
            code.Call(Function(probe, "bpf_task_release", returnsTask: false), IrType.Void, task);
        }, () =>
        {
            probe.Builder.MemoryCopy(destination, probe.Constant("N/A\0"u8), 4);
            Record record = probe.Reserve(new PrintfAction(PrintKind.Warnf, "No such process (pid=%d)", [new RecordField(TraceType.Int64, Records.HeaderSize)]) { Where = where }, 16);
            code.Store(record.Pointer, number, 8, Records.HeaderSize);
            probe.Submit(record);
        });
    }

    private static KernelFunctionTarget Function(ProbeLowering probe, string name, bool returnsTask)
    {
        if (probe.Script.KernelFunctions.TryGetValue(name, out KernelFunctionTarget? known)) return known;
        BtfBuilder types = probe.Script.Module.Types;
        uint task = types.AddPointer(types.AddComposite(BtfKind.Struct, "task_struct", 0, []));
        uint number = types.AddInt("int", 4, BtfIntEncoding.Signed);
        uint prototype = returnsTask ? types.AddFuncProto(task, [new BtfParameter("", number)]) : types.AddFuncProto(0, [new BtfParameter("", task)]);
        return probe.Script.KernelFunctions[name] = new KernelFunctionTarget(types.AddFunc(name, prototype, (uint)FunctionLinkage.Extern), false) { Name = name };
    }
}

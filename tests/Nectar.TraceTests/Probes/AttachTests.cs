// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Runtime.InteropServices;
using Nectar.Linux.Loading;
using Nectar.Trace;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Lowering;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes;

namespace Nectar.TraceTests.Probes;

/// <summary>Programs at real hooks, and how they leave them.</summary>
public sealed class AttachTests
{
    [KernelFact]
    public void Detach_TracepointsWithData_DoesNotWaitForKernel()
    {
        using Run run = new("tracepoint:ext4:ext4_d*, tracepoint:ext4:ext4_e*, tracepoint:ext4:ext4_m* { @[args.dev] = count(); }");
        Assert.True(run.Attached.Count > 20, $"{run.Attached.Count} events");
        Stopwatch time = Stopwatch.StartNew();
        run.Attached.Detach();
        // One after the other the kernel would take some 35 ms for each.
        Assert.True(time.ElapsedMilliseconds < 300, $"{time.ElapsedMilliseconds} ms for {run.Attached.Count} events");
    }

    [KernelFact]
    public void Detach_FunctionOfAFile_CountsNothingAnyMore()
    {
        // The kernel may still let go of it for some time: what runs then must do nothing.
        using Run run = new("uprobe:libc:getppid { @ = count(); }");
        for (int i = 0; i < 5; i++) _ = GetParentProcess();
        ulong counted = run.Total("at_");
        Assert.InRange(counted, 5u, ulong.MaxValue);
        run.Attached.Detach();
        ulong before = run.Total("at_");
        for (int i = 0; i < 100; i++) _ = GetParentProcess();
        Assert.Equal(before, run.Total("at_"));
    }

    [KernelFact]
    public void Attach_FunctionsThatTheKernelRefuses_AreLeftOut()
    {
        // Of a C library with all of its names one of these begins with an instruction that the kernel cannot step over.
        using Run run = new("uprobe:libc:__n*, uprobe:libc:__GI___n* { @[probe] = count(); }");
        int wanted = run.Plan.Probes.Sum(probe => probe.Targets.Length);
        Assert.Equal(wanted, run.Attached.Count + run.Attached.Warnings.Count);
        Assert.InRange(run.Attached.Count, wanted / 2, wanted);
    }

    [KernelFact]
    public void Attach_SystemCalls_TakeOneHook()
    {
        using Run run = new("tracepoint:syscalls:sys_enter_* { @ = count(); }");
        Assert.True(run.Attached.Count > 300);
        Assert.Equal("raw_tp/sys_enter", ProbePrograms.SectionFor(run.Plan.Probes[0]));
        Assert.True(ProbePrograms.FormOf(run.Plan.Probes[0]).ChecksSyscall);
    }

    [KernelFact]
    public void Form_EventWithoutData_IsRawTracepoint()
    {
        Assert.Equal("raw_tp/sched_switch", ProbePrograms.SectionFor(Compile("tracepoint:sched:sched_switch { @ = count(); }").Probes[0]));
        Assert.Equal("tracepoint/sched/sched_switch", ProbePrograms.SectionFor(Compile("tracepoint:sched:sched_switch { @[args.next_pid] = count(); }").Probes[0]));
    }

    [KernelFact]
    public void Resolve_ManyFunctionsByName_AskForPrograms()
    {
        DiagnosticBag diagnostics = new();
        Script script = Parser.Parse(new SourceText("stdin", "k:* { @[probe] = count(); }"), new ParseOptions(), diagnostics);
        AttachPoints.Resolve(script.Probes[0], new AttachOptions(), diagnostics);
        Assert.Contains("exceeds the current limit of 1024", diagnostics.Items[0].Message, StringComparison.Ordinal);
        Assert.Contains("BPFTRACE_MAX_BPF_PROGS", diagnostics.Items[0].Notes[0], StringComparison.Ordinal);
    }

    [DllImport("libc", EntryPoint = "getppid")]
    private static extern int GetParentProcess();

    private static TracePlan Compile(string script)
    {
        DiagnosticBag diagnostics = new();
        TracePlan? plan = TraceCompiler.Compile(new SourceText("stdin", script), new ParseOptions(), new BindOptions { Attach = new AttachOptions() }, new LoweringOptions(), diagnostics);
        Assert.True(plan is not null, string.Join('\n', diagnostics.Items));
        return plan;
    }

    private sealed class Run : IDisposable
    {
        private readonly KernelObject _object;

        public Run(string script)
        {
            Plan = Compile(script);
            _object = KernelObject.Load(Plan.Object);
            Attached = ProbeAttacher.Attach(Plan, _object, new AttachOptions { Config = Plan.Config });
        }

        public TracePlan Plan { get; }

        public AttachedProbes Attached { get; }

        /// <summary>What all processors have in the one element of a map.</summary>
        public ulong Total(string map)
        {
            Nectar.Linux.Maps.KernelMap found = _object.Maps[map];
            byte[] value = new byte[found.UserValueSize];
            Assert.Equal(Errno.None, found.Lookup(new byte[4], value));
            ulong total = 0;
            for (int i = 0; i < value.Length; i += sizeof(ulong)) total += BitConverter.ToUInt64(value, i);
            return total;
        }

        public void Dispose()
        {
            Attached.Dispose();
            _object.Dispose();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
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

        public void Dispose()
        {
            Attached.Dispose();
            _object.Dispose();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Planning;
using Nectar.TraceTests.Functions;

namespace Nectar.TraceTests.Probes;

/// <summary>What the kernel lists programs as: scripts can ask for them by that (<c>fentry:bpf:interval_us_*</c>).</summary>
public sealed class NameTests
{
    [KernelFact]
    public void Program_IsNamedByItsHook_ByThePatternIfItHasSeveral()
    {
        TracePlan plan = ScriptRun.Compile("interval:us:100000 { @a = 1; } tracepoint:sched:sched_switch { @b = 1; } tracepoint:sched:sched_w* { @c = 1; } begin { @d = 1; }");
        Assert.Equal(["interval_us_100000_1", "tracepoint_sched_sched_switch_2", "tracepoint_sched_sched_w__3", "begin_4"], plan.Probes.Select(probe => probe.ProgramName));
    }

    [KernelFact]
    public void SystemCalls_BothEndsByOnePattern_AreTwoPrograms()
    {
        TracePlan plan = ScriptRun.Compile("tracepoint:syscalls:sys_*_getsid { @[probe, args.__syscall_nr] = count(); }");
        Assert.Equal(["raw_tp/sys_enter", "raw_tp/sys_exit"], plan.Probes.Select(probe => Nectar.Trace.Probes.ProbePrograms.SectionFor(probe)).Order(StringComparer.Ordinal));
        using ScriptRun run = ScriptRun.Start("tracepoint:syscalls:sys_*_getsid { printf(\"%s %d\\n\", probe, args.__syscall_nr); }");
        _ = Tools.Native.getsid(0);
        string text = run.Drain();
        Assert.Contains("tracepoint:syscalls:sys_enter_getsid 124\n", text, StringComparison.Ordinal);
        Assert.Contains("tracepoint:syscalls:sys_exit_getsid 124\n", text, StringComparison.Ordinal);
    }
}

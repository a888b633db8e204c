// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Links.Tracing;

namespace Nectar.KernelTests.Links.Tracing;

[Collection(nameof(Native))] // they count calls of the same functions in the same process
public sealed class TracingAttacherTests
{
    [BpfTheory]
    [InlineData("tp/syscalls/sys_enter_getppid", null)]
    [InlineData("tracepoint/syscalls/sys_enter_getppid", null)]
    [InlineData("tp", "syscalls/sys_enter_getppid")]
    [InlineData("tp", "syscalls:sys_enter_getppid")]
    [InlineData("raw_tp/sys_enter", null)]
    [InlineData("raw_tracepoint", "sys_exit")]
    [InlineData("tp_btf/sys_enter", null)]
    [InlineData("uprobe/libc:getppid", null)]
    [InlineData("uprobe//lib/x86_64-linux-gnu/libc.so.6:getppid+0", null)]
    [InlineData("uretprobe/libc:getppid", null)]
    [InlineData("uprobe.s/libc:getppid", null)]
    [InlineData("uprobe", "libc:getppid")]
    [InlineData("uprobe", "uretprobe/libc:getppid")]
    [InlineData("uprobe/libc:no_such_function", "libc:getppid")]
    [InlineData("uprobe.multi/libc:getpp*", null)]
    [InlineData("uretprobe.multi/libc:getpp*", null)]
    [InlineData("uprobe.session/libc:getppid", null)]
    public void Attach_SectionOrTarget_RunsAtTheCall(string section, string? target)
    {
        using CountingProgram counter = CountingProgram.Load(section);
        Assert.True(TracingAttacher.CanAttach(counter.Program));
        Assert.Equal(!section.Contains('/', StringComparison.Ordinal), TracingAttacher.NeedsTarget(counter.Program));
        using BpfLink link = TracingAttacher.Attach(counter.Program, target);
        Native.GetParent();
        Assert.True(counter.Runs >= 1);
    }

    [BpfFact]
    public void Attach_OptionsOfTracing_ReachTheHook()
    {
        using CountingProgram counter = CountingProgram.Load("uprobe/libc:labs", "r7 = *(u64 *)(r6 + 80)");
        using BpfLink link = TracingAttacher.Attach(counter.Program, null, new TracingOptions { IsReturn = true, ProcessId = Environment.ProcessId });
        Native.Absolute(-12);
        Assert.Equal(12ul, counter.Value);
        using CountingProgram other = CountingProgram.Load("tp/syscalls/sys_enter_getppid", CountingProgram.Cookie);
        using BpfLink tracepoint = TracingAttacher.Attach(other.Program, null, new TracingOptions { Cookie = 55 });
        Native.GetParent();
        Assert.Equal(55ul, other.Value);
    }

    [BpfTheory]
    [InlineData("page-faults")]
    [InlineData("cpu-clock:1000000")]
    [InlineData("task-clock:999hz")]
    public void Attach_PerfEvent_TakesEventAndRate(string target)
    {
        using CountingProgram counter = CountingProgram.Load("perf_event", process: null);
        Assert.True(TracingAttacher.NeedsTarget(counter.Program));
        using BpfLink link = TracingAttacher.Attach(counter.Program, target, new TracingOptions { ProcessId = Environment.ProcessId });
        Assert.True(SpinWait.SpinUntil(() => new byte[1 << 16].Length > 0 && counter.Runs > 0, TimeSpan.FromSeconds(10)));
    }

    [BpfFact]
    public void Attach_IteratorOfMap_TakesItsNumber()
    {
        using CountingProgram counter = CountingProgram.Load("iter/bpf_map_elem", process: null);
        using IteratorLink link = (IteratorLink)TracingAttacher.Attach(counter.Program, $"map:{counter.Object.Maps["slots"].GetInfo().Id}");
        link.ReadText();
        Assert.Equal(3ul, counter.Runs); // two elements and the end
    }

    [BpfTheory]
    [InlineData("tp", null)]
    [InlineData("tp", "syscalls")]
    [InlineData("uprobe", "libc")]
    [InlineData("uprobe", "libc:")]
    [InlineData("uprobe", ":getppid")]
    [InlineData("uprobe", "libc:getppid+x")]
    [InlineData("usdt", "libc:provider")]
    [InlineData("usdt", ":provider:name")]
    [InlineData("perf_event", "no-such-event")]
    [InlineData("perf_event", "cpu-clock:0")]
    [InlineData("iter/task", "everything")]
    public void Attach_MalformedTarget_ShowsTheForm(string section, string? target)
    {
        using CountingProgram counter = CountingProgram.Load(section);
        KernelException refused = Assert.Throws<KernelException>(() => TracingAttacher.Attach(counter.Program, target));
        Assert.Contains("NEC4110", refused.Message, StringComparison.Ordinal);
        Assert.Contains(section, refused.Message, StringComparison.Ordinal);
    }

    [BpfFact]
    public void Attach_ProgramsOpenedById_WorkWithATarget()
    {
        using CountingProgram counter = CountingProgram.Load("tp/syscalls/sys_enter_getppid");
        using Linux.Programs.KernelProgram again = Linux.Programs.KernelProgram.OpenById(counter.Program.GetInfo().Id);
        using (TracingAttacher.Attach(again, "syscalls/sys_enter_getppid")) Native.GetParent();
        Assert.Equal(1ul, counter.Runs);
    }

    [BpfFact]
    public void Attach_KprobeOnAKernelWithoutKprobes_NamesTheNextBest()
    {
        using CountingProgram counter = CountingProgram.Load("kprobe/do_nanosleep");
        if (Kprobes.IsSupported)
        {
            using BpfLink link = TracingAttacher.Attach(counter.Program, null);
            Thread.Sleep(1);
            return;
        }

        FeatureMissingException missing = Assert.Throws<FeatureMissingException>(() => TracingAttacher.Attach(counter.Program, null));
        Assert.StartsWith("program 'counter': attach it to kprobe do_nanosleep", missing.Diagnostics[0].Message, StringComparison.Ordinal);
        Assert.Contains("help: use", missing.Message, StringComparison.Ordinal);
        using CountingProgram multi = CountingProgram.Load("kprobe.multi/do_nanosleep*");
        Assert.Contains("attach it to kprobes do_nanosleep*", Assert.Throws<FeatureMissingException>(() => TracingAttacher.Attach(multi.Program, null)).Message, StringComparison.Ordinal);
    }
}

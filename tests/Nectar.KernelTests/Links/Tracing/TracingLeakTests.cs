// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Tracing;

namespace Nectar.KernelTests.Links.Tracing;

[Collection(nameof(TracingLeakTests))]
public sealed class TracingLeakTests
{
    [BpfTheory]
    [InlineData("tp/syscalls/sys_enter_getppid", null)]
    [InlineData("raw_tp/sys_enter", null)]
    [InlineData("tp_btf/sys_enter", null)]
    [InlineData("uprobe/libc:getppid", null)]
    [InlineData("uprobe.multi/libc:getpp*", null)]
    [InlineData("perf_event", "page-faults")]
    [InlineData("iter/task", null)]
    public void AttachAndDispose_ManyTimes_LeavesNoDescriptor(string section, string? target)
    {
        using CountingProgram counter = CountingProgram.Load(section, process: null);
        Cycle(counter, target); // what is made once (features, types) is there now
        int before = OwnDescriptors();
        for (int i = 0; i < 20; i++) Cycle(counter, target);
        Assert.Equal(before, OwnDescriptors());
    }

    [BpfFact]
    public void AttachThatFails_ManyTimes_LeavesNoDescriptorAndNoProbe()
    {
        using CountingProgram wrong = CountingProgram.Load("raw_tp/sys_enter");
        string path = UprobePlaces.Find("libc", "getppid", 0, null).Path;
        Fail();
        int before = OwnDescriptors();
        for (int i = 0; i < 20; i++) Fail();
        Assert.Equal(before, OwnDescriptors());
        Assert.DoesNotContain(LeftoverProbe.Own(), probe => probe.ProcessId == Environment.ProcessId);

        void Fail()
        {
            // a program of another type: the event is made before the kernel refuses it
            foreach (AttachMethod method in (AttachMethod[])[AttachMethod.PerfLink, AttachMethod.PerfIoctl, AttachMethod.TraceEvents])
            {
                Assert.ThrowsAny<Bpf.Diagnostics.KernelException>(() => Uprobes.Attach(wrong.Program, path, "getppid", new ProbeOptions { Method = method }));
                Assert.ThrowsAny<Bpf.Diagnostics.KernelException>(() => PerfEvents.Attach(wrong.Program, PerfEventKind.CpuClock, new PerfEventOptions { Method = method }));
            }
        }
    }

    private static void Cycle(CountingProgram counter, string? target)
    {
        using BpfLink link = TracingAttacher.Attach(counter.Program, target);
        if (link is IteratorLink iterator) iterator.ReadText();
    }

    /// <summary>Links, programs and perf events of this process.</summary>
    private static int OwnDescriptors()
    {
        int count = 0;
        foreach (string entry in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            string? what = new FileInfo(entry).LinkTarget;
            if (what is not null && (what.Contains("bpf", StringComparison.Ordinal) || what.Contains("perf_event", StringComparison.Ordinal))) count++;
        }

        return count;
    }
}

/// <summary>Counts what the whole process holds, so nothing else may run.</summary>
[CollectionDefinition(nameof(TracingLeakTests), DisableParallelization = true)]
public sealed class TracingLeakCollection;

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Links.Tracing;

namespace Nectar.KernelTests.Links.Tracing;

[Collection(nameof(Native))] // they count calls of the same functions in the same process
public sealed class TracepointTests
{
    [BpfTheory]
    [InlineData(AttachMethod.Automatic, 0)]
    [InlineData(AttachMethod.PerfLink, 77)]
    [InlineData(AttachMethod.PerfIoctl, 0)]
    public void Attach_SystemCall_CountsUntilDisposed(AttachMethod method, ulong cookie)
    {
        using CountingProgram counter = CountingProgram.Load("tp/syscalls/sys_enter_getppid", CountingProgram.Cookie);
        using (BpfLink link = Tracepoints.Attach(counter.Program, "syscalls", "sys_enter_getppid", cookie, method))
        {
            for (int i = 0; i < 5; i++) Native.GetParent();
            Assert.Equal("tracepoint syscalls/sys_enter_getppid", link.Target);
            Assert.Equal(method != AttachMethod.PerfIoctl, link is KernelLink);
        }

        Native.GetParent();
        Assert.Equal(5ul, counter.Runs);
        Assert.Equal(cookie, counter.Value);
    }

    [BpfFact]
    public void Attach_TwoProgramsOneTracepoint_BothRun()
    {
        using CountingProgram first = CountingProgram.Load("tp/syscalls/sys_enter_getppid"), second = CountingProgram.Load("tp/syscalls/sys_enter_getppid");
        using BpfLink one = Tracepoints.Attach(first.Program, "syscalls", "sys_enter_getppid"), two = Tracepoints.Attach(second.Program, "syscalls", "sys_enter_getppid");
        Native.GetParent();
        Assert.Equal((1ul, 1ul), (first.Runs, second.Runs));
    }

    [BpfTheory]
    [InlineData("syscalls", "sys_enter_getpppid", "category 'syscalls' has no tracepoint", "sys_enter_getppid")]
    [InlineData("syscall", "sys_enter_getppid", "there is no category 'syscall'", "syscalls")]
    [InlineData("sched", "sys_enter_getppid", "category 'sched' has no tracepoint", "syscalls/sys_enter_getppid")]
    public void Attach_UnknownName_NamesTheNearest(string category, string name, string problem, string nearest)
    {
        using CountingProgram counter = CountingProgram.Load("tp/syscalls/sys_enter_getppid");
        KernelException refused = Assert.Throws<KernelException>(() => Tracepoints.Attach(counter.Program, category, name));
        Assert.StartsWith("error NEC4101: program 'counter': attach it to tracepoint " + category, refused.Message, StringComparison.Ordinal);
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
        Assert.Contains($"'{nearest}'", refused.Message, StringComparison.Ordinal);
    }

    [BpfFact]
    public void Pin_ThenDispose_GoesOnUntilUnpinned()
    {
        using PrivateBpffs files = new();
        using CountingProgram counter = CountingProgram.Load("tp/syscalls/sys_enter_getppid");
        string path = files.Path + "/link";
        using (BpfLink link = Tracepoints.Attach(counter.Program, "syscalls", "sys_enter_getppid")) link.Pin(path);
        Native.GetParent();
        Assert.Equal(1ul, counter.Runs);
        File.Delete(path);
        Assert.True(SpinWait.SpinUntil(() => Stands(counter), TimeSpan.FromSeconds(10))); // the kernel frees what was pinned in its own time
    }

    private static bool Stands(CountingProgram counter)
    {
        ulong runs = counter.Runs;
        Native.GetParent();
        return counter.Runs == runs;
    }

    [BpfFact]
    public void List_ThisKernel_HasSchedulerAndSystemCalls()
    {
        string[] all = [.. Tracepoints.List()];
        Assert.Contains("sched/sched_switch", all);
        Assert.Contains("syscalls/sys_enter_openat", all);
    }

    [KernelFact("bpftool")]
    public void Attach_Bpftool_SeesLinkAndTracepoint()
    {
        using CountingProgram counter = CountingProgram.Load("tp/syscalls/sys_enter_getppid");
        using KernelLink link = (KernelLink)Tracepoints.Attach(counter.Program, "syscalls", "sys_enter_getppid", 5);
        string shown = Native.Bpftool("link", "show");
        Assert.Contains($"prog {counter.Program.GetInfo().Id}", shown, StringComparison.Ordinal);
        Assert.Contains("sys_enter_getppid", shown + Native.Bpftool("perf", "show"), StringComparison.Ordinal);
    }
}

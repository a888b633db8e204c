// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Runtime.InteropServices;
using Nectar.Bpf.Asm;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Loading;

namespace Nectar.KernelTests.Links.Tracing;

[Collection(nameof(Native))] // they count calls of the same functions in the same process
public sealed class IteratorTests
{
    [BpfTheory]
    [InlineData("task")]
    [InlineData("task_file")]
    [InlineData("task_vma")]
    [InlineData("bpf_map")]
    [InlineData("bpf_prog")]
    [InlineData("bpf_link")]
    [InlineData("tcp")]
    [InlineData("udp")]
    [InlineData("unix")]
    [InlineData("netlink")]
    [InlineData("cgroup")]
    [InlineData("ksym")]
    [InlineData("ipv6_route")]
    [InlineData("kmem_cache")]
    public void Read_EachKind_RunsForEachObject(string kind)
    {
        using CountingProgram counter = CountingProgram.Load($"iter/{kind}", process: null);
        using IteratorLink link = IteratorLink.Attach(counter.Program);
        Assert.Equal($"iterator {kind}", link.Target);
        Assert.Equal("", link.ReadText());
        ulong once = counter.Runs;
        Assert.True(once >= 1);
        link.ReadText();
        Assert.True(counter.Runs > once);
    }

    [BpfFact]
    public void Read_SleepableTasks_Runs()
    {
        using CountingProgram counter = CountingProgram.Load("iter.s/task", process: null);
        using IteratorLink link = IteratorLink.Attach(counter.Program);
        link.ReadText();
        Assert.True(counter.Runs >= 1);
    }

    [BpfFact]
    public void Read_WhatTheProgramWrites_ComesOutAsAStream()
    {
        using KernelObject loaded = Writer("task");
        using IteratorLink link = IteratorLink.Attach(loaded.Programs["writer"]);
        using IteratorStream stream = link.Open();
        byte[] five = new byte[5];
        stream.ReadExactly(five);
        Assert.Equal("one\none\n", System.Text.Encoding.ASCII.GetString(five) + new StreamReader(stream).ReadToEnd()[..3]);
    }

    [BpfFact]
    public void Attach_ToAProcess_WalksOverItsThreadsOnly()
    {
        using KernelObject loaded = Writer("task");
        using IteratorLink all = IteratorLink.Attach(loaded.Programs["writer"]);
        using IteratorLink own = IteratorLink.Attach(loaded.Programs["writer"], new IteratorOptions { ProcessId = Environment.ProcessId });
        using IteratorLink one = IteratorLink.Attach(loaded.Programs["writer"], new IteratorOptions { ThreadId = Environment.ProcessId });
        int everybody = Lines(all), mine = Lines(own);
        Assert.Equal(2, Lines(one)); // the thread and the end
        Assert.InRange(mine, 3, everybody - 1);
    }

    [BpfFact]
    public void Attach_MapElements_WalksOverTheMap()
    {
        using CountingProgram holder = CountingProgram.Load("tp/syscalls/sys_enter_getppid");
        using KernelObject loaded = Writer("bpf_map_elem");
        using IteratorLink link = IteratorLink.Attach(loaded.Programs["writer"], new IteratorOptions { Map = holder.Object.Maps["slots"].Handle });
        Assert.Equal(3, Lines(link)); // two elements and the end
        KernelException refused = Assert.Throws<KernelException>(() => IteratorLink.Attach(loaded.Programs["writer"]));
        Assert.Contains("say which", refused.Message, StringComparison.Ordinal);
    }

    [BpfFact]
    public void Attach_Cgroup_StartsThereInThatOrder()
    {
        string root = Directory.Exists("/sys/fs/cgroup/unified") ? "/sys/fs/cgroup/unified" : "/sys/fs/cgroup";
        string path = $"{root}/nectar-iter-{Environment.ProcessId}";
        Directory.CreateDirectory(path);
        Directory.CreateDirectory(path + "/child");
        try
        {
            using KernelObject loaded = Writer("cgroup");
            Assert.Equal(2, Count(CgroupOrder.SelfOnly));
            Assert.Equal(3, Count(CgroupOrder.DescendantsFirstToLast));
            Assert.Equal(3, Count(CgroupOrder.Ancestors));

            int Count(CgroupOrder order)
            {
                using IteratorLink link = IteratorLink.Attach(loaded.Programs["writer"], new IteratorOptions { CgroupPath = path, CgroupOrder = order });
                return Lines(link);
            }
        }
        finally
        {
            Directory.Delete(path + "/child");
            Directory.Delete(path);
        }
    }

    [BpfFact]
    public void Pin_Iterator_IsReadLikeAFile()
    {
        using PrivateBpffs files = new();
        string path = files.Path + "/tasks";
        using (KernelObject loaded = Writer("task"))
        using (IteratorLink link = IteratorLink.Attach(loaded.Programs["writer"])) link.Pin(path);
        Assert.StartsWith("one\none\n", Nectar.Tests.Support.TestEnvironment.Run("cat", path).Output, StringComparison.Ordinal);
        File.Delete(path);
    }

    [BpfFact]
    public void Update_Iterator_UsesTheOtherProgram()
    {
        using CountingProgram first = CountingProgram.Load("iter/task", process: null), second = CountingProgram.Load("iter/task", process: null);
        using IteratorLink link = IteratorLink.Attach(first.Program);
        link.Update(second.Program, first.Program);
        link.ReadText();
        Assert.Equal(0ul, first.Runs);
        Assert.True(second.Runs > 0);
    }

    private static int Lines(IteratorLink link) => link.ReadText().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;

    /// <summary>Writes a line for each object, and one at the end of the walk.</summary>
    private static KernelObject Writer(string kind) => KernelObject.Load(Assembler.Assemble($"""
        .license "GPL"
        .section "iter/{kind}"
        .global writer
        writer:
            r1 = *(u64 *)(r1 + 0)
            r1 = *(u64 *)(r1 + 0)
            *(u32 *)(r10 - 4) = 0x0a656e6f
            r2 = r10
            r2 += -4
            r3 = 4
            call bpf_seq_write
            r0 = 0
            exit
        """));
}

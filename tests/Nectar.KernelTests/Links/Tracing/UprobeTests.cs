// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Tracing;

namespace Nectar.KernelTests.Links.Tracing;

[Collection(nameof(Native))] // they count calls of the same functions in the same process
public sealed class UprobeTests
{
    // the argument in rdi, the result in rax, where struct pt_regs has them
    private const string Argument = "r7 = *(u64 *)(r6 + 112)", Result = "r7 = *(u64 *)(r6 + 80)";

    [BpfTheory]
    [InlineData(AttachMethod.Automatic, false)]
    [InlineData(AttachMethod.PerfLink, true)]
    [InlineData(AttachMethod.PerfIoctl, false)]
    [InlineData(AttachMethod.TraceEvents, false)]
    [InlineData(AttachMethod.TraceEvents, true)]
    public void Attach_LibraryFunction_SeesArgumentOrResult(AttachMethod method, bool isReturn)
    {
        using CountingProgram counter = CountingProgram.Load(isReturn ? "uretprobe" : "uprobe", isReturn ? Result : Argument);
        using (Uprobes.Attach(counter.Program, "libc", "labs", new ProbeOptions { IsReturn = isReturn, Method = method }))
        {
            Assert.Equal(41, Native.Absolute(-41));
            Native.Absolute(-42);
            Assert.Equal((2ul, isReturn ? 42ul : unchecked((ulong)-42L)), (counter.Runs, counter.Value));
        }

        Native.Absolute(-1);
        Assert.Equal(2ul, counter.Runs);
        Assert.DoesNotContain(LeftoverProbe.Own(), probe => probe.ProcessId == Environment.ProcessId);
    }

    [BpfTheory]
    [InlineData(AttachMethod.Automatic)]
    [InlineData(AttachMethod.TraceEvents)]
    public void Attach_WithCookieAndProcess_RunsThereOnly(AttachMethod method)
    {
        using CountingProgram counter = CountingProgram.Load("uprobe", CountingProgram.Cookie, process: null);
        using (Uprobes.Attach(counter.Program, "libc", "labs", new ProbeOptions { Cookie = 0xfeed, ProcessId = Environment.ProcessId, Method = method })) Native.Absolute(1);
        Assert.Equal((1ul, 0xfeedul), (counter.Runs, counter.Value));
        counter.Reset();
        using Process other = Process.Start("sleep", "100");
        try
        {
            using (Uprobes.Attach(counter.Program, "libc", "labs", new ProbeOptions { ProcessId = other.Id, Method = method })) Native.Absolute(1);
            Assert.Equal(0ul, counter.Runs);
        }
        finally
        {
            other.Kill();
        }
    }

    [BpfFact]
    public void Attach_Sleepable_Runs()
    {
        using CountingProgram counter = CountingProgram.Load("uprobe.s", Argument);
        using BpfLink link = Uprobes.Attach(counter.Program, "libc", "labs");
        Native.Absolute(-7);
        Assert.Equal(1ul, counter.Runs);
    }

    [BpfFact]
    public void Attach_ByOffsetInFile_IsTheSameAsByName()
    {
        UprobePlaces place = UprobePlaces.Find("libc", "labs", 0, null);
        using CountingProgram counter = CountingProgram.Load("uprobe", Argument);
        using BpfLink link = Uprobes.Attach(counter.Program, place.Path, null, new ProbeOptions { Offset = place.Offsets[0] });
        Native.Absolute(3);
        Assert.Equal((1ul, 3ul), (counter.Runs, counter.Value));
    }

    [BpfFact]
    public void Find_VersionedSymbol_TakesTheDefaultOrTheAskedOne()
    {
        ulong bare = Assert.Single(UprobePlaces.Find("libc", "pthread_cond_wait", 0, null).Offsets);
        ulong current = Assert.Single(UprobePlaces.Find("libc", "pthread_cond_wait@@GLIBC_2.3.2", 0, null).Offsets);
        ulong old = Assert.Single(UprobePlaces.Find("libc", "pthread_cond_wait@GLIBC_2.2.5", 0, null).Offsets);
        Assert.Equal(current, bare);
        Assert.NotEqual(old, bare);
    }

    [BpfFact]
    public void Attach_WrongNames_SayWhatIsThere()
    {
        using CountingProgram counter = CountingProgram.Load("uprobe");
        NectarException function = Assert.ThrowsAny<NectarException>(() => Uprobes.Attach(counter.Program, "libc", "lasb"));
        Assert.Contains("'labs'", function.Message, StringComparison.Ordinal);
        Assert.ThrowsAny<NectarException>(() => Uprobes.Attach(counter.Program, "/no/such/file", "f"));
        KernelException behind = Assert.Throws<KernelException>(() => Uprobes.Attach(counter.Program, "libc", null, new ProbeOptions { Offset = 1ul << 40 }));
        Assert.Contains("NEC4103", behind.Message, StringComparison.Ordinal);
        KernelException nobody = Assert.Throws<KernelException>(() => Uprobes.Attach(counter.Program, UprobePlaces.Find("libc", "labs", 0, null).Path, null, new ProbeOptions { ProcessId = 1 << 22, Offset = 64 }));
        Assert.Contains("NEC4103", nobody.Message, StringComparison.Ordinal);
    }

    [BpfFact]
    public void Attach_TextWithBlankInPath_RefusesInWords()
    {
        string folder = Directory.CreateTempSubdirectory("nectar blank ").FullName;
        try
        {
            File.Copy("/bin/true", folder + "/true");
            using CountingProgram counter = CountingProgram.Load("uprobe");
            KernelException refused = Assert.Throws<KernelException>(() => Uprobes.Attach(counter.Program, folder + "/true", null, new ProbeOptions { Offset = 4096, Method = AttachMethod.TraceEvents }));
            Assert.Contains("blanks", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [KernelFact("gcc")]
    public void Attach_ProcessKilledOrFileUnlinked_LeavesNothing()
    {
        (int programs, int links) = Native.KernelObjects();
        string path = Path.Combine(Path.GetTempPath(), $"nectar-looper-{Environment.ProcessId}");
        File.Copy(NativePrograms.Looper(), path, overwrite: true);
        using (Process process = Process.Start(path))
        {
            File.Delete(path); // from here on the process is the only way to the file
            try
            {
                using CountingProgram counter = CountingProgram.Load("uprobe", process: null);
                using (Uprobes.Attach(counter.Program, $"/proc/{process.Id}/exe", "tick"))
                {
                    Assert.True(SpinWait.SpinUntil(() => counter.Runs > 3, TimeSpan.FromSeconds(20)));
                    process.Kill();
                    process.WaitForExit();
                }
            }
            finally
            {
                process.Kill();
            }
        }

        Assert.True(SpinWait.SpinUntil(() => Native.KernelObjects() is var now && now.Programs <= programs && now.Links <= links, TimeSpan.FromSeconds(20)));
    }

    [BpfFact]
    public void LeftoverProbe_OfADeadProcess_IsFoundAndRemoved()
    {
        using Process dead = Process.Start("true");
        dead.WaitForExit();
        string name = $"u_{dead.Id}_1";
        Assert.Equal(Bpf.Maps.Errno.None, TraceFileSystem.Command(TraceFileSystem.Require("uprobe_events"), $"p:nectar/{name} /bin/true:0x1000\n"));
        LeftoverProbe probe = Assert.Single(LeftoverProbe.Find(), probe => probe.Name == name);
        Assert.True(probe.Remove());
        Assert.DoesNotContain(LeftoverProbe.Find(), probe => probe.Name == name);
    }

    [KernelFact("gcc")]
    public void LinkGroup_OlderWay_DetachesConcurrently()
    {
        using CountingProgram counter = CountingProgram.Load("uprobe");
        UprobePlaces places = UprobePlaces.Find(NativePrograms.ManyFunctions(), "f10?", 0, null);
        BpfLink link = Uprobes.AttachAll(counter.Program, places, [], ProbeOptions.None, "ten");
        BpfLink alone = Uprobes.AttachAll(counter.Program, places with { Offsets = places.Offsets[..1] }, [], ProbeOptions.None, "one");
        Assert.Equal(10, Assert.IsType<LinkGroup>(link).Links.Length);
        TimeSpan one = Time(alone.Dispose), ten = Time(link.Dispose), rest = Time(((LinkGroup)link).Removal.Wait);
        Assert.True(ten < 7 * one + TimeSpan.FromSeconds(1), $"one took {one}, ten at once {ten}");
    }

    private static TimeSpan Time(Action action)
    {
        Stopwatch time = Stopwatch.StartNew();
        action();
        return time.Elapsed;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Nectar.Linux.Links.Tracing;

namespace Nectar.KernelTests.Links.Tracing;

[Collection(nameof(Native))] // they count calls of the same functions in the same process
public sealed class UprobeMultiTests
{
    [BpfTheory]
    [InlineData("uprobe.multi", false)]
    [InlineData("uprobe.multi.s", false)]
    [InlineData("uretprobe.multi", true)]
    public void Attach_Pattern_CountsUntilDisposed(string section, bool isReturn)
    {
        using CountingProgram counter = CountingProgram.Load(section);
        using (BpfLink link = UprobeMulti.Attach(counter.Program, "libc", "lab*", new UprobeMultiOptions { IsReturn = isReturn }))
        {
            Assert.IsType<KernelLink>(link);
            Native.Absolute(1);
            Native.Absolute(2);
        }

        Native.Absolute(3);
        Assert.Equal(2ul, counter.Runs);
    }

    [BpfFact]
    public void Attach_Session_RunsAtEntryAndReturn()
    {
        using CountingProgram counter = CountingProgram.Load("uprobe.session");
        using BpfLink link = UprobeMulti.Attach(counter.Program, "libc", "labs");
        Native.Absolute(1);
        Assert.Equal(2ul, counter.Runs);
    }

    [BpfFact]
    public void Attach_PlacesWithCookies_EachGetsItsOwn()
    {
        ImmutableArray<ulong> labs = UprobePlaces.Find("libc", "labs", 0, null).Offsets, parent = UprobePlaces.Find("libc", "getppid", 0, null).Offsets;
        string path = UprobePlaces.Find("libc", "labs", 0, null).Path;
        using CountingProgram counter = CountingProgram.Load("uprobe.multi", CountingProgram.Cookie);
        using BpfLink link = UprobeMulti.Attach(counter.Program, path, [labs[0], parent[0]], new UprobeMultiOptions { Cookies = [11, 22], ProcessId = Environment.ProcessId });
        Native.Absolute(1);
        Assert.Equal(11ul, counter.Value);
        Native.GetParent();
        Assert.Equal(22ul, counter.Value);
    }

    [BpfFact]
    public void Attach_BadArguments_AreRefusedInWords()
    {
        using CountingProgram counter = CountingProgram.Load("uprobe.multi");
        Assert.Throws<ArgumentException>(() => UprobeMulti.Attach(counter.Program, "/bin/true", [1, 2], new UprobeMultiOptions { Cookies = [1] }));
        Assert.Throws<ArgumentException>(() => UprobeMulti.Attach(counter.Program, "/bin/true", []));
        KernelException folder = Assert.Throws<KernelException>(() => UprobeMulti.Attach(counter.Program, "/tmp", [64]));
        Assert.Contains("no regular file", folder.Message, StringComparison.Ordinal);
        NectarException none = Assert.ThrowsAny<NectarException>(() => UprobeMulti.Attach(counter.Program, "libc", "no_such_thing*"));
        Assert.Contains("no_such_thing*", none.Message, StringComparison.Ordinal);
        using CountingProgram single = CountingProgram.Load("uprobe");
        KernelException wrong = Assert.Throws<KernelException>(() => UprobeMulti.Attach(single.Program, "libc", "labs"));
        Assert.Contains("expected attach type", wrong.Message, StringComparison.Ordinal);
    }

    [KernelFact("gcc")]
    public void Attach_ThousandFunctions_OneLinkRunsInEach()
    {
        string path = NativePrograms.ManyFunctions();
        nint library = NativeLibrary.Load(path);
        using CountingProgram counter = CountingProgram.Load("uprobe.multi");
        using (UprobeMulti.Attach(counter.Program, path, "f?*", new UprobeMultiOptions { RequireOneLink = true })) CallAll(library);
        Assert.Equal(1101ul, counter.Runs);
        CallAll(library);
        Assert.Equal(1101ul, counter.Runs);
    }

    [BpfFact]
    public void Pin_MultiLink_GoesOnUntilUnpinned()
    {
        using PrivateBpffs files = new();
        using CountingProgram counter = CountingProgram.Load("uprobe.multi");
        string path = files.Path + "/many";
        using (BpfLink link = UprobeMulti.Attach(counter.Program, "libc", "labs")) link.Pin(path);
        Native.Absolute(1);
        Assert.Equal(1ul, counter.Runs);
        using (KernelLink again = KernelLink.OpenPinned(path)) File.Delete(path);
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                ulong runs = counter.Runs;
                Native.Absolute(1);
                return runs == counter.Runs;
            },
            TimeSpan.FromSeconds(10)));
    }

    private static unsafe void CallAll(nint library) => ((delegate* unmanaged<int, int>)NativeLibrary.GetExport(library, "f_all"))(1);
}

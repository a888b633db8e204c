// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.Json;
using Nectar.Bpf.Asm;
using Nectar.Linux.Inspection;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Loading;

namespace Nectar.KernelTests.Cli;

/// <summary>Links of many kinds, as the command shows them.</summary>
public sealed class LinkVerbTests
{
    [InspectFact]
    public void Show_RawTracepoint_AgreesWithBpftool()
    {
        using KernelObject loaded = Load("raw_tp/sys_enter");
        using KernelLink link = (KernelLink)ProgramAttacher.Attach(loaded.Programs["probe"]);
        JsonElement ours = Show(link, out JsonElement theirs);
        ShowTests.AssertSame(theirs, ours, "id", "type", "prog_id", "tp_name");
        Assert.Contains(ours.GetProperty("pids").EnumerateArray(), holder => holder.GetProperty("pid").GetInt32() == Environment.ProcessId);
        Assert.Contains("tp 'sys_enter'", NectarCommand.Output("link", "list"));
    }

    [CgroupFact]
    public void Show_Cgroup_HasItsPath()
    {
        using ChildCgroup cgroup = new();
        using CountingProgram counting = new(ProgramType.CgroupSkb, 1, AttachType.CgroupInetEgress);
        using KernelLink link = (KernelLink)ProgramAttacher.Attach(counting.Program, new AttachSettings { Target = cgroup.Path });
        JsonElement ours = Show(link, out JsonElement theirs);
        ShowTests.AssertSame(theirs, ours, "id", "type", "prog_id", "cgroup_id", "attach_type");
        Assert.Equal(cgroup.Path, ours.GetProperty("cgroup_path").GetString());
        Assert.Equal(CgroupIds.IdOf(cgroup.Path), ours.GetProperty("cgroup_id").GetUInt64());
    }

    [BpfFact]
    public void Show_TracepointThroughPerf_NamesTheTracepoint()
    {
        using KernelObject loaded = Load("tracepoint/syscalls/sys_enter_getpid");
        using BpfLink link = ProgramAttacher.Attach(loaded.Programs["probe"], new AttachSettings { Cookie = 77 });
        LinkInfo info = Assert.Single(LinkInfo.ReadAll(), info => info.ProgramId == loaded.Programs["probe"].GetInfo().Id);
        Assert.Equal((LinkType.PerfEvent, PerfLinkKind.Tracepoint, "sys_enter_getpid", 77UL), (info.Type, info.PerfKind, info.TargetName, info.Cookie));
        Assert.Contains("tracepoint sys_enter_getpid  cookie 77", NectarCommand.Output("link", "show", "id", info.Id.ToString()));
        Assert.Contains(NectarCommand.Json("perf", "list").EnumerateArray(), one => one.GetProperty("prog_id").GetUInt32() == info.ProgramId && one.GetProperty("tracepoint").GetString() == "sys_enter_getpid");
    }

    [BpfFact]
    public void Show_UprobeMulti_ListsPlaces()
    {
        using KernelObject loaded = Load("uprobe.multi/libc:str?dup");
        using BpfLink link = ProgramAttacher.Attach(loaded.Programs["probe"]);
        LinkInfo info = Assert.Single(LinkInfo.ReadAll(), info => info.ProgramId == loaded.Programs["probe"].GetInfo().Id);
        Assert.Equal(LinkType.UprobeMulti, info.Type);
        Assert.NotEmpty(info.Sites);
        JsonElement shown = NectarCommand.Json("link", "show", "id", info.Id.ToString())[0];
        Assert.EndsWith("libc.so.6", shown.GetProperty("path").GetString());
        Assert.Equal(info.Sites.Select(site => site.Address), shown.GetProperty("funcs").EnumerateArray().Select(site => site.GetProperty("offset").GetUInt64()));
    }

    [InspectFact]
    public void Detach_LeavesAnEmptyShell_PinKeeps()
    {
        string pin = $"/sys/fs/bpf/nectar-link-{Environment.ProcessId}";
        using NetworkNamespace network = new();
        using CountingProgram counting = new(ProgramType.Xdp, 2);
        try
        {
            uint id = network.Run(() =>
            {
                using KernelLink link = (KernelLink)ProgramAttacher.Attach(counting.Program, new AttachSettings { Target = "lo:generic" });
                uint number = LinkInfo.Read(link).Id;
                JsonElement ours = Show(link, out JsonElement theirs);
                ShowTests.AssertSame(theirs, ours, "id", "type", "prog_id");
                Assert.Equal("lo", ours.GetProperty("devname").GetString());
                NectarCommand.Output("link", "pin", "id", number.ToString(), pin);
                return number;
            });
            Assert.Equal(id, NectarCommand.Json("link", "show", "pinned", pin)[0].GetProperty("id").GetUInt32());
            NectarCommand.Output("link", "detach", "pinned", pin);
            Assert.Contains("(detached)", NectarCommand.Output("link", "show", "id", id.ToString()));
        }
        finally
        {
            File.Delete(pin);
        }
    }

    private static KernelObject Load(string section) => KernelObject.Load(Assembler.Assemble($"""
        .license "GPL"
        .section "{section}"
        .global probe
        probe:
            r0 = 0
            exit
        """));

    private static JsonElement Show(KernelLink link, out JsonElement theirs)
    {
        string id = LinkInfo.Read(link).Id.ToString();
        theirs = InspectedObject.BpftoolJson("link", "show", "id", id);
        return NectarCommand.Json("link", "show", "id", id)[0];
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.Json;

namespace Nectar.KernelTests.Cli;

/// <summary>Programs at network hooks, cgroups and socket maps, attached by the command and seen by bpftool.</summary>
public sealed class HookVerbTests(InspectedObject inspected) : IClassFixture<InspectedObject>
{
    [InspectFact]
    public void Net_AttachXdp_IsSeenByBpftool_AndDetached()
    {
        using NetworkNamespace network = new();
        network.Run(() =>
        {
            NectarCommand.Output("net", "attach", "xdpgeneric", "pinned", inspected.Program, "dev", "lo");
            JsonElement theirs = InspectedObject.BpftoolJson("net")[0].GetProperty("xdp")[0], ours = NectarCommand.Json("net", "show")[0].GetProperty("xdp")[0];
            ShowTests.AssertSame(theirs, ours, "devname", "ifindex", "mode", "id");
            Assert.Contains("NEC4203", NectarCommand.Run(1, "net", "attach", "xdpgeneric", inspected.Program, "dev", "lo"));
            NectarCommand.Output("net", "attach", "xdpgeneric", inspected.Program, "dev", "lo", "overwrite");
            Assert.Contains("lo(1) generic id", NectarCommand.Output("net", "list", "dev", "lo"));
            NectarCommand.Output("net", "detach", "xdpgeneric", "dev", "lo");
            Assert.Equal(0, InspectedObject.BpftoolJson("net")[0].GetProperty("xdp").GetArrayLength());
            Assert.Contains("NEC4201", NectarCommand.Run(1, "net", "show", "dev", "nosuch0"));
        });
    }

    [NetworkFact]
    public void Net_AttachTcx_StaysWithoutAProcess()
    {
        using NetworkNamespace network = new();
        using CountingProgram counting = new(ProgramType.SchedCls, 0, AttachType.TcxIngress);
        network.Run(() =>
        {
            NectarCommand.Output("net", "attach", "tcx_ingress", "id", counting.Id.ToString(), "dev", "lo");
            JsonElement tc = NectarCommand.Json("net", "show")[0].GetProperty("tc")[0];
            Assert.Equal(("tcx/ingress", counting.Id), (tc.GetProperty("kind").GetString(), tc.GetProperty("id").GetUInt32()));
            ulong before = counting.Count;
            Traffic.Send("127.0.0.1");
            Assert.True(counting.RanSince(before));
            NectarCommand.Output("net", "detach", "tcx_ingress", "dev", "lo");
            Assert.Equal(0, NectarCommand.Json("net", "show")[0].GetProperty("tc").GetArrayLength());
        });
    }

    [CgroupFact]
    public void Cgroup_AttachAndDetach_AreSeenByBpftool()
    {
        using ChildCgroup cgroup = new();
        using CountingProgram counting = new(ProgramType.CgroupSkb, 1, AttachType.CgroupInetEgress);
        string id = counting.Id.ToString();
        NectarCommand.Output("cgroup", "attach", cgroup.Path, "cgroup_inet_egress", "id", id, "multi");
        JsonElement theirs = InspectedObject.BpftoolJson("cgroup", "show", cgroup.Path)[0], ours = NectarCommand.Json("cgroup", "show", cgroup.Path)[0];
        ShowTests.AssertSame(theirs, ours, "id", "attach_type", "attach_flags", "name");
        Assert.Contains(NectarCommand.Json("cgroup", "tree").EnumerateArray(), group => group.GetProperty("cgroup").GetString() == cgroup.Path);
        Assert.Contains(id, NectarCommand.Output("cgroup", "show", cgroup.Path, "effective"));
        NectarCommand.Output("cgroup", "detach", cgroup.Path, "egress", "id", id);
        Assert.Equal(0, NectarCommand.Json("cgroup", "show", cgroup.Path).GetArrayLength());
        Assert.Contains("NEC4706", NectarCommand.Run(1, "cgroup", "detach", cgroup.Path, "egress", "id", id));
        Assert.Contains("NEC4703", NectarCommand.Run(2, "cgroup", "attach", cgroup.Path, "frob", "id", id));
    }
}

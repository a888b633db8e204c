// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Links.Cgroup;

namespace Nectar.KernelTests.Links.Cgroup;

public sealed class CgroupTests
{
    private const AttachType Egress = AttachType.CgroupInetEgress;

    public static TheoryData<AttachType> Hooks => [.. Cgroups.Hooks.Where(hook => hook != AttachType.LsmCgroup)];

    [CgroupTheory]
    [MemberData(nameof(Hooks))]
    public void Attach_EachHook_SeesWhatTheThreadDoesAndLeavesNothing(AttachType hook)
    {
        using ChildCgroup cgroup = new();
        using NetworkNamespace space = new();
        space.Run(cgroup.Join);
        foreach (CgroupSharing? sharing in new CgroupSharing?[] { null, CgroupSharing.Several, CgroupSharing.Exclusive })
        {
            uint id;
            using (CountingProgram program = new(CgroupHooks.Type(hook), 1, hook))
            {
                id = program.Id;
                BpfLink link = Cgroups.Attach(program.Program, cgroup.Path, new CgroupOptions { WithoutLink = sharing });
                Assert.True(link.IsAttached);
                Assert.Equal(id, Assert.Single(Cgroups.Query(cgroup.Path, hook).Programs).ProgramId);
                Assert.Contains(Cgroups.QueryEffective(cgroup.Path, hook).Programs, p => p.ProgramId == id);
                space.Run(CgroupTraffic.Run);
                Assert.True(program.Count > 0, $"{hook} {sharing}");
                link.Dispose();
                Assert.False(link.IsAttached);
                Assert.True(CountingProgram.Soon(() => Cgroups.Query(cgroup.Path, hook).Programs.Count == 0));
            }

            Assert.True(CountingProgram.IsGone(id));
        }
    }

    [CgroupFact]
    public void Update_SwitchesTheProgram_EachWay()
    {
        using ChildCgroup cgroup = new();
        foreach (CgroupSharing? sharing in new CgroupSharing?[] { null, CgroupSharing.Several, CgroupSharing.Override })
        {
            using CountingProgram first = new(ProgramType.CgroupSkb, 1, Egress), second = new(ProgramType.CgroupSkb, 1, Egress);
            using BpfLink link = Cgroups.Attach(first.Program, cgroup.Path, new CgroupOptions { WithoutLink = sharing });
            link.Update(second.Program);
            Assert.Equal([second.Id], Cgroups.Query(cgroup.Path, Egress).Programs.Select(p => p.ProgramId));
            Assert.True(link.IsAttached);
        }

        Assert.True(CountingProgram.Soon(() => Cgroups.Query(cgroup.Path, Egress).Programs.Count == 0));
    }

    [CgroupFact]
    public void Verdict_OfEgress_DropsOnlyForTheCgroup()
    {
        using ChildCgroup cgroup = new();
        using NetworkNamespace space = new();
        using CountingProgram dropping = new(ProgramType.CgroupSkb, 0, Egress), seeing = new(ProgramType.SchedCls, -1);
        space.Run(() => Nectar.Linux.Links.Network.Tc.Attach(seeing.Program, "lo", Nectar.Linux.Links.Network.TcDirection.Ingress));
        using BpfLink link = Cgroups.Attach(dropping.Program, cgroup.Path);
        space.Run(() => Traffic.Send("127.0.0.1"));
        Assert.True(seeing.RanSince(0));
        Assert.Equal(0ul, dropping.Count);
        ulong seen = seeing.Count;
        space.Run(() =>
        {
            cgroup.Join();
            Traffic.Send("127.0.0.1", count: 5);
        });
        Assert.True(dropping.Count >= 5);
        Assert.Equal(seen, seeing.Count);
    }

    [CgroupFact]
    public void Sharing_Exclusive_KeepsOthersOut()
    {
        using ChildCgroup cgroup = new();
        using ChildCgroup below = new(cgroup.Path);
        using CountingProgram one = new(ProgramType.CgroupSkb, 1, Egress), other = new(ProgramType.CgroupSkb, 1, Egress);
        using (Cgroups.Attach(one.Program, cgroup.Path, new CgroupOptions { WithoutLink = CgroupSharing.Exclusive }))
        {
            KernelException refused = Assert.Throws<KernelException>(() => Cgroups.Attach(other.Program, below.Path));
            Assert.Equal(Errno.EPERM, refused.Errno);
            Assert.Contains("BPF_F_ALLOW_MULTI", refused.Message, StringComparison.Ordinal);
        }

        using BpfLink above = Cgroups.Attach(one.Program, cgroup.Path), under = Cgroups.Attach(other.Program, below.Path);
        Assert.Equal([other.Id, one.Id], Cgroups.QueryEffective(below.Path, Egress).Programs.Select(p => p.ProgramId));
        Assert.Equal([other.Id], Cgroups.Query(below.Path, Egress).Programs.Select(p => p.ProgramId));
    }

    [CgroupFact(Kernel = "6.17")]
    public void Order_IsAsAsked()
    {
        using ChildCgroup cgroup = new();
        using CountingProgram a = new(ProgramType.CgroupSkb, 1, Egress), b = new(ProgramType.CgroupSkb, 1, Egress), c = new(ProgramType.CgroupSkb, 1, Egress);
        using BpfLink first = Cgroups.Attach(a.Program, cgroup.Path);
        CgroupOptions before = new() { Order = AttachOrder.First };
        using BpfLink second = Cgroups.Attach(b.Program, cgroup.Path, before);
        ulong revision = Cgroups.Query(cgroup.Path, Egress).Revision;
        using BpfLink third = Cgroups.Attach(c.Program, cgroup.Path, new CgroupOptions { Order = AttachOrder.After((KernelLink)second), ExpectedRevision = revision });
        Assert.Equal([b.Id, c.Id, a.Id], Cgroups.Query(cgroup.Path, Egress).Programs.Select(p => p.ProgramId));
        using CountingProgram d = new(ProgramType.CgroupSkb, 1, Egress);
        Assert.Equal(Errno.ESTALE, Assert.Throws<KernelException>(() => Cgroups.Attach(d.Program, cgroup.Path, new CgroupOptions { ExpectedRevision = revision })).Errno);
        CgroupOptions without = new() { WithoutLink = CgroupSharing.Several };
        using CountingProgram e = new(ProgramType.CgroupSkb, 1, Egress);
        using BpfLink fourth = Cgroups.Attach(d.Program, cgroup.Path, without with { Order = AttachOrder.First });
        using BpfLink fifth = Cgroups.Attach(e.Program, cgroup.Path, without with { Order = AttachOrder.After(d.Program) });
        Assert.Equal([d.Id, e.Id, b.Id, c.Id, a.Id], Cgroups.Query(cgroup.Path, Egress).Programs.Select(p => p.ProgramId));
    }

    [CgroupFact]
    public void Cgroup_RemovedWhileAttached_DisposeIsQuiet()
    {
        foreach (CgroupSharing? sharing in new CgroupSharing?[] { null, CgroupSharing.Several })
        {
            uint id;
            using (CountingProgram program = new(ProgramType.CgroupSkb, 1, Egress))
            {
                id = program.Id;
                ChildCgroup cgroup = new();
                BpfLink link = Cgroups.Attach(program.Program, cgroup.Path, new CgroupOptions { WithoutLink = sharing });
                Assert.True(link.IsAttached);
                cgroup.Dispose();
                Assert.True(SpinWait.SpinUntil(() => !link.IsAttached, 3000));
                link.Dispose();
            }

            Assert.True(CountingProgram.IsGone(id));
        }
    }

    [CgroupFact("bpftool")]
    public void Attach_IsSeenByBpftool()
    {
        using ChildCgroup cgroup = new();
        using CountingProgram program = new(ProgramType.CgroupSkb, 1, Egress, name: "seen_skb"), device = new(ProgramType.CgroupDevice, 1, AttachType.CgroupDevice, name: "seen_dev");
        using BpfLink link = Cgroups.Attach(program.Program, cgroup.Path), older = Cgroups.Attach(device.Program, cgroup.Path, new CgroupOptions { WithoutLink = CgroupSharing.Several });
        string shown = Nectar.Tests.Support.TestEnvironment.Run(Nectar.Tests.Support.TestEnvironment.FindTool("bpftool")!, "cgroup", "show", cgroup.Path).Output;
        Assert.Matches($@"{program.Id}\s+(cgroup_inet_)?egress\s+multi\s+seen_skb", shown);
        Assert.Matches($@"{device.Id}\s+(cgroup_)?device\s+multi\s+seen_dev", shown);
    }

    [CgroupFact]
    public void Attach_WhatCannotBe_SaysWhat()
    {
        using CountingProgram program = new(ProgramType.CgroupSkb, 1, Egress), xdp = new(ProgramType.Xdp, 2);
        Assert.Contains("NEC4205", Assert.Throws<KernelException>(() => Cgroups.Attach(program.Program, "/nowhere/at/all")).Message, StringComparison.Ordinal);
        Assert.Equal(Errno.EBADF, Assert.Throws<KernelException>(() => Cgroups.Attach(program.Program, "/tmp")).Errno);
        using ChildCgroup cgroup = new();
        Assert.Contains("NEC4212", Assert.Throws<KernelException>(() => Cgroups.Attach(xdp.Program, cgroup.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("NEC4212", Assert.Throws<KernelException>(() => Cgroups.Attach(program.Program, cgroup.Path, new CgroupOptions { Hook = AttachType.CgroupDevice })).Message, StringComparison.Ordinal);
    }
}

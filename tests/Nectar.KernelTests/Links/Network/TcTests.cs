// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Links.Network;
using Nectar.Tests.Support;

namespace Nectar.KernelTests.Links.Network;

public sealed class TcTests
{
    private const int Next = -1, Shot = 2;

    [NetworkFact("tc")]
    public void Attach_EachMethodAndDirection_SeesPacketsAndLeavesNothing()
    {
        using NetworkNamespace space = new();
        space.AddVethPair();
        space.Run(() =>
        {
            foreach (TcMethod method in new[] { TcMethod.Automatic, TcMethod.Tcx, TcMethod.Filter })
            {
                foreach (TcDirection direction in new[] { TcDirection.Ingress, TcDirection.Egress })
                {
                    foreach ((string device, string target) in new[] { (direction == TcDirection.Ingress ? "v1" : "v0", "10.9.0.2"), ("lo", "127.0.0.1") })
                    {
                        uint id;
                        using (CountingProgram program = new(ProgramType.SchedCls, Next))
                        {
                            id = program.Id;
                            BpfLink link = Tc.Attach(program.Program, device, direction, new TcOptions { Method = method });
                            Assert.Null(link.Fallback);
                            Assert.True(link.IsAttached);
                            Traffic.Send(target);
                            Assert.True(program.RanSince(0), $"{method} {direction} {device}");
                            link.Dispose();
                            Assert.False(link.IsAttached);
                            Assert.True(CountingProgram.Soon(() => Tc.Query(device, direction).Programs.Count == 0));
                            Assert.Empty(Tc.QueryFilters(device, direction));
                        }

                        Assert.True(CountingProgram.IsGone(id));
                    }
                }
            }
        });
        Assert.DoesNotContain("clsact", space.Tool("tc", "qdisc show"), StringComparison.Ordinal);
    }

    [NetworkFact]
    public void Tcx_Order_IsAsAsked()
    {
        using NetworkNamespace space = new();
        space.Run(() =>
        {
            CountingProgram[] p = [.. Enumerable.Range(0, 7).Select(_ => new CountingProgram(ProgramType.SchedCls, Next))];
            List<BpfLink> links = [];
            BpfLink Attach(int i, AttachOrder order, ulong revision = 0)
            {
                BpfLink link = Tc.Attach(p[i].Program, "lo", TcDirection.Ingress, new TcOptions { Order = order, ExpectedRevision = revision });
                links.Add(link);
                return link;
            }

            KernelLink one = (KernelLink)Attach(1, default);
            Attach(0, AttachOrder.First);
            Attach(6, AttachOrder.Last);
            Attach(2, AttachOrder.After(one));
            Attach(4, AttachOrder.BeforeProgramId(p[6].Id));
            Attach(3, AttachOrder.Before(p[4].Program));
            AttachedPrograms state = Tc.Query("lo", TcDirection.Ingress);
            Assert.Equal(new[] { 0, 1, 2, 3, 4, 6 }.Select(i => p[i].Id), state.Programs.Select(x => x.ProgramId));
            Assert.All(state.Programs, x => Assert.NotEqual(0u, x.LinkId));

            KernelException stale = Assert.Throws<KernelException>(() => Attach(5, AttachOrder.After(p[4].Program), state.Revision - 1));
            Assert.Equal(Errno.ESTALE, stale.Errno);
            Attach(5, AttachOrder.AfterLinkId(state.Programs[4].LinkId), state.Revision);
            AttachedPrograms changed = Tc.Query("lo", TcDirection.Ingress);
            Assert.Equal(p.Select(x => x.Id), changed.Programs.Select(x => x.ProgramId));
            Assert.True(changed.Revision > state.Revision);

            using CountingProgram absent = new(ProgramType.SchedCls, Next), another = new(ProgramType.SchedCls, Next);
            KernelException unknown = Assert.Throws<KernelException>(() => Tc.Attach(another.Program, "lo", TcDirection.Ingress, new TcOptions { Order = AttachOrder.Before(absent.Program) }));
            Assert.Equal(Errno.ENOENT, unknown.Errno);
            Assert.Equal(Errno.EEXIST, Assert.Throws<KernelException>(() => Attach(0, default)).Errno);

            Traffic.Send("127.0.0.1", count: 1);
            Assert.All(p, x => Assert.True(x.RanSince(0)));
            one.Update(absent.Program);
            Assert.Equal(absent.Id, Tc.Query("lo", TcDirection.Ingress).Programs[1].ProgramId);
            links.ForEach(link => link.Dispose());
            Assert.True(CountingProgram.Soon(() => Tc.Query("lo", TcDirection.Ingress).Programs.Count == 0));
            foreach (CountingProgram program in p) program.Dispose();
        });
    }

    [NetworkFact("tc")]
    public void Filter_PriorityHandleReplace_AndTheQdiscGoesWithTheLastOfOurs()
    {
        using NetworkNamespace space = new();
        space.Run(() =>
        {
            using CountingProgram first = new(ProgramType.SchedCls, Next, name: "first"), second = new(ProgramType.SchedCls, Next, name: "second");
            TcOptions filter = new() { Method = TcMethod.Filter };
            TcFilterLink a = (TcFilterLink)Tc.Attach(first.Program, "lo", TcDirection.Ingress, filter with { Priority = 7, Handle = 3 });
            Assert.Equal(((ushort)7, 3u), (a.Priority, a.Handle));
            Assert.Equal(Errno.EEXIST, Assert.Throws<KernelException>(() => Tc.Attach(second.Program, "lo", TcDirection.Ingress, filter with { Priority = 7, Handle = 3 })).Errno);
            TcFilterLink b = (TcFilterLink)Tc.Attach(second.Program, "lo", TcDirection.Egress, filter);
            Assert.NotEqual(0, b.Priority);
            Assert.Equal([new TcFilter(7, 3, first.Id, "first", true)], Tc.QueryFilters("lo", TcDirection.Ingress));

            a.Update(second.Program, expected: first.Program);
            Assert.Equal(second.Id, Tc.QueryFilters("lo", TcDirection.Ingress)[0].ProgramId);
            Assert.Throws<KernelException>(() => a.Update(second.Program, expected: first.Program));

            // Somebody else takes the place: ours is no longer there, and disposing must not remove theirs.
            BpfLink theirs = Tc.Attach(first.Program, "lo", TcDirection.Ingress, filter with { Priority = 7, Handle = 3, Replace = true });
            Assert.False(a.IsAttached);
            a.Dispose();
            Assert.Equal(first.Id, Tc.QueryFilters("lo", TcDirection.Ingress)[0].ProgramId);
            b.Dispose();
            Assert.Contains("clsact", TestEnvironment.Run("/usr/sbin/tc", "qdisc", "show").Output, StringComparison.Ordinal);
            theirs.Dispose();
            Assert.DoesNotContain("clsact", TestEnvironment.Run("/usr/sbin/tc", "qdisc", "show").Output, StringComparison.Ordinal);

            // A qdisc that was there stays.
            Assert.Equal(0, TestEnvironment.Run("/usr/sbin/tc", "qdisc", "add", "dev", "lo", "clsact").ExitCode);
            Tc.Attach(first.Program, "lo", TcDirection.Ingress, filter).Dispose();
            Assert.Contains("clsact", TestEnvironment.Run("/usr/sbin/tc", "qdisc", "show").Output, StringComparison.Ordinal);
        });
    }

    [NetworkFact]
    public void Verdict_OfAFilterAndOfTcx_Drops()
    {
        using NetworkNamespace space = new();
        space.AddVethPair();
        space.Run(() =>
        {
            foreach (TcMethod method in new[] { TcMethod.Tcx, TcMethod.Filter })
            {
                using CountingProgram dropping = new(ProgramType.SchedCls, Shot), behind = new(ProgramType.Xdp, 2, AttachType.Xdp);
                using BpfLink xdp = Xdp.Attach(behind.Program, "v1");
                using (Tc.Attach(dropping.Program, "v0", TcDirection.Egress, new TcOptions { Method = method }))
                {
                    ulong before = behind.Count; // neighbour discovery may have been on the way
                    Traffic.Send("10.9.0.2", count: 5);
                    Assert.True(SpinWait.SpinUntil(() => dropping.Count >= 5, 2000));
                    Assert.Equal(before, behind.Count);
                }

                ulong passed = behind.Count;
                Traffic.Send("10.9.0.2", count: 5);
                Assert.True(behind.RanSince(passed));
            }
        });
    }

    [NetworkFact]
    public void Interface_RemovedWhileAttached_DisposeIsQuiet()
    {
        using NetworkNamespace space = new();
        foreach (TcMethod method in new[] { TcMethod.Tcx, TcMethod.Filter })
        {
            space.AddVethPair();
            space.Run(() =>
            {
                uint id;
                using (CountingProgram program = new(ProgramType.SchedCls, Next))
                {
                    id = program.Id;
                    BpfLink link = Tc.Attach(program.Program, "v1", TcDirection.Ingress, new TcOptions { Method = method });
                    Assert.True(link.IsAttached);
                    TestEnvironment.Run("/usr/sbin/ip", "link", "del", "v0");
                    Assert.False(link.IsAttached);
                    link.Dispose();
                }

                Assert.True(CountingProgram.IsGone(id));
            });
        }
    }

    [NetworkFact]
    public void Netkit_OnAnotherDevice_IsRefusedWithTheReason()
    {
        using NetworkNamespace space = new();
        space.Run(() =>
        {
            using CountingProgram program = new(ProgramType.SchedCls, Next);
            KernelException refused = Assert.ThrowsAny<KernelException>(() => Netkit.Attach(program.Program, "lo"));
            // Kernels with netkit refuse the device, those without say that they have none.
            Assert.True(refused is FeatureMissingException ? refused.Message.Contains("NETKIT", StringComparison.Ordinal) : refused.Message.Contains("not a netkit device", StringComparison.Ordinal), refused.Message);
        });
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Links.Network;
using Nectar.Linux.Network;

namespace Nectar.KernelTests.Links.Network;

public sealed class XdpTests
{
    private const int Pass = 2, Drop = 1;

    [NetworkFact]
    public void Attach_EachWayAndMode_SeesPacketsAndLeavesNothing()
    {
        using NetworkNamespace space = new();
        space.AddVethPair();
        space.Run(() =>
        {
            foreach (uint flags in new[] { 0u, SectionNames.XdpHasFrags })
            {
                foreach (bool netlink in new[] { false, true })
                {
                    foreach (XdpMode mode in new[] { XdpMode.Automatic, XdpMode.Native, XdpMode.Generic })
                    {
                        uint id;
                        using (CountingProgram program = new(ProgramType.Xdp, Pass, AttachType.Xdp, flags: flags))
                        {
                            id = program.Id;
                            BpfLink link = Xdp.Attach(program.Program, "v1", new XdpOptions { Mode = mode, UseNetlink = netlink });
                            Assert.Null(link.Fallback);
                            Assert.True(link.IsAttached);
                            XdpState state = Xdp.Query("v1");
                            Assert.Equal(mode == XdpMode.Automatic ? XdpMode.Native : mode, state.Mode);
                            Assert.Equal(id, state.ProgramId(XdpMode.Automatic));
                            Traffic.Send("10.9.0.2");
                            Assert.True(program.RanSince(0), $"{mode} netlink={netlink}");
                            link.Dispose();
                            link.Dispose();
                            Assert.False(link.IsAttached);
                            Assert.True(CountingProgram.Soon(() => !Xdp.Query("v1").IsAttached));
                        }

                        Assert.True(CountingProgram.IsGone(id));
                    }
                }
            }
        });
    }

    [NetworkFact]
    public void Attach_WhereTheDriverHasNoNativeMode_FallsBackAndSaysSo()
    {
        using NetworkNamespace space = new();
        space.Run(() =>
        {
            using CountingProgram program = new(ProgramType.Xdp, Pass, AttachType.Xdp);
            using (BpfLink link = Xdp.Attach(program.Program, "lo"))
            {
                Assert.Contains("generic mode", link.Fallback, StringComparison.Ordinal);
                Assert.Equal(XdpMode.Generic, Xdp.Query("lo").Mode);
                Traffic.Send("127.0.0.1");
                Assert.True(program.RanSince(0));
            }

            KernelException native = Assert.Throws<KernelException>(() => Xdp.Attach(program.Program, "lo", new XdpOptions { Mode = XdpMode.Native, UseNetlink = true }));
            Assert.Equal(Errno.EOPNOTSUPP, native.Errno);
            Assert.Contains("NEC4203", native.Message, StringComparison.Ordinal);
            Assert.Contains("generic mode works everywhere", native.Message, StringComparison.Ordinal);
            Assert.Throws<KernelException>(() => Xdp.Attach(program.Program, "lo", new XdpOptions { Mode = XdpMode.Offload }));
            Assert.True(CountingProgram.Soon(() => !Xdp.Query("lo").IsAttached));
        });
    }

    [NetworkFact]
    public void Update_SwitchesTheProgram_AndChecksTheExpectedOne()
    {
        using NetworkNamespace space = new();
        space.AddVethPair();
        space.Run(() =>
        {
            foreach (bool netlink in new[] { false, true })
            {
                using CountingProgram first = new(ProgramType.Xdp, Pass, AttachType.Xdp), second = new(ProgramType.Xdp, Drop, AttachType.Xdp), other = new(ProgramType.Xdp, Pass, AttachType.Xdp);
                using BpfLink link = Xdp.Attach(first.Program, "v1", new XdpOptions { UseNetlink = netlink });
                Assert.Throws<KernelException>(() => link.Update(second.Program, expected: other.Program));
                Assert.Equal(first.Id, Xdp.Query("v1").ProgramId(XdpMode.Native));
                link.Update(second.Program, expected: first.Program);
                Assert.Equal(second.Id, Xdp.Query("v1").ProgramId(XdpMode.Native));
                Traffic.Send("10.9.0.2");
                Assert.True(second.RanSince(0));
                ulong count = first.Count;
                Traffic.Send("10.9.0.2");
                Assert.Equal(count, first.Count);
            }
        });
    }

    [NetworkFact]
    public void Netlink_OthersProgram_IsNeitherReplacedNorRemoved()
    {
        using NetworkNamespace space = new();
        space.AddVethPair();
        space.Run(() =>
        {
            using CountingProgram ours = new(ProgramType.Xdp, Pass, AttachType.Xdp), theirs = new(ProgramType.Xdp, Pass, AttachType.Xdp);
            XdpOptions netlink = new() { UseNetlink = true, Mode = XdpMode.Native };
            BpfLink link = Xdp.Attach(ours.Program, "v1", netlink);
            Assert.Throws<KernelException>(() => Xdp.Attach(theirs.Program, "v1", netlink));
            using BpfLink replacing = Xdp.Attach(theirs.Program, "v1", netlink with { Replaces = ours.Program });
            Assert.False(link.IsAttached);
            link.Dispose();
            Assert.Equal(theirs.Id, Xdp.Query("v1").NativeProgramId);
            using BpfLink last = Xdp.Attach(ours.Program, "v1", netlink with { ReplaceAny = true });
            Assert.Equal(ours.Id, Xdp.Query("v1").NativeProgramId);
        });
        space.Run(() => Assert.False(Xdp.Query("v1").IsAttached));
    }

    [NetworkFact]
    public void Link_Pinned_KeepsTheProgramUntilUnpinned()
    {
        using NetworkNamespace space = new();
        string path = $"/sys/fs/bpf/nectar_test_xdp_{Environment.ProcessId}";
        try
        {
            space.Run(() =>
            {
                using CountingProgram program = new(ProgramType.Xdp, Pass, AttachType.Xdp);
                BpfLink link = Xdp.Attach(program.Program, "lo");
                link.Pin(path);
                link.Dispose();
                Assert.True(Xdp.Query("lo").IsAttached);
                using (KernelLink again = KernelLink.OpenPinned(path)) Assert.True(again.IsAttached);
                File.Delete(path);
                Assert.True(SpinWait.SpinUntil(() => !Xdp.Query("lo").IsAttached, 2000));
                using BpfLink netlink = Xdp.Attach(program.Program, "lo", new XdpOptions { UseNetlink = true });
                Assert.Throws<KernelException>(() => netlink.Pin(path));
            });
        }
        finally
        {
            File.Delete(path);
        }
    }

    [NetworkFact]
    public void Interface_RemovedWhileAttached_LinkIsAnEmptyShell()
    {
        using NetworkNamespace space = new();
        foreach (bool netlink in new[] { false, true })
        {
            space.AddVethPair();
            space.Run(() =>
            {
                uint id;
                using (CountingProgram program = new(ProgramType.Xdp, Pass, AttachType.Xdp))
                {
                    id = program.Id;
                    BpfLink link = Xdp.Attach(program.Program, "v1", new XdpOptions { UseNetlink = netlink });
                    Assert.True(link.IsAttached);
                    Nectar.Tests.Support.TestEnvironment.Run("/usr/sbin/ip", "link", "del", "v0");
                    Assert.False(link.IsAttached);
                    link.Dispose();
                }

                Assert.True(CountingProgram.IsGone(id));
            });
        }
    }

    [NetworkFact]
    public void Attach_WhatCannotBe_SaysWhat()
    {
        using NetworkNamespace space = new();
        space.Run(() =>
        {
            using CountingProgram program = new(ProgramType.Xdp, Pass, AttachType.Xdp), filter = new(ProgramType.SocketFilter, 0);
            KernelException missing = Assert.Throws<KernelException>(() => Xdp.Attach(program.Program, "nosuch0"));
            Assert.Contains("NEC4201", missing.Message, StringComparison.Ordinal);
            Assert.Contains("'nosuch0'", missing.Message, StringComparison.Ordinal);
            Assert.Contains("NEC4212", Assert.Throws<KernelException>(() => Xdp.Attach(filter.Program, "lo")).Message, StringComparison.Ordinal);
            Assert.Throws<KernelException>(() => Xdp.Attach(program.Program, 12345));
            Assert.Equal(["lo"], NetworkInterfaces.List().Select(i => i.Name));
        });
    }

    [NetworkFact("bpftool")]
    public void Attach_IsSeenByBpftool()
    {
        using NetworkNamespace space = new();
        space.AddVethPair();
        CountingProgram program = new(ProgramType.Xdp, Pass, AttachType.Xdp, name: "seen_xdp"), tc = new(ProgramType.SchedCls, 0, name: "seen_tc");
        space.Run(() => (Xdp.Attach(program.Program, "v1"), Tc.Attach(tc.Program, "v1", TcDirection.Ingress), Tc.Attach(tc.Program, "v0", TcDirection.Egress, new TcOptions { Method = TcMethod.Filter })));
        string net = space.Tool("bpftool", "net show");
        Assert.Matches($@"v1\(\d+\) driver id {program.Id}", net);
        if (net.Contains("tcx/", StringComparison.Ordinal)) Assert.Matches($@"v1\(\d+\) tcx/ingress seen_tc prog_id {tc.Id} link_id \d+", net); // bpftool before 7.3 knows no tcx
        Assert.Matches($@"""prog_id"":{tc.Id}\b", space.Tool("bpftool", "-j link show"));
        Assert.Matches($@"v0\(\d+\) clsact/egress seen_tc id {tc.Id}", net);
        program.Dispose();
        tc.Dispose();
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Net;
using Nectar.Linux.Links.Network;

namespace Nectar.KernelTests.Links.Network;

public sealed class RouteTests
{
    [NetworkFact]
    public void Attach_OutAndXmit_SeeWhatTheRouteSends()
    {
        using NetworkNamespace space = new();
        space.AddVethPair();
        foreach (ProgramType type in new[] { ProgramType.LwtOut, ProgramType.LwtXmit })
        {
            uint id = space.Run(() =>
            {
                using CountingProgram program = new(type, 0), next = new(type, 0);
                RouteOptions options = new() { Gateway = IPAddress.Parse("10.9.0.2"), Metric = 7, Headroom = type == ProgramType.LwtXmit ? 64 : 0 };
                BpfLink link = LightweightTunnels.Attach(program.Program, IPNetwork.Parse("10.10.0.0/16"), "v0", options);
                Assert.True(link.IsAttached);
                Traffic.Send("10.10.1.1");
                Assert.True(program.RanSince(0), $"{type}");
                Assert.Equal(Errno.EEXIST, Assert.Throws<KernelException>(() => LightweightTunnels.Attach(program.Program, IPNetwork.Parse("10.10.0.0/16"), "v0", options)).Errno);
                link.Update(next.Program);
                Traffic.Send("10.10.1.1");
                Assert.True(next.RanSince(0));
                link.Dispose();
                return program.Id;
            });
            Assert.DoesNotContain("10.10.", space.Ip("route show"), StringComparison.Ordinal);
            Assert.True(CountingProgram.IsGone(id));
        }
    }

    [NetworkFact]
    public void Attach_InAndSeg6Local_MakeAndRemoveTheRoute()
    {
        using NetworkNamespace space = new();
        space.AddVethPair();
        foreach ((ProgramType type, string prefix) in new[] { (ProgramType.LwtIn, "10.11.0.0/16"), (ProgramType.LwtIn, "fc00:1::/64"), (ProgramType.LwtSeg6local, "fc00::1/128") })
        {
            uint id = space.Run(() =>
            {
                using CountingProgram program = new(type, 0);
                using BpfLink link = LightweightTunnels.Attach(program.Program, IPNetwork.Parse(prefix), "v0");
                string routes = Nectar.Tests.Support.TestEnvironment.Run("/usr/sbin/ip", prefix.Contains(':', StringComparison.Ordinal) ? "-6" : "-4", "route", "show").Output;
                Assert.Contains(type == ProgramType.LwtIn ? "encap bpf in" : "End.BPF", routes, StringComparison.Ordinal);
                return program.Id;
            });
            Assert.DoesNotContain("encap", space.Ip("route show") + space.Ip("-6 route show"), StringComparison.Ordinal);
            Assert.True(CountingProgram.IsGone(id));
        }
    }

    [NetworkFact]
    public void Interface_RemovedWhileAttached_DisposeIsQuiet()
    {
        using NetworkNamespace space = new();
        space.AddVethPair();
        uint id;
        using (CountingProgram program = new(ProgramType.LwtXmit, 0))
        {
            id = program.Id;
            BpfLink link = space.Run(() => LightweightTunnels.Attach(program.Program, IPNetwork.Parse("10.10.0.0/16"), "v0"));
            space.Ip("link del v0");
            Assert.False(link.IsAttached);
            link.Dispose();
        }

        Assert.True(CountingProgram.IsGone(id));
    }

    [NetworkFact("tc")]
    public void Action_WithoutTheKernelsSupport_SaysSo_OrWorks()
    {
        using NetworkNamespace space = new();
        space.Run(() =>
        {
            using CountingProgram program = new(ProgramType.SchedAct, -1);
            try
            {
                using BpfLink link = TcActions.Attach(program.Program, "lo", TcDirection.Ingress);
                Traffic.Send("127.0.0.1");
                Assert.True(program.RanSince(0));
            }
            catch (FeatureMissingException missing)
            {
                Assert.Contains("CONFIG_NET_ACT_BPF", missing.Message, StringComparison.Ordinal);
            }
        });
        Assert.DoesNotContain("clsact", space.Tool("tc", "qdisc show"), StringComparison.Ordinal);
    }
}

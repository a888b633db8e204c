// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Net;
using System.Net.Sockets;
using Nectar.Linux.Links.Network;
using Nectar.Linux.Programs;

namespace Nectar.KernelTests.Links.Network;

public sealed class NamespaceTests
{
    [NetworkFact]
    public void SkLookup_SeesConnections_InOrder_AndCanBeUpdated()
    {
        using NetworkNamespace space = new();
        space.Run(() =>
        {
            using CountingProgram first = new(ProgramType.SkLookup, 1, AttachType.SkLookup), second = new(ProgramType.SkLookup, 1, AttachType.SkLookup);
            using KernelLink one = NetworkNamespaces.Attach(first.Program), two = NetworkNamespaces.Attach(second.Program);
            Assert.Equal([first.Id, second.Id], NetworkNamespaces.Query(AttachType.SkLookup).Programs.Select(p => p.ProgramId));
            (Socket client, Socket server) = Traffic.Connect();
            client.Dispose();
            server.Dispose();
            Assert.True(first.Count > 0 && second.Count > 0);
            using CountingProgram refusing = new(ProgramType.SkLookup, 0, AttachType.SkLookup); // SK_DROP
            two.Update(refusing.Program, expected: second.Program);
            Assert.Throws<SocketException>(() => Traffic.Connect());
            Assert.True(refusing.Count > 0);
            one.Dispose();
            two.Dispose();
            Assert.True(CountingProgram.Soon(() => NetworkNamespaces.Query(AttachType.SkLookup).Programs.Count == 0));
            Traffic.Connect().Client.Dispose();
        });
    }

    [NetworkFact]
    public void FlowDissector_IsAttached_OnlyOne()
    {
        using NetworkNamespace space = new();
        space.Run(() =>
        {
            const int Continue = 129;
            using CountingProgram program = new(ProgramType.FlowDissector, Continue, AttachType.FlowDissector), other = new(ProgramType.FlowDissector, Continue, AttachType.FlowDissector);
            using KernelLink link = NetworkNamespaces.Attach(program.Program, "/proc/thread-self/ns/net");
            Assert.Equal(program.Id, Assert.Single(NetworkNamespaces.Query(AttachType.FlowDissector).Programs).ProgramId);
            Assert.Throws<KernelException>(() => NetworkNamespaces.Attach(other.Program));
            program.Program.TestRun(new TestRunInput { Data = new byte[64] });
            Assert.Equal(1ul, program.Count);
            link.Dispose();
            Assert.True(CountingProgram.Soon(() => NetworkNamespaces.Query(AttachType.FlowDissector).Programs.Count == 0));
        });
    }

    [NetworkFact]
    public void Namespace_GoneWhileAttached_LinkIsAnEmptyShell()
    {
        uint id;
        using (CountingProgram program = new(ProgramType.SkLookup, 1, AttachType.SkLookup))
        {
            id = program.Id;
            NetworkNamespace space = new();
            KernelLink link = space.Run(() => NetworkNamespaces.Attach(program.Program));
            Assert.True(link.IsAttached);
            space.Dispose();
            Assert.True(SpinWait.SpinUntil(() => !link.IsAttached, 5000));
            link.Dispose();
        }

        Assert.True(CountingProgram.IsGone(id));
        using CountingProgram again = new(ProgramType.SkLookup, 1, AttachType.SkLookup);
        Assert.Contains("NEC4207", Assert.Throws<KernelException>(() => NetworkNamespaces.Attach(again.Program, "/run/netns/nosuch")).Message, StringComparison.Ordinal);
    }

    [NetworkFact]
    public void Netfilter_EachHookAndFamily_SeesPackets()
    {
        using NetworkNamespace space = new();
        space.Run(() =>
        {
            foreach (bool isIPv6 in new[] { false, true })
            {
                foreach ((NetfilterHook hook, bool defragment) in new[] { (NetfilterHook.PreRouting, false), (NetfilterHook.PreRouting, true), (NetfilterHook.LocalIn, false), (NetfilterHook.LocalOut, false), (NetfilterHook.PostRouting, false) })
                {
                    uint id;
                    using (CountingProgram program = new(ProgramType.Netfilter, 1, AttachType.Netfilter))
                    {
                        id = program.Id;
                        using KernelLink link = Netfilter.Attach(program.Program, isIPv6, hook, new NetfilterOptions { Priority = -128, Defragment = defragment });
                        Traffic.Send(isIPv6 ? "::1" : "127.0.0.1");
                        Assert.True(program.RanSince(0), $"{hook} {isIPv6} {defragment}");
                        KernelException noUpdate = Assert.Throws<KernelException>(() => link.Update(program.Program));
                        Assert.NotEqual(Errno.None, noUpdate.Errno);
                    }

                    Assert.True(CountingProgram.IsGone(id));
                }
            }

            using CountingProgram late = new(ProgramType.Netfilter, 1, AttachType.Netfilter);
            Assert.Equal(Errno.ERANGE, Assert.Throws<KernelException>(() => Netfilter.Attach(late.Program, false, NetfilterHook.LocalOut, new NetfilterOptions { Priority = int.MaxValue })).Errno);
        });
    }

    [NetworkFact]
    public void Netfilter_Forward_SeesAndDropsWhatIsRouted()
    {
        using NetworkNamespace space = new();
        space.AddVethPair();
        space.Ip("addr add 10.9.1.1/24 dev v1");
        space.Ip("neigh add 10.9.1.2 lladdr 02:00:00:00:00:09 dev v1");
        space.Run(() =>
        {
            File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1");
            File.WriteAllText("/proc/sys/net/ipv4/conf/all/rp_filter", "0");
            File.WriteAllText("/proc/sys/net/ipv4/conf/v1/rp_filter", "0");
            File.WriteAllText("/proc/sys/net/ipv4/conf/v1/accept_local", "1");
            using CountingProgram program = new(ProgramType.Netfilter, 0, AttachType.Netfilter);
            using KernelLink link = Netfilter.Attach(program.Program, false, NetfilterHook.Forward);
            Nectar.Tests.Support.TestEnvironment.Run("/usr/sbin/ip", "route", "add", "10.77.0.0/16", "via", "10.9.0.2", "dev", "v0");
            Nectar.Tests.Support.TestEnvironment.Run("/usr/sbin/ip", "route", "add", "10.77.0.0/16", "via", "10.9.1.2", "dev", "v1", "metric", "100", "table", "77");
            Nectar.Tests.Support.TestEnvironment.Run("/usr/sbin/ip", "rule", "add", "iif", "v1", "table", "77");
            Traffic.Send("10.77.1.1");
            Assert.True(program.RanSince(0));
        });
    }
}

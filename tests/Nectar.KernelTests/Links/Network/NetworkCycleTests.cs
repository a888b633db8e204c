// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Net;
using System.Net.Sockets;
using Nectar.Linux.Links.Cgroup;
using Nectar.Linux.Links.Network;
using Nectar.Linux.Maps;

namespace Nectar.KernelTests.Links.Network;

/// <summary>Runs alone: what it counts are descriptors of the whole process.</summary>
[CollectionDefinition(nameof(NetworkCycleTests), DisableParallelization = true)]
public sealed class NetworkCycleCollection;

/// <summary>Attaching and detaching again and again: nothing is left, neither in the kernel nor in the process.</summary>
[Collection(nameof(NetworkCycleTests))]
public sealed class NetworkCycleTests
{
    private const int Cycles = 40;

    [CgroupFact]
    public void AttachAndDispose_ManyTimes_LeavesNeitherDescriptorsNorPrograms()
    {
        using ChildCgroup cgroup = new();
        using NetworkNamespace space = new();
        space.AddVethPair();
        List<uint> ids = [];
        space.Run(() =>
        {
            using CountingProgram xdp = new(ProgramType.Xdp, 2, AttachType.Xdp), tc = new(ProgramType.SchedCls, -1), skb = new(ProgramType.CgroupSkb, 1, AttachType.CgroupInetEgress),
                lookup = new(ProgramType.SkLookup, 1, AttachType.SkLookup), filter = new(ProgramType.SocketFilter, -1), message = new(ProgramType.SkMsg, 1, AttachType.SkMsgVerdict),
                packet = new(ProgramType.Netfilter, 1, AttachType.Netfilter), route = new(ProgramType.LwtXmit, 0);
            ids.AddRange(new[] { xdp, tc, skb, lookup, filter, message, packet, route }.Select(p => p.Id));
            using KernelMap map = KernelMap.Create(new MapDefinition { Name = "socks", Type = MapType.SockMap, KeySize = 4, ValueSize = 4, MaxEntries = 4 });
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            Func<BpfLink>[] attachments =
            [
                () => Xdp.Attach(xdp.Program, "v1", new XdpOptions { Mode = XdpMode.Generic }),
                () => Xdp.Attach(xdp.Program, "v1", new XdpOptions { Mode = XdpMode.Generic, UseNetlink = true }),
                () => Tc.Attach(tc.Program, "v1", TcDirection.Ingress),
                () => Tc.Attach(tc.Program, "v1", TcDirection.Egress, new TcOptions { Method = TcMethod.Filter }),
                () => Cgroups.Attach(skb.Program, cgroup.Path),
                () => Cgroups.Attach(skb.Program, cgroup.Path, new CgroupOptions { WithoutLink = CgroupSharing.Several }),
                () => NetworkNamespaces.Attach(lookup.Program),
                () => SocketFilters.Attach(filter.Program, socket),
                () => SocketMaps.Attach(message.Program, map),
                () => SocketMaps.AttachWithoutLink(message.Program, map),
                () => Netfilter.Attach(packet.Program, false, NetfilterHook.LocalOut, new NetfilterOptions { Priority = -5 }),
                () => LightweightTunnels.Attach(route.Program, IPNetwork.Parse("10.10.0.0/16"), "v0"),
            ];
            foreach (Func<BpfLink> attach in attachments) attach().Dispose();
            int descriptors = Descriptors();
            foreach (Func<BpfLink> attach in attachments)
            {
                for (int i = 0; i < Cycles; i++) attach().Dispose();
            }

            Assert.InRange(Descriptors() - descriptors, int.MinValue, 10); // one leak would be 40
        });
        foreach (uint id in ids) Assert.True(CountingProgram.IsGone(id));
    }

    [CgroupFact]
    public void Namespace_GoneWithEverythingAttached_DisposeIsQuiet()
    {
        List<BpfLink> links = [];
        List<uint> ids = [];
        using (CountingProgram xdp = new(ProgramType.Xdp, 2, AttachType.Xdp), tc = new(ProgramType.SchedCls, -1), route = new(ProgramType.LwtXmit, 0))
        {
            ids.AddRange(new[] { xdp, tc, route }.Select(p => p.Id));
            NetworkNamespace space = new();
            space.AddVethPair();
            space.Run(() =>
            {
                links.Add(Xdp.Attach(xdp.Program, "v1"));
                links.Add(Xdp.Attach(xdp.Program, "v0", new XdpOptions { UseNetlink = true }));
                links.Add(Tc.Attach(tc.Program, "v1", TcDirection.Ingress));
                links.Add(Tc.Attach(tc.Program, "v1", TcDirection.Ingress, new TcOptions { Method = TcMethod.Filter }));
                links.Add(LightweightTunnels.Attach(route.Program, IPNetwork.Parse("10.10.0.0/16"), "v0"));
            });
            space.Dispose();
            // The sockets of the attachments over netlink keep the namespace; each removes its own through it.
            foreach (BpfLink link in links) link.Dispose();
        }

        foreach (uint id in ids) Assert.True(CountingProgram.IsGone(id));
    }

    private static int Descriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;
}

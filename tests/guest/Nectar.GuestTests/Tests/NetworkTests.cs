// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Net;
using System.Net.Sockets;
using Nectar.Bpf.Diagnostics;
using Nectar.GuestTests.Harness;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Cgroup;
using Nectar.Linux.Links.Network;

namespace Nectar.GuestTests.Tests;

/// <summary>Network hooks whose kernels differ: links where they exist, the older ways where not.</summary>
internal static class NetworkTests
{
    private const string Protocol = "r7 = *(u32 *)(r6 + 16)"; // of struct __sk_buff
    private const ulong TestProtocol = 0xb588; // 0x88b5 in network order

    internal static readonly GuestTest[] All =
    [
        new("tc/automatic", () => TcSees(TcMethod.Automatic), Needs.Root, Needs.Module("veth")),
        new("tc/clsact_filter", () => TcSees(TcMethod.Filter), Needs.Root, Needs.Module("veth"), Needs.Module("sch_ingress"), Needs.Module("cls_bpf")),
        new("tc/tcx_in_order", TcxInOrder, Needs.Root, Needs.Module("veth"), Needs.Kernel(6, 6, "tcx")),
        new("tc/tcx_missing_is_said", TcxMissing, Needs.Root, Needs.Module("veth"), Needs.KernelBefore(6, 6, "tcx")),
        new("tc/action", Action, Needs.Root, Needs.Module("veth"), Needs.Module("act_bpf"), Needs.Module("cls_matchall")),
        new("tc/netkit", NetkitSees, Needs.Root, Needs.Kernel(6, 7, "netkit"), Needs.Config("NETKIT")),
        new("tc/netkit_missing_is_said", NetkitMissing, Needs.Root, Needs.ConfigOff("NETKIT")),
        new("xdp/native_link", () => XdpSees(XdpMode.Native, false), Needs.Root, Needs.Module("veth")),
        new("xdp/generic_link", () => XdpSees(XdpMode.Generic, false), Needs.Root, Needs.Module("veth")),
        new("xdp/netlink", () => XdpSees(XdpMode.Automatic, true), Needs.Root, Needs.Module("veth")),
        new("netfilter/sees_packets", NetfilterSees, Needs.Root, Needs.Kernel(6, 4, "netfilter links"), Needs.Config("NETFILTER_BPF_LINK")),
        new("cgroup/refuses_connections", CgroupRefuses, Needs.Root),
        new("cgroup/older_way_without_a_link", CgroupWithoutLink, Needs.Root),
        new("sk_lookup/link_to_the_namespace", SkLookup, Needs.Root),
    ];

    private static void TcSees(TcMethod method)
    {
        using VethPair pair = VethPair.Create();
        using Probe probe = Probe.Load("tc", $"{Protocol}\nif r7 != {TestProtocol} goto out", verdict: -1, otherwise: -1, anyProcess: true);
        using (Tc.Attach(probe.Program, pair.PeerIndex, TcDirection.Ingress, new TcOptions { Method = method }))
        {
            pair.Send();
            Check.Soon(() => probe.Hits >= 1);
            Check.Equal(TestProtocol, probe.Value);
        }

        pair.Send();
        Thread.Sleep(50);
        Check.Equal(1ul, probe.Hits, "after detaching");
    }

    private static void TcxInOrder()
    {
        using VethPair pair = VethPair.Create();
        using Probe first = Probe.Load("tc", anyProcess: true, verdict: 2), second = Probe.Load("tc", anyProcess: true, verdict: 0); // drop; never reached
        using BpfLink late = Tc.Attach(second.Program, pair.PeerIndex, TcDirection.Ingress, new TcOptions { Method = TcMethod.Tcx });
        using BpfLink early = Tc.Attach(first.Program, pair.PeerIndex, TcDirection.Ingress, new TcOptions { Method = TcMethod.Tcx, Order = AttachOrder.First });
        Check.Equal(first.Program.GetInfo().Id, Tc.Query(pair.PeerIndex, TcDirection.Ingress).Programs[0].ProgramId);
        ulong before = second.Hits;
        pair.Send();
        Check.Soon(() => first.Hits > 0);
        Check.Equal(before, second.Hits);
    }

    private static void TcxMissing()
    {
        using VethPair pair = VethPair.Create();
        using Probe probe = Probe.Load("tc", anyProcess: true);
        FeatureMissingException refused = Check.Throws<FeatureMissingException>(() => Tc.Attach(probe.Program, pair.PeerIndex, TcDirection.Ingress, new TcOptions { Method = TcMethod.Tcx }).Dispose());
        Check.Equal(new Version(6, 6), refused.MinimumKernel);
    }

    private static void Action()
    {
        using VethPair pair = VethPair.Create();
        using Probe probe = Probe.Load("action", $"{Protocol}\nif r7 != {TestProtocol} goto out", anyProcess: true);
        using BpfLink link = TcActions.Attach(probe.Program, pair.PeerName, TcDirection.Ingress);
        pair.Send();
        Check.Soon(() => probe.Hits >= 1);
    }

    private static void NetkitSees()
    {
        using NetkitPair pair = NetkitPair.Create();
        using Probe probe = Probe.Load("netkit/primary", $"{Protocol}\nif r7 != {TestProtocol} goto out", verdict: 0, otherwise: 0, anyProcess: true);
        using (BpfLink link = Netkit.Attach(probe.Program, pair.Name))
        {
            Check.Equal(probe.Program.GetInfo().Id, Netkit.Query(pair.Name).Programs[0].ProgramId);
            Check.Soon(() =>
            {
                if (probe.Hits == 0) pair.Send(); // a frame that comes before the carrier is dropped
                return probe.Hits >= 1;
            });
        }

        Check.Equal(0, Netkit.Query(pair.Name).Programs.Count);
    }

    private static void NetkitMissing()
    {
        using Probe probe = Probe.Load("tc", anyProcess: true);
        KernelException refused = Check.Throws<KernelException>(() => Netkit.Attach(probe.Program, "lo").Dispose());
        Check.Contains("6.7", KprobeMultiTests.Text(refused));
    }

    private static void XdpSees(XdpMode mode, bool netlink)
    {
        using VethPair pair = VethPair.Create();
        using Probe probe = Probe.Load("xdp", anyProcess: true, verdict: 2);
        using (Xdp.Attach(probe.Program, pair.PeerIndex, new XdpOptions { Mode = mode, UseNetlink = netlink }))
        {
            Check.True(Xdp.Query(pair.PeerIndex).IsAttached);
            if (mode != XdpMode.Automatic) Check.Equal(mode, Xdp.Query(pair.PeerIndex).Mode);
            pair.Send();
            Check.Soon(() => probe.Hits > 0);
        }

        Check.True(!Xdp.Query(pair.PeerIndex).IsAttached);
    }

    private static void NetfilterSees()
    {
        using Probe probe = Probe.Load("netfilter", anyProcess: true, verdict: 1);
        using (Netfilter.Attach(probe.Program, isIPv6: false, NetfilterHook.LocalOut, new NetfilterOptions { Priority = -128 }))
        {
            SendDatagram();
            Check.AtLeast(1, probe.Hits);
        }
    }

    private static void CgroupRefuses()
    {
        using ChildCgroup cgroup = ChildCgroup.Create();
        using Probe probe = Probe.Load("cgroup/connect4", verdict: 0, otherwise: 1);
        using BpfLink link = Cgroups.Attach(probe.Program, cgroup.Path);
        SendDatagram();
        Check.Equal(0ul, probe.Hits, "outside of the cgroup");
        using (cgroup.Enter()) Check.Throws<SocketException>(SendDatagram);
        Check.Equal(1ul, probe.Hits);
    }

    private static void CgroupWithoutLink()
    {
        using ChildCgroup cgroup = ChildCgroup.Create();
        using Probe probe = Probe.Load("cgroup/connect4", verdict: 1, otherwise: 1);
        using BpfLink link = Cgroups.Attach(probe.Program, cgroup.Path, new CgroupOptions { WithoutLink = CgroupSharing.Several });
        using (cgroup.Enter()) SendDatagram();
        Check.Equal(1ul, probe.Hits);
    }

    private static void SkLookup()
    {
        using Probe probe = Probe.Load("sk_lookup", anyProcess: true, verdict: 1);
        using BpfLink link = NetworkNamespaces.Attach(probe.Program);
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        Check.AtLeast(1, probe.Hits);
    }

    private static void SendDatagram()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(new IPEndPoint(IPAddress.Loopback, 9));
        socket.Send([1, 2, 3]);
    }
}

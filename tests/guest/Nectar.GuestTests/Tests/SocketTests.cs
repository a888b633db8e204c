// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Net;
using System.Net.Sockets;
using Nectar.Bpf.Classic;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.GuestTests.Harness;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Cgroup;
using Nectar.Linux.Links.Network;
using Nectar.Linux.Maps;
using Nectar.Linux.Network.Xsk;

namespace Nectar.GuestTests.Tests;

/// <summary>Hooks of sockets and routes: the older ways where a kernel has no links, and what it says where there is none.</summary>
internal static class SocketTests
{
    internal static readonly GuestTest[] All =
    [
        new("sockmap/sees_messages", SockMap, Needs.Root),
        new("socket/filters", Filters, Needs.Root),
        new("lwt/sees_what_a_route_sends", Route, Needs.Root, Needs.Module("veth"), Needs.Config("LWTUNNEL_BPF")),
        new("xsk/receives", Xsk, Needs.Root, Needs.Module("veth"), Needs.Config("XDP_SOCKETS")),
        new("cgroup/order_or_missing_is_said", Order, Needs.Root),
    ];

    private static void SockMap()
    {
        using Probe probe = Probe.Load("sk_msg", anyProcess: true, verdict: 1);
        using KernelMap map = KernelMap.Create(new MapDefinition { Name = "socks", Type = MapType.SockMap, KeySize = 4, ValueSize = 4, MaxEntries = 2 });
        using (BpfLink link = SocketMaps.Attach(probe.Program, map))
        {
            Check.Equal(Needs.Running < new Version(6, 10), link.Fallback is not null);
            Check.Equal(probe.Program.GetInfo().Id, SocketMaps.Query(map, AttachType.SkMsgVerdict).Programs[0].ProgramId);
            using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp), client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen();
            client.Connect(listener.LocalEndPoint!);
            using Socket server = listener.Accept();
            SocketMaps.Set(map, 0, client);
            client.Send("hello"u8);
            Check.Equal(5, server.Receive(new byte[8]));
            Check.AtLeast(1, probe.Hits);
        }

        Check.True(SocketMaps.Query(map, AttachType.SkMsgVerdict).Programs.All(p => p.ProgramId == 0));
    }

    private static void Filters()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int Received()
        {
            socket.SendTo("hello"u8, socket.LocalEndPoint!);
            return socket.Poll(100_000, SelectMode.SelectRead) ? socket.Receive(new byte[16]) : -1;
        }

        using Probe probe = Probe.Load("socket", anyProcess: true, verdict: 0);
        using (SocketFilters.Attach(probe.Program, socket)) Check.Equal(-1, Received());
        Check.AtLeast(1, probe.Hits);
        using (SocketFilters.Attach(ClassicProgram.Create([new ClassicInstruction(6, 10)]), socket)) Check.Equal(2, Received()); // UDP's header and two bytes
        Check.Equal(5, Received());
    }

    private static void Route()
    {
        using VethPair pair = VethPair.Create();
        using Probe probe = Probe.Load("lwt_xmit", anyProcess: true), next = Probe.Load("lwt_xmit", anyProcess: true);
        using BpfLink link = LightweightTunnels.Attach(probe.Program, IPNetwork.Parse("10.99.0.0/16"), pair.Name);
        Send();
        Check.Soon(() => probe.Hits > 0);
        link.Update(next.Program);
        Send();
        Check.Soon(() => next.Hits > 0);

        static void Send()
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.SendTo("hello"u8, new IPEndPoint(IPAddress.Parse("10.99.1.1"), 9));
        }
    }

    private static void Xsk()
    {
        using VethPair pair = VethPair.Create();
        using XskUmem memory = XskUmem.Create(128);
        using XskSocket socket = XskSocket.Open(memory, pair.PeerName, 0, new XskOptions { ReceiveRingSize = 64, TransmitRingSize = 64, FillRingSize = 64, CompletionRingSize = 64 });
        using XskRedirect redirect = XskRedirect.Attach(pair.PeerName);
        redirect.Add(socket);
        int frames = 0;
        for (int i = 0; i < 200 && frames < 5; i++)
        {
            pair.Send();
            if (socket.Wait(20)) socket.Receive(packet => frames += packet[12] == 0x88 ? 1 : 0);
        }

        Check.True(frames >= 5);
    }

    private static void Order()
    {
        using ChildCgroup cgroup = ChildCgroup.Create();
        using Probe first = Probe.Load("cgroup/connect4", verdict: 1, otherwise: 1), second = Probe.Load("cgroup/connect4", verdict: 1, otherwise: 1);
        using BpfLink late = Cgroups.Attach(second.Program, cgroup.Path);
        try
        {
            using BpfLink early = Cgroups.Attach(first.Program, cgroup.Path, new CgroupOptions { Order = AttachOrder.First });
            Check.Equal(first.Program.GetInfo().Id, Cgroups.Query(cgroup.Path, AttachType.CgroupInet4Connect).Programs[0].ProgramId);
        }
        catch (FeatureMissingException missing) when (Needs.Running < new Version(6, 17)) // 6.12 has it in stable releases
        {
            Check.Equal(new Version(6, 17), missing.MinimumKernel);
        }
    }
}

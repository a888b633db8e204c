// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Net.Sockets;
using Nectar.Linux.Links.Network;
using Nectar.Linux.Maps;

namespace Nectar.KernelTests.Links.Network;

public sealed class SocketMapTests
{
    [NetworkFact]
    public void Attach_EachHookMapAndWay_SeesWhatTheSocketsSendAndReceive()
    {
        using NetworkNamespace space = new();
        space.Run(() =>
        {
            foreach (MapType type in new[] { MapType.SockMap, MapType.SockHash })
            {
                foreach ((ProgramType program, AttachType hook) in new[]
                {
                    (ProgramType.SkMsg, AttachType.SkMsgVerdict), (ProgramType.SkSkb, AttachType.SkSkbVerdict), (ProgramType.SkSkb, AttachType.SkSkbStreamVerdict),
                })
                {
                    foreach (bool withLink in new[] { true, false }) Check(type, program, hook, withLink);
                }
            }
        });
    }

    [NetworkFact]
    public void StreamParser_WithAVerdict_SeesMessages()
    {
        using NetworkNamespace space = new();
        space.Run(() =>
        {
            using KernelMap map = Map(MapType.SockMap);
            using CountingProgram parser = new(ProgramType.SkSkb, null, AttachType.SkSkbStreamParser, "r0 = *(u32 *)(r6 + 0)\nexit"), verdict = new(ProgramType.SkSkb, 1, AttachType.SkSkbStreamVerdict);
            using BpfLink parsing = SocketMaps.Attach(parser.Program, map), judging = SocketMaps.Attach(verdict.Program, map);
            Exchange(map);
            Assert.True(parser.RanSince(0) && verdict.RanSince(0));
            using CountingProgram next = new(ProgramType.SkSkb, 1, AttachType.SkSkbStreamVerdict);
            judging.Update(next.Program, expected: verdict.Program);
            Exchange(map, 2);
            Assert.True(next.RanSince(0));
            using CountingProgram second = new(ProgramType.SkSkb, 1, AttachType.SkSkbStreamVerdict);
            Assert.Throws<KernelException>(() => SocketMaps.Attach(second.Program, map));
        });
    }

    [NetworkFact]
    public void SkMsg_Verdict_Refuses()
    {
        using NetworkNamespace space = new();
        space.Run(() =>
        {
            using KernelMap map = Map(MapType.SockMap);
            using CountingProgram dropping = new(ProgramType.SkMsg, 0, AttachType.SkMsgVerdict);
            using BpfLink link = SocketMaps.Attach(dropping.Program, map);
            (Socket client, Socket server) = Traffic.Connect();
            SocketMaps.Set(map, 0, client);
            Assert.Throws<SocketException>(() => client.Send("hello"u8));
            client.Dispose();
            server.Dispose();
            using Socket closed = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            Assert.Contains("NEC4208", Assert.Throws<KernelException>(() => SocketMaps.Set(map, 1, closed)).Message, StringComparison.Ordinal);
        });
    }

    [CgroupFact]
    public void SockOps_PutsSocketsIntoTheMap()
    {
        using ChildCgroup cgroup = new();
        using NetworkNamespace space = new();
        using KernelMap map = Map(MapType.SockMap);
        // BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB is 4: the side that connects
        using CountingProgram adding = new(ProgramType.SockOps, 1, AttachType.CgroupSockOps, $"""
            r1 = *(u32 *)(r6 + 0)
            if r1 != 4 goto done
            *(u32 *)(r10 - 8) = 5
            r1 = r6
            r2 = map[fd:{map.Handle.Fd}]
            r3 = r10
            r3 += -8
            r4 = 0
            call bpf_sock_map_update
            done:
            """);
        using CountingProgram seeing = new(ProgramType.SkMsg, 1, AttachType.SkMsgVerdict);
        using BpfLink link = Nectar.Linux.Links.Cgroup.Cgroups.Attach(adding.Program, cgroup.Path), message = SocketMaps.Attach(seeing.Program, map);
        space.Run(() =>
        {
            cgroup.Join();
            (Socket client, Socket server) = Traffic.Connect();
            client.Send("hello"u8);
            Assert.Equal(5, server.Receive(new byte[16]));
            client.Dispose();
            server.Dispose();
        });
        Assert.True(seeing.Count > 0);
    }

    private static KernelMap Map(MapType type) => KernelMap.Create(new MapDefinition { Name = "socks", Type = type, KeySize = 4, ValueSize = 8, MaxEntries = 8 });

    private static void Check(MapType type, ProgramType programType, AttachType hook, bool withLink)
    {
        uint id;
        using (KernelMap map = Map(type))
        {
            using (CountingProgram program = new(programType, 1, hook))
            {
                id = program.Id;
                BpfLink link = withLink ? SocketMaps.Attach(program.Program, map) : SocketMaps.AttachWithoutLink(program.Program, map);
                Assert.True(link.IsAttached);
                Assert.Equal(id, Assert.Single(SocketMaps.Query(map, hook).Programs).ProgramId);
                Exchange(map);
                Assert.True(program.RanSince(0), $"{type} {hook} link={withLink}");
                link.Dispose();
                Assert.False(link.IsAttached);
                Assert.DoesNotContain(SocketMaps.Query(map, hook).Programs, p => p.ProgramId != 0);
            }
        }

        Assert.True(CountingProgram.IsGone(id));
    }

    private static void Exchange(KernelMap map, int key = 0)
    {
        (Socket client, Socket server) = Traffic.Connect();
        SocketMaps.Set(map, key, client);
        SocketMaps.Set(map, key + 1, server);
        client.Send("hello"u8);
        server.ReceiveTimeout = 2000;
        Assert.Equal(5, server.Receive(new byte[16]));
        client.Dispose();
        server.Dispose();
    }
}

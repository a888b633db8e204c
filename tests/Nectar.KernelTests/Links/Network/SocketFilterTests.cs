// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Net;
using System.Net.Sockets;
using Nectar.Bpf.Classic;
using Nectar.Linux.Links.Network;
using Nectar.Linux.Maps;

namespace Nectar.KernelTests.Links.Network;

public sealed class SocketFilterTests
{
    // ret #8: keep the UDP header only; ret #0: keep nothing
    private static readonly ClassicProgram s_header = ClassicProgram.Create([new ClassicInstruction(6, 8)]);
    private static readonly ClassicProgram s_nothing = ClassicProgram.Create([new ClassicInstruction(6, 0)]);
    private static readonly ClassicProgram s_second = ClassicProgram.Create([new ClassicInstruction(6, 1)]);

    [NetworkFact]
    public void Attach_AProgram_DecidesWhatTheSocketReceives()
    {
        using Socket socket = Bound();
        using CountingProgram keeping = new(ProgramType.SocketFilter, 65535), dropping = new(ProgramType.SocketFilter, 0);
        BpfLink link = SocketFilters.Attach(keeping.Program, socket);
        Assert.Equal(5, SendTo(socket));
        Assert.True(keeping.Count > 0);
        link.Update(dropping.Program);
        Assert.Equal(-1, SendTo(socket));
        Assert.True(dropping.Count > 0);
        link.Dispose();
        Assert.Equal(5, SendTo(socket));
        Assert.False(link.IsAttached);
    }

    [NetworkFact]
    public void Attach_AClassicProgram_DecidesWhatTheSocketReceives()
    {
        using Socket socket = Bound();
        using (SocketFilters.Attach(s_header, socket)) Assert.Equal(0, SendTo(socket));
        using (SocketFilters.Attach(s_nothing, socket)) Assert.Equal(-1, SendTo(socket));
        Assert.Equal(5, SendTo(socket));
    }

    [NetworkFact]
    public void Lock_TheFilterStays()
    {
        using Socket socket = Bound();
        BpfLink link = SocketFilters.Attach(s_nothing, socket);
        SocketFilters.Lock(socket);
        link.Dispose();
        Assert.Equal(-1, SendTo(socket));
        KernelException refused = Assert.Throws<KernelException>(() => SocketFilters.Attach(s_header, socket));
        Assert.Equal(Errno.EPERM, refused.Errno);
        Assert.Contains("locked", refused.Message, StringComparison.Ordinal);
    }

    [NetworkFact]
    public void Socket_ClosedWhileAttached_DisposeIsQuiet()
    {
        uint id;
        using (CountingProgram program = new(ProgramType.SocketFilter, 0))
        {
            id = program.Id;
            Socket socket = Bound();
            BpfLink link = SocketFilters.Attach(program.Program, socket);
            socket.Dispose();
            Assert.False(link.IsAttached);
            link.Dispose();
        }

        Assert.True(CountingProgram.IsGone(id));
    }

    [NetworkFact]
    public void Reuseport_AProgramOrAClassicOne_ChoosesTheSocket()
    {
        using Socket first = Bound(reuse: true), second = Bound(((IPEndPoint)first.LocalEndPoint!).Port, reuse: true);
        Socket Chosen()
        {
            for (int i = 0; i < 8; i++) Traffic.Send("127.0.0.1", ((IPEndPoint)first.LocalEndPoint!).Port, 1);
            Assert.True(first.Available == 0 || second.Available == 0);
            Socket chosen = first.Available > 0 ? first : second;
            while (chosen.Available > 0) chosen.Receive(new byte[8]);
            return chosen;
        }

        using (SocketFilters.AttachReuseport(s_second, first)) Assert.Same(second, Chosen());
        using (SocketFilters.AttachReuseport(s_nothing, first)) Assert.Same(first, Chosen());
        using (CountingProgram index = new(ProgramType.SocketFilter, 1))
        using (SocketFilters.AttachReuseport(index.Program, first)) Assert.Same(second, Chosen());

        using KernelMap array = KernelMap.Create(new MapDefinition { Name = "socks", Type = MapType.ReuseportSockArray, KeySize = 4, ValueSize = 8, MaxEntries = 4 });
        SocketMaps.Set(array, 3, second);
        using CountingProgram selecting = new(ProgramType.SkReuseport, 1, AttachType.SkReuseportSelect, $"""
            *(u32 *)(r10 - 8) = 3
            r1 = r6
            r2 = map[fd:{array.Handle.Fd}]
            r3 = r10
            r3 += -8
            r4 = 0
            call bpf_sk_select_reuseport
            """);
        using (SocketFilters.AttachReuseport(selecting.Program, first))
        {
            Assert.Same(second, Chosen());
            Assert.True(selecting.Count >= 8);
        }
    }

    private static Socket Bound(int port = 0, bool reuse = false)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        if (reuse) socket.SetRawSocketOption(1, 15, BitConverter.GetBytes(1)); // SOL_SOCKET, SO_REUSEPORT
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    // What arrives of a datagram of five bytes; -1 if nothing does.
    private static int SendTo(Socket socket)
    {
        Traffic.Send("127.0.0.1", ((IPEndPoint)socket.LocalEndPoint!).Port, 1);
        return socket.Poll(50_000, SelectMode.SelectRead) ? socket.Receive(new byte[16]) : -1;
    }
}

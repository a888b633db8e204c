// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Net;
using System.Net.Sockets;

namespace Nectar.KernelTests.Links.Cgroup;

/// <summary>Does everything that a cgroup hook can see, on the calling thread.</summary>
internal static class CgroupTraffic
{
    public static void Run()
    {
        foreach (IPAddress address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
        {
            (Socket client, Socket server) = Traffic.Connect(address);
            client.Send("hello"u8);
            server.Receive(new byte[8]);
            // A second object for the descriptor asks for both of its names again.
            using (Socket again = new(new SafeSocketHandle(client.Handle, ownsHandle: false))) _ = again.RemoteEndPoint;
            _ = client.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReceiveBuffer);
            client.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReceiveBuffer, 65536);
            client.Dispose();
            server.Dispose();
            Datagrams(new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp), new IPEndPoint(address, 0));
        }

        string name = $"\0nectar-{Environment.ProcessId}-{Environment.CurrentManagedThreadId}";
        using (Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), client = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            listener.Bind(new UnixDomainSocketEndPoint(name));
            listener.Listen();
            client.Connect(new UnixDomainSocketEndPoint(name));
            using Socket again = new(new SafeSocketHandle(client.Handle, ownsHandle: false));
            _ = again.RemoteEndPoint;
        }

        Datagrams(new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(name + "d"));
        File.ReadAllText("/proc/sys/net/ipv4/ip_forward");
        using (File.OpenRead("/dev/zero"))
        {
        }
    }

    private static void Datagrams(Socket socket, EndPoint address)
    {
        using (socket)
        {
            socket.Bind(address);
            EndPoint from = socket.LocalEndPoint!;
            socket.SendTo("hello"u8, from);
            socket.ReceiveFrom(new byte[8], ref from);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Net;
using System.Net.Sockets;

namespace Nectar.KernelTests.Support;

/// <summary>Real packets, for programs to see. Sockets belong to the namespace of the thread that makes them.</summary>
internal static class Traffic
{
    /// <summary>Sends datagrams.</summary>
    public static void Send(string address, int port = 9, int count = 3)
    {
        using Socket socket = new(IPAddress.Parse(address).AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        EndPoint target = new IPEndPoint(IPAddress.Parse(address), port);
        for (int i = 0; i < count; i++)
        {
            try
            {
                socket.SendTo("hello"u8, target);
            }
            catch (SocketException)
            {
                // a program that drops what leaves makes the call fail
            }
        }
    }

    /// <summary>A connected pair over loopback.</summary>
    public static (Socket Client, Socket Server) Connect(IPAddress? address = null)
    {
        address ??= IPAddress.Loopback;
        using Socket listener = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, 0));
        listener.Listen();
        Socket client = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.Connect(listener.LocalEndPoint!);
        return (client, listener.Accept());
    }
}

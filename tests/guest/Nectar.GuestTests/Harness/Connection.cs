// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Nectar.GuestTests.Harness;

/// <summary>A TCP connection over loopback, from a server to a client in this process.</summary>
internal sealed class Connection : IDisposable
{
    private readonly Socket _client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }, _server;

    internal Connection()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        _client.Connect(listener.LocalEndPoint);
        _server = listener.Accept();
        _server.NoDelay = true;
        ClientPort = ((IPEndPoint)_client.LocalEndPoint!).Port;
    }

    /// <summary>The server's port.</summary>
    internal int Port { get; }

    internal int ClientPort { get; }

    internal void Send(string text) => _server.Send(Encoding.ASCII.GetBytes(text));

    /// <summary>What the client gets within a time; nothing if nothing comes.</summary>
    internal string Receive(int timeoutMs)
    {
        byte[] text = new byte[256];
        return _client.Poll(TimeSpan.FromMilliseconds(timeoutMs), SelectMode.SelectRead) ? Encoding.ASCII.GetString(text, 0, _client.Receive(text)) : "";
    }

    /// <summary>Ends it at once, without waiting for the other side.</summary>
    internal void End()
    {
        _client.LingerState = new LingerOption(true, 0);
        _client.Dispose();
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Net;
using System.Net.Sockets;
using Nectar.Bpf.Vm.Debugging;

namespace Nectar.Debugging.Dap;

/// <summary>Serves editors that connect over TCP, one after the other, on this machine only.</summary>
public static class DapListener
{
    /// <summary>Serves until the cancellation.</summary>
    /// <param name="port">The port; 0 for any.</param>
    /// <param name="load">As for <see cref="DapServer"/>.</param>
    /// <param name="listening">Told the port once editors can connect.</param>
    /// <param name="problem">Told why a connection could not be read on.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="SocketException">The port is taken.</exception>
    public static void Run(int port, Func<DapLaunch, DebugTarget> load, Action<int> listening, Action<string> problem, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(listening);
        ArgumentNullException.ThrowIfNull(problem);
        using TcpListener listener = new(IPAddress.Loopback, port);
        listener.Start();
        using CancellationTokenRegistration end = cancellation.Register(listener.Stop);
        listening(((IPEndPoint)listener.LocalEndpoint).Port);
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                using TcpClient client = listener.AcceptTcpClient();
                client.NoDelay = true;
                using NetworkStream stream = client.GetStream();
                using CancellationTokenRegistration close = cancellation.Register(client.Close);
                if (new DapServer(stream, stream, load).Run() is { } broken) problem(broken);
            }
            catch (SocketException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
        }
    }
}

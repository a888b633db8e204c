// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Net;
using System.Net.Sockets;
using Nectar.Bpf.Diagnostics;
using Nectar.GuestTests.Harness;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Loading;

namespace Nectar.GuestTests.Tests;

/// <summary>A congestion control made of programs; its struct has another layout in each of the kernels.</summary>
internal static class StructOpsTests
{
    private const string Available = "/proc/sys/net/ipv4/tcp_available_congestion_control";

    internal static readonly GuestTest[] All =
    [
        new("struct_ops/registered_by_its_map", () => TcpUsesIt("congestion", "nectar_cc", false), Needs.Root, Needs.Fixture("congestion")),
        new("struct_ops/registered_by_a_link", () => TcpUsesIt("congestion_link", "nectar_link_cc", true), Needs.Root, Needs.Fixture("congestion_link"), Needs.Kernel(6, 4, "struct_ops links")),
        new("struct_ops/link_missing_is_said", LinkMissing, Needs.Root, Needs.Fixture("congestion_link"), Needs.KernelBefore(6, 4, "struct_ops links")),
    ];

    private static void TcpUsesIt(string fixture, string name, bool isLink)
    {
        using KernelObject loaded = KernelObject.Load(Fixtures.Read(fixture));
        using (StructOpsLink link = StructOpsLink.Attach(loaded.Maps["nectar_cc"]))
        {
            Check.Equal(isLink, link.Handle is not null);
            Check.Contains(name, File.ReadAllText(Available));
            Check.Equal("hello", Talk(name));
            Check.AtLeast(1, loaded.Get<ulong>("started"));
        }

        Check.Soon(() => !File.ReadAllText(Available).Contains(name, StringComparison.Ordinal));
    }

    private static void LinkMissing()
    {
        KernelException refused = Check.Throws<KernelException>(() =>
        {
            using KernelObject loaded = KernelObject.Load(Fixtures.Read("congestion_link"));
            StructOpsLink.Attach(loaded.Maps["nectar_cc"]).Dispose();
        });
        Check.Contains("6.4", KprobeMultiTests.Text(refused));
    }

    /// <summary>Sends a word over a connection that uses the congestion control.</summary>
    private static string Talk(string control)
    {
        const int tcp = 6, congestion = 13;
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.SetRawSocketOption(tcp, congestion, System.Text.Encoding.ASCII.GetBytes(control));
        client.Connect(listener.LocalEndPoint!);
        using Socket server = listener.Accept();
        client.Send("hello"u8);
        byte[] got = new byte[16];
        return System.Text.Encoding.ASCII.GetString(got, 0, server.Receive(got));
    }
}

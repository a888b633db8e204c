// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Network;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Links.Network;

/// <summary>The route that carries a program.</summary>
public readonly record struct RouteOptions
{
    /// <summary>The next router; null for a network on the interface itself.</summary>
    public IPAddress? Gateway { get; init; }

    /// <summary>The routing table; 0 for the main one.</summary>
    public uint Table { get; init; }

    /// <summary>The lower the more preferred; 0 for the kernel's default.</summary>
    public uint Metric { get; init; }

    /// <summary>For LwtXmit: bytes that the program may put in front of packets, at most 256.</summary>
    public int Headroom { get; init; }
}

/// <summary>
/// Programs of routes (lightweight tunnels): they see the packets that a route sends or delivers. Attaching makes the route, and
/// disposing removes it. The kernel keeps the route when the process is killed.
/// </summary>
public static class LightweightTunnels
{
    private static readonly (Errno, string)[] s_meanings =
    [
        (Errno.EEXIST, "help: there is a route to this destination with this metric"),
        (Errno.EOPNOTSUPP, "help: the kernel needs CONFIG_LWTUNNEL_BPF, and CONFIG_IPV6_SEG6_BPF for seg6local"),
        (Errno.ENETUNREACH, "help: the gateway cannot be reached over the interface"),
        (Errno.ENETDOWN, "help: the interface is down"),
        (Errno.ENODEV, "help: the interface has gone, or is in another network namespace than this thread"),
    ];

    /// <summary>Adds a route whose packets a program sees.</summary>
    /// <param name="program">A program of type LwtIn, LwtOut, LwtXmit, or LwtSeg6local (IPv6 only).</param>
    /// <param name="destination">The destination.</param>
    /// <param name="interfaceName">The interface that packets leave by.</param>
    /// <param name="options">What else the route has.</param>
    /// <exception cref="KernelException">The kernel refuses the route (NEC4210); the interface is not there (NEC4201); the program has another type (NEC4212).</exception>
    public static BpfLink Attach(KernelProgram program, IPNetwork destination, string interfaceName, RouteOptions options = default)
    {
        string hook = $"route {destination} dev {interfaceName}";
        HookPrograms.Require(program, hook, ProgramType.LwtIn, ProgramType.LwtOut, ProgramType.LwtXmit, ProgramType.LwtSeg6local);
        int index = NetworkInterfaces.IndexOf(interfaceName);
        ProgramRoute route = new(program.Type, destination, index, options);
        NetlinkSocket socket = NetlinkSocket.Open();
        Errno errno = route.Add(socket, program, NetlinkMessage.Exclusive, out string? reason);
        if (errno == Errno.None) return new RouteLink(socket, route, hook);
        socket.Dispose();
        throw Refuse(program, hook, errno, reason);
    }

    internal static KernelException Refuse(KernelProgram program, string hook, Errno errno, string? reason) =>
        HookPrograms.Refuse(NetworkCodes.Route, program, hook, "rtnetlink(RTM_NEWROUTE)", errno, s_meanings, reason);
}

/// <summary>A route with a program, as requests to the kernel.</summary>
internal sealed class ProgramRoute(ProgramType type, IPNetwork destination, int interfaceIndex, RouteOptions options)
{
    private const ushort Destination = 1, OutputInterface = 4, Gateway = 5, Priority = 6, Table = 15, EncapsulationType = 21, Encapsulation = 22; // RTA_*
    private const ushort BpfEncapsulation = 6, Seg6LocalEncapsulation = 7; // LWTUNNEL_ENCAP_*
    private const ushort ProgramFd = 1, ProgramName = 2, Headroom = 4, Seg6Action = 1, Seg6Program = 8;
    private const int Seg6EndBpf = 15;
    private const byte MainTable = 254, StaticProtocol = 4, Unicast = 1, LinkScope = 253;

    internal int InterfaceIndex => interfaceIndex;

    internal ProgramType Type => type;

    internal Errno Add(NetlinkSocket socket, KernelProgram program, ushort flags, out string? reason)
    {
        NetlinkMessage message = new(stackalloc byte[NetlinkMessage.BufferSize], RouteMessage.NewRoute, (ushort)(NetlinkMessage.Create | flags));
        WriteRoute(ref message);
        Span<byte> kind = stackalloc byte[2];
        MemoryMarshal.Write(kind, type == ProgramType.LwtSeg6local ? Seg6LocalEncapsulation : BpfEncapsulation);
        message.Add(EncapsulationType, kind);
        int outer = message.Begin(Encapsulation);
        if (type == ProgramType.LwtSeg6local) message.Add(Seg6Action, Seg6EndBpf);
        int inner = message.Begin(type switch { ProgramType.LwtIn => 1, ProgramType.LwtOut => 2, ProgramType.LwtXmit => 3, _ => Seg6Program });
        message.Add(ProgramFd, program.Fd);
        // The kernel takes routes for the same one if their programs have the same name: the id keeps a replacement from being ignored.
        message.Add(ProgramName, string.Create(CultureInfo.InvariantCulture, $"{program.Name}.{ProgramInfo.ReadId(program.Handle)}"));
        message.End(inner);
        if (type == ProgramType.LwtXmit && options.Headroom > 0) message.Add(Headroom, options.Headroom);
        message.End(outer);
        Errno errno = socket.Send(message.Finish(), out reason);
        GC.KeepAlive(program);
        return errno;
    }

    internal Errno Remove(NetlinkSocket socket)
    {
        NetlinkMessage message = new(stackalloc byte[NetlinkMessage.BufferSize], RouteMessage.DeleteRoute, 0);
        WriteRoute(ref message);
        return socket.Send(message.Finish(), out _);
    }

    private void WriteRoute(ref NetlinkMessage message)
    {
        bool isIPv4 = destination.BaseAddress.AddressFamily == AddressFamily.InterNetwork;
        message.Body(new RouteEntryMessage
        {
            Family = (byte)(isIPv4 ? 2 : 10), // AF_INET, AF_INET6
            DestinationLength = (byte)destination.PrefixLength,
            Table = options.Table is > 0 and < 256 ? (byte)options.Table : MainTable,
            Protocol = StaticProtocol,
            Scope = isIPv4 && options.Gateway is null ? LinkScope : (byte)0,
            Type = Unicast,
        });
        message.Add(Destination, destination.BaseAddress.GetAddressBytes());
        message.Add(OutputInterface, interfaceIndex);
        if (options.Gateway is { } gateway) message.Add(Gateway, gateway.GetAddressBytes());
        if (options.Metric != 0) message.Add(Priority, (int)options.Metric);
        if (options.Table != 0) message.Add(Table, (int)options.Table);
    }
}

/// <summary>A route with a program; disposing removes the route.</summary>
internal sealed class RouteLink(NetlinkSocket socket, ProgramRoute route, string target) : BpfLink(target)
{
    public override bool IsAttached => !IsDisposed && NetworkInterfaces.TryGet(socket, route.InterfaceIndex, out _) is { IsUp: true };

    public override void Update(KernelProgram program, KernelProgram? expected = null)
    {
        HookPrograms.Require(program, Target, route.Type);
        if (expected is not null) base.Update(program, expected); // routes do not tell which program they have
        Errno errno = route.Add(socket, program, NetlinkMessage.Replace, out string? reason);
        if (errno != Errno.None) throw LightweightTunnels.Refuse(program, Target, errno, reason);
    }

    protected override void Detach()
    {
        _ = route.Remove(socket); // an interface that went down or away took its routes along
        socket.Dispose();
    }
}

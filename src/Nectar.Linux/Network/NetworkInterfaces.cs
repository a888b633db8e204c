// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Links.Network;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Network;

/// <summary>A network interface as the kernel describes it.</summary>
/// <param name="Index">Its number in its network namespace.</param>
/// <param name="Name">Its name, at most 15 characters.</param>
/// <param name="Kind">The driver's kind of virtual device (<c>veth</c>, <c>netkit</c>, …); empty for hardware and loopback.</param>
/// <param name="IsUp">True if it is up.</param>
/// <param name="Mtu">The largest packet in bytes, without the link layer's header.</param>
/// <param name="Xdp">The XDP programs on it.</param>
public sealed record NetworkInterfaceInfo(int Index, string Name, string Kind, bool IsUp, int Mtu, XdpState Xdp);

/// <summary>The interfaces of the calling thread's network namespace.</summary>
public static unsafe class NetworkInterfaces
{
    private const int NameSize = 16;
    private const ushort InterfaceName = 3, InterfaceMtu = 4, LinkInfo = 18, LinkInfoKind = 1, XdpAttribute = 43;

    /// <summary>The number of an interface.</summary>
    /// <exception cref="KernelException">There is no interface of this name (NEC4201).</exception>
    public static int IndexOf(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        uint index = Libc.InterfaceIndex(name);
        return index != 0 ? (int)index : throw Missing($"interface '{name}'", Libc.LastErrno);
    }

    /// <summary>The name of an interface; null if there is none with this number.</summary>
    public static string? NameOf(int index)
    {
        byte* name = stackalloc byte[NameSize];
        return Libc.InterfaceName((uint)index, name) is null ? null : Marshal.PtrToStringUTF8((nint)name);
    }

    /// <summary>All interfaces.</summary>
    /// <exception cref="KernelException">The kernel does not tell (NEC4202).</exception>
    public static IReadOnlyList<NetworkInterfaceInfo> List()
    {
        using NetlinkSocket socket = NetlinkSocket.Open();
        return Read(socket, 0, out Errno errno, out string? reason) is { } list && errno == Errno.None
            ? list
            : throw Refusal.Make(NetworkCodes.Netlink, "interfaces", "list them", "rtnetlink(RTM_GETLINK)", errno, Notes(reason));
    }

    /// <summary>One interface.</summary>
    /// <exception cref="KernelException">There is no interface with this number (NEC4201).</exception>
    public static NetworkInterfaceInfo Get(int index)
    {
        using NetlinkSocket socket = NetlinkSocket.Open();
        return TryGet(socket, index, out Errno errno) ?? throw Missing(Describe(index), errno);
    }

    internal static NetworkInterfaceInfo? TryGet(NetlinkSocket socket, int index, out Errno errno) =>
        Read(socket, index, out errno, out _) is { Count: 1 } list ? list[0] : null;

    internal static string Describe(int index) => NameOf(index) is { } name ? $"interface '{name}'" : string.Create(CultureInfo.InvariantCulture, $"interface {index}");

    /// <summary>The kernel's explanation as a note.</summary>
    internal static ReadOnlySpan<string> Notes(string? reason) => reason is null ? [] : (string[])[$"note: the kernel says: {reason}"];

    private static KernelException Missing(string subject, Errno errno)
    {
        string names;
        try
        {
            names = string.Join(", ", List().Select(i => i.Name));
        }
        catch (KernelException)
        {
            names = "";
        }

        return Refusal.Make(NetworkCodes.Interface, subject, "find it", "if_nametoindex", errno,
            $"note: interfaces in this network namespace: {names}", "help: an interface of another network namespace is reached from a thread of that namespace (ip netns exec)");
    }

    private static List<NetworkInterfaceInfo>? Read(NetlinkSocket socket, int index, out Errno errno, out string? reason)
    {
        NetlinkMessage message = new(stackalloc byte[NetlinkMessage.BufferSize], RouteMessage.GetLink, index == 0 ? NetlinkMessage.Dump : (ushort)0);
        message.Body(new InterfaceMessage { Index = index });
        List<NetworkInterfaceInfo> list = [];
        errno = socket.Send(message.Finish(), out reason, (type, body) =>
        {
            if (type == RouteMessage.NewLink && body.Length >= sizeof(InterfaceMessage)) list.Add(Parse(body));
        });
        return errno == Errno.None ? list : null;
    }

    private static NetworkInterfaceInfo Parse(ReadOnlySpan<byte> body)
    {
        const uint Up = 1;
        InterfaceMessage fixedPart = MemoryMarshal.Read<InterfaceMessage>(body);
        string name = "", kind = "";
        int mtu = 0;
        XdpState xdp = default;
        NetlinkAttributes attributes = new(body[sizeof(InterfaceMessage)..]);
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case InterfaceName:
                    name = attributes.Text;
                    break;
                case InterfaceMtu:
                    mtu = (int)attributes.Number;
                    break;
                case LinkInfo:
                    kind = System.Text.Encoding.UTF8.GetString(NetlinkAttributes.Find(attributes.Value, LinkInfoKind).TrimEnd((byte)0));
                    break;
                case XdpAttribute:
                    xdp = XdpState.Parse(attributes.Value);
                    break;
            }
        }

        return new NetworkInterfaceInfo(fixedPart.Index, name, kind, (fixedPart.Flags & Up) != 0, mtu, xdp);
    }
}

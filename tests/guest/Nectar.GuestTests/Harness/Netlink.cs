// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using System.Text;
using Nectar.Bpf.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.GuestTests.Harness;

/// <summary>As much of rtnetlink as it takes to make network devices.</summary>
internal static unsafe class Netlink
{
    private const ushort NewLink = 16, DeleteLink = 17;
    private const ushort Request = 1, Acknowledge = 4, Exclusive = 0x200, Create = 0x400;
    private const ushort Name = 3, LinkInfo = 18, Kind = 1, Data = 2;

    /// <summary>Adds a device of a kind with the kind's own attributes.</summary>
    internal static Errno Add(string name, string kind, byte[] data) =>
        Send(NewLink, Request | Acknowledge | Create | Exclusive, [.. Header(0, false), .. Attribute(Name, Text(name)), .. Attribute(LinkInfo, [.. Attribute(Kind, Text(kind)), .. Attribute(Data, data)])]);

    /// <summary>What kinds with a peer (veth) take: the peer's description.</summary>
    internal static byte[] Peer(ushort type, string name) => Attribute(type, [.. Header(0, false), .. Attribute(Name, Text(name))]);

    internal static byte[] Attribute(ushort type, byte[] value)
    {
        byte[] result = new byte[(4 + value.Length + 3) & ~3];
        MemoryMarshal.Write(result, (ushort)(4 + value.Length));
        MemoryMarshal.Write(result.AsSpan(2), type);
        value.CopyTo(result, 4);
        return result;
    }

    internal static Errno Raise(int index) => Send(NewLink, Request | Acknowledge, Header(index, true));

    internal static Errno Delete(int index) => Send(DeleteLink, Request | Acknowledge, Header(index, false));

    internal static int IndexOf(string name) => int.Parse(File.ReadAllText($"/sys/class/net/{name}/ifindex"));

    private static byte[] Text(string text) => Encoding.ASCII.GetBytes(text + "\0");

    /// <summary><c>struct ifinfomsg</c></summary>
    private static byte[] Header(int index, bool up)
    {
        byte[] result = new byte[16];
        MemoryMarshal.Write(result.AsSpan(4), index);
        MemoryMarshal.Write(result.AsSpan(8), up ? 1u : 0u);
        MemoryMarshal.Write(result.AsSpan(12), up ? 1u : 0u);
        return result;
    }

    private static Errno Send(ushort type, ushort flags, byte[] body)
    {
        using KernelHandle socket = new(Native.Socket(16, 3 | 0x80000, 0));
        byte[] message = [.. new byte[16], .. body];
        MemoryMarshal.Write(message, (uint)message.Length);
        MemoryMarshal.Write(message.AsSpan(4), type);
        MemoryMarshal.Write(message.AsSpan(6), flags);
        byte* reply = stackalloc byte[4096];
        fixed (byte* bytes = message)
        {
            if (Libc.Write(socket.Fd, bytes, (nuint)message.Length) < 0) return Libc.LastErrno;
        }

        nint got = Libc.Read(socket.Fd, reply, 4096);
        return got < 20 ? Errno.EIO : (Errno)(-*(int*)(reply + 16)); // struct nlmsgerr behind its header
    }
}

/// <summary>Two network devices that face each other, for one test.</summary>
internal abstract class DevicePair : IDisposable
{
    private static int s_count;

    protected DevicePair(string kind, ushort peerAttribute, params byte[] more)
    {
        int number = Interlocked.Increment(ref s_count);
        (Name, PeerName) = ($"ng{number}a", $"ng{number}b");
        Check.Equal(Errno.None, Netlink.Add(Name, kind, [.. more, .. Netlink.Peer(peerAttribute, PeerName)]));
        (Index, PeerIndex) = (Netlink.IndexOf(Name), Netlink.IndexOf(PeerName));
        Check.Equal(Errno.None, Netlink.Raise(Index));
        Check.Equal(Errno.None, Netlink.Raise(PeerIndex));
    }

    internal string Name { get; }

    internal string PeerName { get; }

    internal int Index { get; }

    internal int PeerIndex { get; }

    /// <summary>Sends a frame of 64 bytes, type 0x88b5 (local experiments), from the first to the second.</summary>
    internal void Send()
    {
        byte[] frame = new byte[64];
        frame.AsSpan(0, 6).Fill(0xff);
        frame[6] = 2;
        (frame[12], frame[13]) = (0x88, 0xb5);
        Native.SendFrame(Index, frame);
    }

    public void Dispose() => Netlink.Delete(Index);
}

/// <summary>Virtual network cards.</summary>
internal sealed class VethPair : DevicePair
{
    private VethPair()
        : base("veth", 1)
    {
    }

    internal static VethPair Create() => new();
}

/// <summary>Netkit devices, at the level of Ethernet frames.</summary>
internal sealed class NetkitPair : DevicePair
{
    private const ushort PeerInfo = 1, Mode = 4;

    private NetkitPair()
        : base("netkit", PeerInfo, Netlink.Attribute(Mode, [0, 0, 0, 0])) // NETKIT_L2
    {
    }

    internal static NetkitPair Create() => new();
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;

namespace Samples;

/// <summary>A TCP connection that ended; addresses in network byte order, ports in host byte order.</summary>
public struct ConnectionEvent
{
    public uint LocalAddress, RemoteAddress;
    public ushort LocalPort, RemotePort;

    /// <summary>From established to closed, in microseconds.</summary>
    public uint Microseconds;
}

/// <summary>A connection that is established: since when (nanoseconds since boot), and its port, which the kernel has given back when it reports the end.</summary>
public struct OpenConnection
{
    public ulong Since;
    public uint LocalPort;
    public uint Unused;
}

/// <summary>Follows TCP connections over IPv4 from established to closed.</summary>
public sealed unsafe class TcpConnections : Probe
{
    private const int Established = 1, Close = 7;
    private const ushort IPv4Family = 2;
    private readonly LruHashMap<ulong, OpenConnection> _established = new(16384);
    public readonly RingBuffer<ConnectionEvent> Events = new(256 * 1024);

    /// <summary>Connections established since the load.</summary>
    public ulong Opened;

    [BtfTracepoint("inet_sock_set_state")]
    public void StateChanged(sock* sock, int before, int after)
    {
        if (sock->__sk_common.skc_family != IPv4Family) return;
        ulong key = (ulong)sock;
        if (after == Established)
        {
            Bpf.Add(ref Opened, 1);
            _established.Set(key, new OpenConnection { Since = Bpf.KtimeGetNs(), LocalPort = sock->__sk_common.skc_num });
        }
        else if (after == Close && _established.TryFind(key, out Ref<OpenConnection> open))
        {
            Events.Output(new ConnectionEvent
            {
                LocalAddress = sock->__sk_common.skc_rcv_saddr, RemoteAddress = sock->__sk_common.skc_daddr,
                LocalPort = (ushort)open.Value.LocalPort, RemotePort = BigEndian.ToHost(sock->__sk_common.skc_dport),
                Microseconds = (uint)((Bpf.KtimeGetNs() - open.Value.Since) / 1000),
            });
            _established.Remove(key);
        }
    }

    // What is read of the kernel's types; where it lies in the running kernel is found when the program is loaded.
    [KernelType]
    public struct sock
    {
        public sock_common __sk_common;
    }

    [KernelType]
    public struct sock_common
    {
        public uint skc_daddr, skc_rcv_saddr;
        public ushort skc_dport, skc_num, skc_family;
    }
}

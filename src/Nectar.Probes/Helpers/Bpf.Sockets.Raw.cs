// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

public static unsafe partial class Bpf
{
    /// <summary>Helper 33, kernel 4.8: whether the packet's socket is in the cgroup of an entry of a <see cref="CgroupArray"/>, or below.</summary>
    /// <returns>1 if it is, 0 if not, or a negative error number.</returns>
    [Helper(33)]
    public static long SkbUnderCgroup(__sk_buff* skb, Map map, uint index) => (long)Managed.Call(33, (ulong)skb, map.Handle, index);

    /// <summary>Helper 49, kernel 4.13: sets an option of the socket, of some options.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(49)]
    public static long SetSockOpt(void* context, int level, int name, void* value, int length) => (long)Managed.Call(49, (ulong)context, (ulong)(long)level, (ulong)(long)name, (ulong)value, (ulong)(long)length);

    /// <summary>Helper 57, kernel 4.15: reads an option of the socket, of some options.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(57)]
    public static long GetSockOpt(void* context, int level, int name, void* value, int length) => (long)Managed.Call(57, (ulong)context, (ulong)(long)level, (ulong)(long)name, (ulong)value, (ulong)(long)length);

    /// <summary>Helper 64, kernel 4.17: binds the socket to an address (not a port) before it connects.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(64)]
    public static long Bind(bpf_sock_addr* context, void* address, int length) => (long)Managed.Call(64, (ulong)context, (ulong)address, (ulong)(long)length);

    /// <summary>Helper 84, kernel 4.20: finds a TCP socket; it must be released. Namespace -1 (<see cref="CurrentNetns"/>) is the packet's.</summary>
    [Helper(84)]
    public static bpf_sock* SkLookupTcp(void* context, bpf_sock_tuple* tuple, uint tupleSize, ulong netns, ulong flags) => (bpf_sock*)Managed.Call(84, (ulong)context, (ulong)tuple, tupleSize, netns, flags);

    /// <summary>Helper 85, kernel 4.20: finds a UDP socket; it must be released.</summary>
    [Helper(85)]
    public static bpf_sock* SkLookupUdp(void* context, bpf_sock_tuple* tuple, uint tupleSize, ulong netns, ulong flags) => (bpf_sock*)Managed.Call(85, (ulong)context, (ulong)tuple, tupleSize, netns, flags);

    /// <summary>Helper 99, kernel 5.2: finds a TCP socket, connection requests and those in time-wait included; it must be released.</summary>
    [Helper(99)]
    public static bpf_sock* SkcLookupTcp(void* context, bpf_sock_tuple* tuple, uint tupleSize, ulong netns, ulong flags) => (bpf_sock*)Managed.Call(99, (ulong)context, (ulong)tuple, tupleSize, netns, flags);

    /// <summary>Helper 86, kernel 4.20: releases a socket that a look-up gave.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(86)]
    public static long SkRelease(bpf_sock* socket) => (long)Managed.Call(86, (ulong)socket);

    /// <summary>Helper 95, kernel 5.1: the socket with all fields; null if it is a request or in time-wait.</summary>
    [Helper(95)]
    public static bpf_sock* SkFullsock(bpf_sock* socket) => (bpf_sock*)Managed.Call(95, (ulong)socket);

    /// <summary>Helper 96, kernel 5.1: the TCP fields; null if it is no TCP socket.</summary>
    [Helper(96)]
    public static bpf_tcp_sock* TcpSock(bpf_sock* socket) => (bpf_tcp_sock*)Managed.Call(96, (ulong)socket);

    /// <summary>Helper 98, kernel 5.1: the listening socket of a connection; null if there is none.</summary>
    [Helper(98)]
    public static bpf_sock* GetListenerSock(bpf_sock* socket) => (bpf_sock*)Managed.Call(98, (ulong)socket);

    /// <summary>Helper 100, kernel 5.2: checks the cookie in an acknowledgement.</summary>
    /// <returns>0 if it is right, or a negative error number.</returns>
    [Helper(100)]
    public static long TcpCheckSyncookie(bpf_sock* socket, void* ip, uint ipLength, TcpHeader* tcp, uint tcpLength) => (long)Managed.Call(100, (ulong)socket, (ulong)ip, ipLength, (ulong)tcp, tcpLength);

    /// <summary>Helper 110, kernel 5.4: makes a cookie for a connection request.</summary>
    /// <returns>The cookie in the low 32 bits, the segment size above; or a negative error number.</returns>
    [Helper(110)]
    public static long TcpGenSyncookie(bpf_sock* socket, void* ip, uint ipLength, TcpHeader* tcp, uint tcpLength) => (long)Managed.Call(110, (ulong)socket, (ulong)ip, ipLength, (ulong)tcp, tcpLength);

    /// <summary>Helper 204, kernel 6.0: makes a cookie without a socket.</summary>
    /// <returns>The cookie in the low 32 bits, the segment size above; or a negative error number.</returns>
    [Helper(204)]
    public static long TcpRawGenSyncookieIPv4(IPv4Header* ip, TcpHeader* tcp, uint tcpLength) => (long)Managed.Call(204, (ulong)ip, (ulong)tcp, tcpLength);

    /// <summary>Helper 205, kernel 6.0: makes a cookie without a socket.</summary>
    /// <returns>The cookie in the low 32 bits, the segment size above; or a negative error number.</returns>
    [Helper(205)]
    public static long TcpRawGenSyncookieIPv6(IPv6Header* ip, TcpHeader* tcp, uint tcpLength) => (long)Managed.Call(205, (ulong)ip, (ulong)tcp, tcpLength);

    /// <summary>Helper 206, kernel 6.0: checks a cookie without a socket.</summary>
    /// <returns>0 if it is right, or a negative error number.</returns>
    [Helper(206)]
    public static long TcpRawCheckSyncookieIPv4(IPv4Header* ip, TcpHeader* tcp) => (long)Managed.Call(206, (ulong)ip, (ulong)tcp);

    /// <summary>Helper 207, kernel 6.0: checks a cookie without a socket.</summary>
    /// <returns>0 if it is right, or a negative error number.</returns>
    [Helper(207)]
    public static long TcpRawCheckSyncookieIPv6(IPv6Header* ip, TcpHeader* tcp) => (long)Managed.Call(207, (ulong)ip, (ulong)tcp);

    /// <summary>Helper 116, kernel 5.6: sends an acknowledgement (congestion control).</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(116)]
    public static long TcpSendAck(void* socket, uint acknowledgement) => (long)Managed.Call(116, (ulong)socket, acknowledgement);

    /// <summary>Helper 124, kernel 5.7: gives the packet to a socket.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(124)]
    public static long SkAssign(void* context, void* socket, ulong flags) => (long)Managed.Call(124, (ulong)context, (ulong)socket, flags);

    /// <summary>Helper 128, kernel 5.8: the cgroup of a socket.</summary>
    [Helper(128)]
    public static ulong SkCgroupId(void* socket) => Managed.Call(128, (ulong)socket);

    /// <summary>Helper 129, kernel 5.8: the cgroup of a socket at a level of the hierarchy.</summary>
    [Helper(129)]
    public static ulong SkAncestorCgroupId(void* socket, int level) => Managed.Call(129, (ulong)socket, (ulong)(long)level);

    /// <summary>Helper 136, kernel 5.9: the socket as the kernel's <c>tcp6_sock</c>; null if it is none.</summary>
    [Helper(136)]
    public static void* SkcToTcp6Sock(void* socket) => (void*)Managed.Call(136, (ulong)socket);

    /// <summary>Helper 137, kernel 5.9: the socket as the kernel's <c>tcp_sock</c>; null if it is none.</summary>
    [Helper(137)]
    public static void* SkcToTcpSock(void* socket) => (void*)Managed.Call(137, (ulong)socket);

    /// <summary>Helper 138, kernel 5.9: the socket as the kernel's <c>tcp_timewait_sock</c>; null if it is none.</summary>
    [Helper(138)]
    public static void* SkcToTcpTimewaitSock(void* socket) => (void*)Managed.Call(138, (ulong)socket);

    /// <summary>Helper 139, kernel 5.9: the socket as the kernel's <c>tcp_request_sock</c>; null if it is none.</summary>
    [Helper(139)]
    public static void* SkcToTcpRequestSock(void* socket) => (void*)Managed.Call(139, (ulong)socket);

    /// <summary>Helper 140, kernel 5.9: the socket as the kernel's <c>udp6_sock</c>; null if it is none.</summary>
    [Helper(140)]
    public static void* SkcToUdp6Sock(void* socket) => (void*)Managed.Call(140, (ulong)socket);

    /// <summary>Helper 178, kernel 5.16: the socket as the kernel's <c>unix_sock</c>; null if it is none.</summary>
    [Helper(178)]
    public static void* SkcToUnixSock(void* socket) => (void*)Managed.Call(178, (ulong)socket);

    /// <summary>Helper 196, kernel 5.19: the socket as the kernel's <c>mptcp_sock</c>; null if it is none.</summary>
    [Helper(196)]
    public static void* SkcToMptcpSock(void* socket) => (void*)Managed.Call(196, (ulong)socket);

    /// <summary>Helper 46, kernel 4.12: a number of the socket that no other has, from a socket or the context.</summary>
    [Helper(46)]
    public static ulong GetSocketCookie(void* context) => Managed.Call(46, (ulong)context);

    /// <summary>Helper 122, kernel 5.7: a number of the network namespace that no other has.</summary>
    [Helper(122)]
    public static ulong GetNetnsCookie(void* context) => Managed.Call(122, (ulong)context);

    /// <summary>Helper 142, kernel 5.10: finds a TCP option.</summary>
    /// <returns>Bytes, or a negative error number.</returns>
    [Helper(142)]
    public static long LoadHeaderOption(bpf_sock_ops* operation, void* buffer, uint size, ulong flags) => (long)Managed.Call(142, (ulong)operation, (ulong)buffer, size, flags);

    /// <summary>Helper 143, kernel 5.10: writes a TCP option.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(143)]
    public static long StoreHeaderOption(bpf_sock_ops* operation, void* option, uint size, ulong flags) => (long)Managed.Call(143, (ulong)operation, (ulong)option, size, flags);

    /// <summary>Helper 144, kernel 5.10: asks for room for TCP options.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(144)]
    public static long ReserveHeaderOption(bpf_sock_ops* operation, uint size, ulong flags) => (long)Managed.Call(144, (ulong)operation, size, flags);
}

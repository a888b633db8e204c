// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary>A program that sees packets in the driver, before the stack: <c>XdpAction M(XdpContext)</c>. Kernel 4.8.</summary>
[ProgramKind("xdp{Frags:.frags}[/{Target}]", Abort = 0)]
public sealed class XdpAttribute : ProgramAttribute
{
    /// <summary>The program copes with packets in more than one buffer. Kernel 5.18.</summary>
    public bool Frags { get; set; }

    /// <summary><c>devmap</c> or <c>cpumap</c> for a program that runs behind a redirect; null for one on a device. Kernel 5.8, 5.9.</summary>
    public string? Target { get; set; }
}

/// <summary>A traffic control program: <c>TcAction M(SkbContext)</c>. Kernel 4.1. Aborted, it leaves the packet to the next program (unspec).</summary>
[ProgramKind("tc[/{Direction}]", Abort = -1)]
public sealed class TcAttribute : ProgramAttribute
{
    /// <summary><c>ingress</c> or <c>egress</c> to be attached to a device without a qdisc (tcx, kernel 6.6); null where the link decides.</summary>
    public string? Direction { get; set; }
}

/// <summary>A program of a netkit device: <c>TcAction M(SkbContext)</c>. Kernel 6.7.</summary>
/// <param name="end"><c>primary</c> or <c>peer</c>.</param>
[ProgramKind("netkit/{end}", Abort = -1)]
public sealed class NetkitAttribute(string end) : ProgramAttribute
{
    /// <summary>Which end of the pair.</summary>
    public string End => end;
}

/// <summary>Decides how many bytes of a packet a socket gets: <c>uint M(SkbContext)</c>; 0 drops. Kernel 3.19.</summary>
[ProgramKind("socket", Abort = 0)]
public sealed class SocketFilterAttribute : ProgramAttribute;

/// <summary>Sees packets of the processes in a cgroup: <c>CgroupVerdict M(SkbContext)</c>. Kernel 4.10.</summary>
/// <param name="direction"><c>ingress</c> or <c>egress</c>.</param>
[ProgramKind("cgroup_skb/{direction}", Abort = 0)]
public sealed class CgroupSkbAttribute(string direction) : ProgramAttribute
{
    /// <summary>Which way.</summary>
    public string Direction => direction;
}

/// <summary>Sees sockets that processes of a cgroup make, release or bind: <c>CgroupVerdict M(SockContext)</c>. Kernel 4.10.</summary>
/// <param name="operation"><c>sock_create</c>, <c>sock_release</c> (5.9), <c>post_bind4</c> or <c>post_bind6</c> (4.17).</param>
[ProgramKind("cgroup/{operation}", Abort = 0)]
public sealed class CgroupSockAttribute(string operation) : ProgramAttribute
{
    /// <summary>What the program sees.</summary>
    public string Operation => operation;
}

/// <summary>Sees and rewrites addresses in system calls of a cgroup: <c>CgroupVerdict M(SockAddrContext)</c>. Kernel 4.17.</summary>
/// <param name="operation"><c>bind4</c>, <c>connect6</c>, <c>sendmsg4</c> (4.18), <c>recvmsg4</c> (5.2), <c>getpeername4</c>, <c>getsockname4</c> (5.8) and so on; <c>..._unix</c> for Unix sockets (6.7).</param>
[ProgramKind("cgroup/{operation}", Abort = 0)]
public sealed class CgroupSockAddrAttribute(string operation) : ProgramAttribute
{
    /// <summary>Which system call.</summary>
    public string Operation => operation;
}

/// <summary>Decides about access to devices in a cgroup: <c>CgroupVerdict M(DeviceContext)</c>. Kernel 4.15.</summary>
[ProgramKind("cgroup/dev", Abort = 0)]
public sealed class CgroupDeviceAttribute : ProgramAttribute;

/// <summary>Decides about sysctls in a cgroup: <c>CgroupVerdict M(SysctlContext)</c>. Kernel 5.2.</summary>
[ProgramKind("cgroup/sysctl", Abort = 0)]
public sealed class CgroupSysctlAttribute : ProgramAttribute;

/// <summary>Sees and rewrites socket options in a cgroup: <c>CgroupVerdict M(SockOptContext)</c>. Kernel 5.3.</summary>
/// <param name="operation"><c>getsockopt</c> or <c>setsockopt</c>.</param>
[ProgramKind("cgroup/{operation}", Abort = 0)]
public sealed class CgroupSockOptAttribute(string operation) : ProgramAttribute
{
    /// <summary>Which system call.</summary>
    public string Operation => operation;
}

/// <summary>Follows the state of TCP sockets in a cgroup: <c>int M(SockOpsContext)</c>. Kernel 4.13.</summary>
[ProgramKind("sockops", Abort = 0)]
public sealed class SockOpsAttribute : ProgramAttribute;

/// <summary>Decides about messages that are sent on sockets of a socket map: <c>SkAction M(SkMsgContext)</c>. Kernel 4.17.</summary>
[ProgramKind("sk_msg", Abort = 0)]
public sealed class SkMsgAttribute : ProgramAttribute;

/// <summary>Finds messages in, or decides about, data that sockets of a socket map receive: <c>SkAction M(SkbContext)</c>. Kernel 4.14.</summary>
/// <param name="kind"><c>stream_parser</c> (returns a length), <c>stream_verdict</c> or <c>verdict</c> (5.13).</param>
[ProgramKind("sk_skb/{kind}", Abort = 0)]
public sealed class SkSkbAttribute(string kind) : ProgramAttribute
{
    /// <summary>Which of them.</summary>
    public string Kind => kind;
}

/// <summary>Chooses the socket for a new connection in a network namespace: <c>SkAction M(SkLookupContext)</c>. Kernel 5.9. Aborted, the look-up goes on as usual.</summary>
[ProgramKind("sk_lookup", Abort = 1)]
public sealed class SkLookupAttribute : ProgramAttribute;

/// <summary>Chooses a socket of a reuseport group: <c>SkAction M(SkReuseportContext)</c>. Kernel 4.19.</summary>
[ProgramKind("sk_reuseport{Migrates:/migrate}", Abort = 1)]
public sealed class SkReuseportAttribute : ProgramAttribute
{
    /// <summary>The program is asked as well when a listening socket closes. Kernel 5.14.</summary>
    public bool Migrates { get; set; }
}

/// <summary>Finds keys of flows: <c>FlowAction M(SkbContext)</c>. Kernel 4.20. Aborted, the kernel's own dissector goes on (6.2).</summary>
[ProgramKind("flow_dissector", Abort = 129)]
public sealed class FlowDissectorAttribute : ProgramAttribute;

/// <summary>Sees packets of a lightweight tunnel: <c>LwtAction M(SkbContext)</c>. Kernel 4.10.</summary>
/// <param name="hook"><c>in</c>, <c>out</c>, <c>xmit</c> or <c>seg6local</c> (4.18).</param>
[ProgramKind("lwt_{hook}", Abort = 0)]
public sealed class LwtAttribute(string hook) : ProgramAttribute
{
    /// <summary>Which hook.</summary>
    public string Hook => hook;
}

/// <summary>A netfilter hook: <c>NetfilterAction M(NetfilterContext)</c>. Kernel 6.4. Aborted, it accepts.</summary>
[ProgramKind("netfilter", Abort = 1)]
public sealed class NetfilterAttribute : ProgramAttribute;

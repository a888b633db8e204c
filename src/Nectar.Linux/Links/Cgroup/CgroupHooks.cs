// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Linux.Links.Cgroup;

/// <summary>The hooks of cgroups: which type of program, the name for people, the first kernel.</summary>
internal static class CgroupHooks
{
    private static readonly (AttachType Hook, ProgramType Type, string Name, int Major, int Minor)[] s_rows =
    [
        (AttachType.CgroupInetIngress, ProgramType.CgroupSkb, "ingress", 4, 10),
        (AttachType.CgroupInetEgress, ProgramType.CgroupSkb, "egress", 4, 10),
        (AttachType.CgroupInetSockCreate, ProgramType.CgroupSock, "sock_create", 4, 10),
        (AttachType.CgroupInetSockRelease, ProgramType.CgroupSock, "sock_release", 5, 9),
        (AttachType.CgroupInet4PostBind, ProgramType.CgroupSock, "post_bind4", 4, 17),
        (AttachType.CgroupInet6PostBind, ProgramType.CgroupSock, "post_bind6", 4, 17),
        (AttachType.CgroupInet4Bind, ProgramType.CgroupSockAddr, "bind4", 4, 17),
        (AttachType.CgroupInet6Bind, ProgramType.CgroupSockAddr, "bind6", 4, 17),
        (AttachType.CgroupInet4Connect, ProgramType.CgroupSockAddr, "connect4", 4, 17),
        (AttachType.CgroupInet6Connect, ProgramType.CgroupSockAddr, "connect6", 4, 17),
        (AttachType.CgroupUnixConnect, ProgramType.CgroupSockAddr, "connect_unix", 6, 7),
        (AttachType.CgroupUdp4SendMsg, ProgramType.CgroupSockAddr, "sendmsg4", 4, 18),
        (AttachType.CgroupUdp6SendMsg, ProgramType.CgroupSockAddr, "sendmsg6", 4, 18),
        (AttachType.CgroupUnixSendMsg, ProgramType.CgroupSockAddr, "sendmsg_unix", 6, 7),
        (AttachType.CgroupUdp4RecvMsg, ProgramType.CgroupSockAddr, "recvmsg4", 5, 2),
        (AttachType.CgroupUdp6RecvMsg, ProgramType.CgroupSockAddr, "recvmsg6", 5, 2),
        (AttachType.CgroupUnixRecvMsg, ProgramType.CgroupSockAddr, "recvmsg_unix", 6, 7),
        (AttachType.CgroupInet4GetPeerName, ProgramType.CgroupSockAddr, "getpeername4", 5, 8),
        (AttachType.CgroupInet6GetPeerName, ProgramType.CgroupSockAddr, "getpeername6", 5, 8),
        (AttachType.CgroupUnixGetPeerName, ProgramType.CgroupSockAddr, "getpeername_unix", 6, 7),
        (AttachType.CgroupInet4GetSockName, ProgramType.CgroupSockAddr, "getsockname4", 5, 8),
        (AttachType.CgroupInet6GetSockName, ProgramType.CgroupSockAddr, "getsockname6", 5, 8),
        (AttachType.CgroupUnixGetSockName, ProgramType.CgroupSockAddr, "getsockname_unix", 6, 7),
        (AttachType.CgroupSockOps, ProgramType.SockOps, "sock_ops", 4, 13),
        (AttachType.CgroupDevice, ProgramType.CgroupDevice, "device", 4, 15),
        (AttachType.CgroupSysctl, ProgramType.CgroupSysctl, "sysctl", 5, 2),
        (AttachType.CgroupGetSockOpt, ProgramType.CgroupSockOpt, "getsockopt", 5, 3),
        (AttachType.CgroupSetSockOpt, ProgramType.CgroupSockOpt, "setsockopt", 5, 3),
        (AttachType.LsmCgroup, ProgramType.Lsm, "lsm", 6, 0),
    ];

    /// <summary>All hooks.</summary>
    internal static IEnumerable<AttachType> All => s_rows.Select(row => row.Hook);

    internal static bool IsHook(AttachType type) => Array.Exists(s_rows, row => row.Hook == type);

    internal static string Name(AttachType hook) => Array.Find(s_rows, row => row.Hook == hook).Name ?? hook.ToString();

    internal static ProgramType Type(AttachType hook) => Array.Find(s_rows, row => row.Hook == hook).Type;

    internal static Version Kernel(AttachType hook)
    {
        (_, _, _, int major, int minor) = Array.Find(s_rows, row => row.Hook == hook);
        return new Version(major, minor);
    }

    /// <summary>The hook of a type of program that has only one; null for others.</summary>
    internal static AttachType? Only(ProgramType type) => s_rows.Where(row => row.Type == type).Select(row => row.Hook).ToArray() is [AttachType single] ? single : null;
}

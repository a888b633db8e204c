// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Links;

/// <summary>Whether what a link is attached to still exists: the kernel takes links off dying targets and leaves them as empty shells.</summary>
internal static unsafe class LinkTarget
{
    // enum bpf_link_type, of those links that can outlive their target
    private const uint Cgroup = 3, Netns = 5, Xdp = 6, Tcx = 11, Netkit = 13, SocketMap = 14;

    internal static bool Exists(KernelHandle handle)
    {
        LinkHead head = default;
        ObjectInfoAttributes attributes = new() { Fd = (uint)handle.Fd, InfoSize = (uint)sizeof(LinkHead), Info = (ulong)&head };
        Errno errno = BpfSyscall.Try(BpfCommand.ObjGetInfoByFd, ref attributes);
        GC.KeepAlive(handle);
        if (errno != Errno.None) return false;
        return head.Type switch
        {
            Cgroup => head.CgroupId != 0,
            Netns or Xdp or Tcx or Netkit or SocketMap => head.Number != 0,
            _ => true,
        };
    }

    // struct bpf_link_info, as far as the target's number: 0 once the target has gone
    [StructLayout(LayoutKind.Explicit, Size = 32)]
    private struct LinkHead
    {
        [FieldOffset(0)] internal uint Type;
        [FieldOffset(16)] internal ulong CgroupId;
        [FieldOffset(16)] internal uint Number; // ifindex, netns inode, map id
    }
}

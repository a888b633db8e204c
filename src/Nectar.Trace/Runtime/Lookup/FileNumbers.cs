// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Syscalls;
using Nectar.Trace.Lowering;

namespace Nectar.Trace.Runtime.Lookup;

/// <summary>Numbers of files as the kernel has them (inode).</summary>
internal static unsafe class FileNumbers
{
    private const uint WithInode = 0x100; // STATX_INO
    private const int InodeOffset = 0x20, MajorOffset = 0x88, MinorOffset = 0x8c;
    private const ulong InitialPidNamespace = 0xEFFFFFFC; // PROC_PID_INIT_INO

    public static bool TryGet(string path, out ulong number) => TryGet(path, out number, out _);

    /// <summary>This process's namespace of process numbers; null if it is the kernel's first.</summary>
    public static PidNamespace? OwnPidNamespace =>
        TryGet("/proc/self/ns/pid", out ulong inode, out ulong device) && inode != InitialPidNamespace ? new PidNamespace(device, inode) : null;

    /// <param name="device">As the kernel packs it: 12 bits of major, 20 of minor number.</param>
    private static bool TryGet(string path, out ulong number, out ulong device)
    {
        byte* status = stackalloc byte[Libc.StatxSize];
        bool isThere = Libc.Statx(Libc.CurrentDirectory, path, 0, WithInode, status) == 0;
        number = isThere ? *(ulong*)(status + InodeOffset) : 0;
        device = isThere ? ((ulong)*(uint*)(status + MajorOffset) << 20) | *(uint*)(status + MinorOffset) : 0;
        return isThere;
    }
}

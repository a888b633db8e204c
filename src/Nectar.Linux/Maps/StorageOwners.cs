// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Maps;

/// <summary>Opens what storage maps and cgroup arrays name by a descriptor. The caller disposes it.</summary>
public static class StorageOwners
{
    private const int PathOnly = 0x200000, DirectoryOnly = 0x10000; // O_PATH, O_DIRECTORY

    /// <summary>Opens a process (<c>pidfd_open</c>, kernel 5.3).</summary>
    /// <param name="pid">The process; a thread that is not the first of its process has no such descriptor before kernel 6.9.</param>
    /// <exception cref="KernelException">There is no such process (NEC4062).</exception>
    public static KernelHandle OpenProcess(int pid)
    {
        int fd = Libc.OpenProcess(pid);
        return fd >= 0 ? new KernelHandle(fd) : throw Refusal.Make(KernelMapCodes.Owner, $"process {pid}", "open", "pidfd_open", Libc.LastErrno);
    }

    /// <summary>Opens a file, for inode storage. It needs no right to read the file.</summary>
    /// <exception cref="KernelException">There is no such file (NEC4062).</exception>
    public static KernelHandle OpenFile(string path) => Open(path, PathOnly, $"file '{path}'");

    /// <summary>Opens a cgroup by its directory.</summary>
    /// <exception cref="KernelException">There is no such directory (NEC4062).</exception>
    public static KernelHandle OpenCgroup(string path) => Open(path, DirectoryOnly, $"cgroup '{path}'");

    private static KernelHandle Open(string path, int flags, string subject)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        int fd = Libc.Open(path, flags | Libc.OReadOnly | Libc.OCloseOnExec);
        return fd >= 0 ? new KernelHandle(fd) : throw Refusal.Make(KernelMapCodes.Owner, subject, "open", "open", Libc.LastErrno);
    }
}

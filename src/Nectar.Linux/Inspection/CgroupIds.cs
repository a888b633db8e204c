// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Runtime.InteropServices;
using Nectar.Linux.Links.Cgroup;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Inspection;

/// <summary>Numbers of cgroups (version 2), as links and helpers name them, and the paths that belong to them.</summary>
public static unsafe class CgroupIds
{
    private const int KernfsHandle = 0xfe; // FILEID_KERNFS: the handle is the 64-bit number (kernel 5.5)
    private static readonly long s_nameToHandleAt = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 264 : 303;
    private static readonly long s_openByHandleAt = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 265 : 304;

    /// <summary>The number of a cgroup; 0 if the path is none.</summary>
    public static ulong IdOf(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        const int CurrentDirectory = -100;
        Handle handle = new() { Size = 8 };
        int mount;
        fixed (byte* name = System.Text.Encoding.UTF8.GetBytes(path + "\0"))
        {
            return Libc.Syscall(s_nameToHandleAt, CurrentDirectory, (nint)name, (nint)(&handle), (nint)(&mount)) == 0 && handle.Size == 8 ? handle.Id : 0;
        }
    }

    /// <summary>The path of a cgroup; null if it is gone, or this process may not open it by number (<c>CAP_DAC_READ_SEARCH</c>).</summary>
    public static string? PathOf(ulong id)
    {
        if (id == 0 || CgroupPaths.Root() is not { } rootPath) return null;
        int mount = Libc.Open(rootPath, Libc.OReadOnly | Libc.OCloseOnExec);
        if (mount < 0) return null;
        using KernelHandle root = new(mount);
        Handle handle = new() { Size = 8, Type = KernfsHandle, Id = id };
        int fd = (int)Libc.Syscall(s_openByHandleAt, mount, (nint)(&handle), Libc.OReadOnly | Libc.OCloseOnExec);
        if (fd < 0) return null;
        using KernelHandle opened = new(fd);
        try
        {
            return new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{fd}")).LinkTarget;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // struct file_handle with 8 bytes of handle
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private struct Handle
    {
        internal uint Size;
        internal int Type;
        internal ulong Id;
    }
}

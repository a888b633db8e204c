// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Runtime.InteropServices;
using Nectar.Linux.Features;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Inspection;

/// <summary>The cgroup hierarchy (version 2): where it is mounted, and which number belongs to which path.</summary>
public static unsafe class Cgroups
{
    private const int KernfsHandle = 0xfe; // FILEID_KERNFS: the handle is the 64-bit number (kernel 5.5)
    private static readonly long s_nameToHandleAt = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 264 : 303;
    private static readonly long s_openByHandleAt = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 265 : 304;

    /// <summary>Where the hierarchy is mounted; null if it is not.</summary>
    public static string? Root { get; } = FindRoot();

    /// <summary>The number of a cgroup, as links and helpers name it; 0 if the path is none.</summary>
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
        if (Root is null || id == 0) return null;
        int mount = Libc.Open(Root, Libc.OReadOnly | Libc.OCloseOnExec);
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

    private static string? FindRoot()
    {
        foreach (string line in (HostFile.ReadText("/proc/self/mounts") ?? "").Split('\n'))
        {
            string[] parts = line.Split(' ');
            if (parts.Length > 2 && parts[2] == "cgroup2") return parts[1];
        }

        return null;
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

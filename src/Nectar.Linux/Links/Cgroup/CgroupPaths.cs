// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Linux.Network;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Links.Cgroup;

/// <summary>Where cgroups (version 2) are.</summary>
public static class CgroupPaths
{
    /// <summary>The mount point of the cgroup2 filesystem, usually <c>/sys/fs/cgroup</c> or <c>/sys/fs/cgroup/unified</c>; null if it is not mounted.</summary>
    public static string? Root()
    {
        try
        {
            // mountinfo: id parent major:minor root MOUNTPOINT options… - TYPE source super
            foreach (string line in File.ReadLines("/proc/self/mountinfo"))
            {
                int separator = line.IndexOf(" - ", StringComparison.Ordinal);
                if (separator > 0 && line.AsSpan(separator + 3).StartsWith("cgroup2 ")) return Unescape(line.Split(' ')[4]);
            }
        }
        catch (IOException)
        {
        }

        return null;
    }

    /// <summary>The full path of a cgroup: absolute paths as they are, others below <see cref="Root"/>.</summary>
    /// <exception cref="Bpf.Diagnostics.KernelException">The path is relative, and no cgroup2 filesystem is mounted (NEC4205).</exception>
    public static string Resolve(string cgroup)
    {
        ArgumentException.ThrowIfNullOrEmpty(cgroup);
        if (cgroup.StartsWith('/')) return cgroup;
        return Root() is { } root
            ? Path.Combine(root, cgroup)
            : throw Refusal.Make(NetworkCodes.Cgroup, $"cgroup '{cgroup}'", "find it", "open", Errno.ENOENT, "note: no cgroup2 filesystem is mounted", "help: mount -t cgroup2 none /sys/fs/cgroup");
    }

    /// <exception cref="Bpf.Diagnostics.KernelException">There is no such cgroup (NEC4205).</exception>
    internal static KernelHandle Open(string cgroup)
    {
        string path = Resolve(cgroup);
        KernelHandle handle = new(Libc.Open(path, Libc.OReadOnly | Libc.OCloseOnExec));
        return handle.IsInvalid
            ? throw Refusal.Make(NetworkCodes.Cgroup, $"cgroup '{path}'", "open it", "open", Libc.LastErrno, "help: cgroups are directories of the cgroup2 filesystem; mkdir makes one")
            : handle;
    }

    // mountinfo writes space, tab, newline and backslash as \ and three octal digits
    private static string Unescape(string text) => text.Replace("\\040", " ", StringComparison.Ordinal).Replace("\\011", "\t", StringComparison.Ordinal).Replace("\\134", "\\", StringComparison.Ordinal);
}

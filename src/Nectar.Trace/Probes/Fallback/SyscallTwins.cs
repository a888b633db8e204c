// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;

namespace Nectar.Trace.Probes.Fallback;

/// <summary>A system call that is what a function is called for.</summary>
/// <param name="Function">The function.</param>
/// <param name="Call">The event's name without <c>sys_enter_</c>.</param>
/// <param name="Arguments">Which argument of the call each of the function's is; -1 for none; empty: the same ones.</param>
/// <param name="Difference">What is not quite the same; empty if all is.</param>
internal sealed record SyscallTwin(string Function, string Call, ImmutableArray<int> Arguments, string Difference = "");

/// <summary>Functions that system calls are made of. Calls of 32-bit programs are not seen.</summary>
internal static class SyscallTwins
{
    private const string OnlyReads = "only the system calls read and pread64", OnlyWrites = "only the system calls write and pwrite64",
        OnlySyncs = "only the system calls fsync and fdatasync", OnlyCalls = "only system calls, also those that fail";

    // Functions whose arguments are those of the call of the same name.
    private const string Sockets = " bind listen connect socket socketpair shutdown sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg setsockopt getsockopt getsockname getpeername accept4 ";
    private const string Plain = " read write pread64 pwrite64 unshare fchown sync ";

    private static readonly SyscallTwin[] s_rows =
    [
        new("do_sys_openat2", "openat", [0, 1, -1]),
        new("do_sys_openat2", "openat2", [0, 1, -1]),
        new("do_sys_openat2", "open", [-1, 0, -1]),
        new("do_sys_openat2", "creat", [-1, 0, -1]),
        new("do_sys_open", "openat", [0, 1, 2, 3]),
        new("do_sys_open", "open", [-1, 0, 1, 2]),
        new("do_sys_open", "creat", [-1, 0, -1, 1]),
        new("vfs_open", "openat", [-1, -1], OnlyCalls),
        new("vfs_open", "openat2", [-1, -1], OnlyCalls),
        new("vfs_open", "open", [-1, -1], OnlyCalls),
        new("vfs_open", "creat", [-1, -1], OnlyCalls),
        new("vfs_read", "read", [-1, 1, 2, -1], OnlyReads),
        new("vfs_read", "pread64", [-1, 1, 2, -1], OnlyReads),
        new("vfs_write", "write", [-1, 1, 2, -1], OnlyWrites),
        new("vfs_write", "pwrite64", [-1, 1, 2, -1], OnlyWrites),
        new("vfs_fsync", "fsync", [-1, -1], OnlySyncs),
        new("vfs_fsync", "fdatasync", [-1, -1], OnlySyncs),
        new("vfs_fsync_range", "fsync", [-1, -1, -1, -1], OnlySyncs),
        new("vfs_fsync_range", "fdatasync", [-1, -1, -1, -1], OnlySyncs),
        new("hrtimer_nanosleep", "nanosleep", [-1, -1, -1], OnlyCalls),
        new("hrtimer_nanosleep", "clock_nanosleep", [-1, -1, 0], OnlyCalls),
        new("do_nanosleep", "nanosleep", [-1, -1], OnlyCalls),
        new("do_nanosleep", "clock_nanosleep", [-1, -1], OnlyCalls),
        new("do_fsync", "fsync", [0, -1]),
        new("do_fsync", "fdatasync", [0, -1]),
        new("__sys_accept4", "accept", [0, 1, 2, -1]),
        new("__sys_bpf", "bpf", [0, -1, 2]),
        new("ksys_mmap_pgoff", "mmap", [0, 1, 2, 3, 4, -1]),
        new("do_syslog", "syslog", [0, 1, 2, -1], "only the system call"),
    ];

    /// <summary>The calls that a function stands for; none if nothing is known.</summary>
    public static IEnumerable<SyscallTwin> Find(string function)
    {
        if (After(function, "__x64_sys_") is { } entry) yield return new SyscallTwin(function, entry, [Replacement.Registers]);
        else if ((After(function, "__se_sys_") ?? After(function, "__do_sys_")) is { } inner) yield return new SyscallTwin(function, inner, []);
        else if (After(function, "ksys_") is { } plain && Plain.Contains($" {plain} ", StringComparison.Ordinal)) yield return new SyscallTwin(function, plain, []);
        else if (After(function, "__sys_") is { } socket && Sockets.Contains($" {socket} ", StringComparison.Ordinal)) yield return new SyscallTwin(function, socket, []);
        foreach (SyscallTwin row in s_rows)
        {
            if (row.Function == function) yield return row;
        }
    }

    /// <summary>All rows of the table, for tests.</summary>
    public static IEnumerable<SyscallTwin> All => s_rows;

    private static string? After(string function, string prefix) => function.Length > prefix.Length && function.StartsWith(prefix, StringComparison.Ordinal) ? function[prefix.Length..] : null;
}

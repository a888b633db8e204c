// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Events;

/// <summary>
/// The right to be the one user of a ring. Two readers of a ring would each miss what the other takes, and the kernel does not mind;
/// so the ring's id is claimed: within the process in a set, between processes of this library by a lock on one byte, at the id, of a file of the
/// kernel that only root can open for writing. The lock goes with its descriptor, so a killed process leaves nothing behind.
/// </summary>
/// <remarks>The lock says nothing to programs that are not ours, and there is none where /proc/sys is read-only or the user is not root.</remarks>
internal sealed unsafe class RingClaim : IDisposable
{
    private const string LockFile = "/proc/sys/kernel/bpf_stats_enabled";
    private const int SetLock = 37, Unlocked = 2, WriteLocked = 1; // F_OFD_SETLK, F_UNLCK, F_WRLCK

    private static readonly Lock s_lock = new();
    private static readonly HashSet<uint> s_taken = [];
    private static KernelHandle? s_file;
    private static bool s_hasLooked;

    private readonly uint _id;
    private int _isDisposed;

    private RingClaim(uint id) => _id = id;

    /// <summary>Claims a ring.</summary>
    /// <exception cref="InvalidOperationException">This process has claimed it already.</exception>
    /// <exception cref="KernelException">Another process has (NEC4301).</exception>
    internal static RingClaim Take(KernelMap map)
    {
        uint id = map.GetInfo().Id;
        lock (s_lock)
        {
            if (!s_taken.Add(id)) throw new InvalidOperationException($"ring buffer '{map.Name}' has a {Role(map)} already: dispose that one first");
            if (Lock(id, WriteLocked)) return new RingClaim(id);
            s_taken.Remove(id);
        }

        throw new KernelException(
            Diagnostic.Error(
                EventCodes.Ring,
                $"map '{map.Name}': become its {Role(map)}: another process is",
                $"note: the ring is map {id}; a ring has one {Role(map)}, since each record goes to one only",
                "help: end the other process, or give each its own ring"),
            Errno.EBUSY,
            "fcntl(F_OFD_SETLK)",
            map.Name);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        lock (s_lock)
        {
            s_taken.Remove(_id);
            Lock(_id, Unlocked);
        }
    }

    private static string Role(KernelMap map) => map.Definition.Type == Bpf.Objects.MapType.UserRingBuf ? "writer" : "reader";

    /// <summary>False only if another process holds the lock; true also where there is no file to lock.</summary>
    private static bool Lock(uint id, short type)
    {
        if (!s_hasLooked)
        {
            s_hasLooked = true;
            int fd = Libc.Open(LockFile, Libc.OReadWrite | Libc.OCloseOnExec);
            s_file = fd >= 0 ? new KernelHandle(fd) : null;
        }

        if (s_file is null) return true;
        FileLock request = new() { Type = type, Start = id, Length = 1 };
        return Libc.Fcntl(s_file.Fd, SetLock, (nint)(&request)) == 0 || Libc.LastErrno is not (Errno.EAGAIN or Errno.EACCES);
    }

    /// <summary><c>struct flock</c> of 64-bit Linux.</summary>
    private struct FileLock
    {
        internal short Type, Whence;
        internal long Start, Length;
        internal int Pid;
    }
}

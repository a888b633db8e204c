// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Linux.Syscalls;

/// <summary>
/// A file descriptor of the kernel, closed once and only when no call uses it any more. What the kernel ties to a descriptor
/// goes with it, also when the process is killed.
/// </summary>
public sealed class KernelHandle : SafeHandle
{
    /// <summary>Takes over a descriptor.</summary>
    /// <param name="fd">A descriptor of this process, or -1.</param>
    public KernelHandle(int fd)
        : base(-1, ownsHandle: true) => SetHandle(fd);

    /// <inheritdoc/>
    public override bool IsInvalid => handle < 0;

    /// <summary>The descriptor's number. It stays valid as long as this object is not disposed: keep the object alive while you use it.</summary>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public int Fd => IsClosed ? throw new ObjectDisposedException(nameof(KernelHandle)) : (int)handle;

    /// <summary>Another descriptor for the same thing.</summary>
    /// <exception cref="Bpf.Diagnostics.KernelException">The process has no descriptors left.</exception>
    public KernelHandle Duplicate()
    {
        const int DuplicateCloseOnExec = 1030;
        int copy = Libc.Fcntl(Fd, DuplicateCloseOnExec, 0);
        GC.KeepAlive(this);
        return copy >= 0 ? new KernelHandle(copy) : throw Refusal.Make(LinuxCodes.Descriptor, "descriptor", "duplicate it", "fcntl(F_DUPFD_CLOEXEC)", Libc.LastErrno);
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}

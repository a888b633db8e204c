// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;

namespace Nectar.Linux.Syscalls;

/// <summary><c>bpf(2)</c> itself.</summary>
internal static unsafe class BpfSyscall
{
    private static readonly long s_number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 280 : 321;

    /// <summary>Makes the call. Addresses in <paramref name="attributes"/> must stay valid meanwhile: the caller pins them.</summary>
    /// <returns>The kernel's result (a descriptor for commands that make one), or -1 and an errno.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Call<T>(BpfCommand command, ref T attributes)
        where T : unmanaged
    {
        fixed (T* address = &attributes) return (int)Libc.Syscall(s_number, (nint)command, (nint)address, sizeof(T));
    }

    /// <summary>As <see cref="Call{T}"/>; gives the errno.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Errno Try<T>(BpfCommand command, ref T attributes)
        where T : unmanaged => Call(command, ref attributes) >= 0 ? Errno.None : Libc.LastErrno;

    /// <summary>As <see cref="Try{T}"/>, for the operations on elements, where some nanoseconds count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Errno TryQuick<T>(BpfCommand command, T* attributes)
        where T : unmanaged => Libc.QuickSyscall(s_number, (nint)command, (nint)attributes, sizeof(T)) >= 0 ? Errno.None : (Errno)Marshal.GetLastSystemError();

    /// <summary>As <see cref="Call{T}"/>, for commands that make a descriptor.</summary>
    internal static Errno TryOpen<T>(BpfCommand command, ref T attributes, out KernelHandle? handle)
        where T : unmanaged
    {
        int fd = Call(command, ref attributes);
        handle = fd >= 0 ? new KernelHandle(fd) : null;
        return fd >= 0 ? Errno.None : Libc.LastErrno;
    }
}

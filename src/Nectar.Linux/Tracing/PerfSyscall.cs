// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Tracing;

/// <summary><c>perf_event_open(2)</c> and the controls of its descriptors.</summary>
internal static unsafe class PerfSyscall
{
    private const int CloseOnExec = 8; // PERF_FLAG_FD_CLOEXEC
    private const ulong EnableEvent = 0x2400, DisableEvent = 0x2401, SetBpfProgram = 0x40042408; // PERF_EVENT_IOC_*

    private static readonly long s_number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 241 : 298;

    /// <summary>Opens an event. Addresses in <paramref name="attributes"/> must stay valid meanwhile.</summary>
    /// <param name="attributes">What to count or sample.</param>
    /// <param name="processId">A process, 0 for this one, -1 for all (then <paramref name="cpu"/> must be one).</param>
    /// <param name="cpu">A processor, or -1 for all (then <paramref name="processId"/> must be a process).</param>
    /// <param name="handle">The event.</param>
    internal static Errno TryOpen(ref PerfEventAttributes attributes, int processId, int cpu, out KernelHandle? handle)
    {
        attributes.Size = PerfEventAttributes.CurrentSize;
        int fd;
        fixed (PerfEventAttributes* address = &attributes) fd = (int)Libc.Syscall(s_number, (nint)address, processId, cpu, -1, CloseOnExec);
        handle = fd >= 0 ? new KernelHandle(fd) : null;
        return fd >= 0 ? Errno.None : Libc.LastErrno;
    }

    internal static Errno Enable(KernelHandle handle) => Control(handle, EnableEvent, 0);

    internal static Errno Disable(KernelHandle handle) => Control(handle, DisableEvent, 0);

    /// <summary>Runs a program at each occurrence, until the event is closed.</summary>
    internal static Errno SetProgram(KernelHandle handle, int programFd) => Control(handle, SetBpfProgram, programFd);

    private static Errno Control(KernelHandle handle, ulong request, nint argument)
    {
        int result = Libc.Ioctl(handle.Fd, request, argument);
        Errno errno = result >= 0 ? Errno.None : Libc.LastErrno;
        GC.KeepAlive(handle);
        return errno;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Net.Sockets;
using System.Runtime.InteropServices;
using Nectar.Bpf.Classic;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Network;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Links.Network;

/// <summary>
/// Programs of single sockets: filters, which decide how much of a packet the socket receives, and selectors, which choose among
/// the sockets that share an address. The kernel removes them with the socket.
/// </summary>
public static unsafe class SocketFilters
{
    private const int AttachFilter = 26, DetachFilter = 27, LockFilter = 44, AttachProgram = 50, ReuseportClassic = 51, ReuseportProgram = 52, DetachReuseport = 68;

    private static readonly (Errno, string)[] s_meanings =
    [
        (Errno.EPERM, "help: the socket's filter is locked (SO_LOCK_FILTER), which cannot be undone"),
        (Errno.EINVAL, "help: the program has the wrong type, or the classic program is not valid; selectors need SO_REUSEPORT on the socket before it is bound"),
        (Errno.ENOMEM, "help: raise net.core.optmem_max: the socket may not use this much memory for filters"),
        (Errno.ENOPROTOOPT, "help: sockets of this family have no such program"),
        (Errno.EOPNOTSUPP, "help: sockets of this kind have no such program"),
    ];

    /// <summary>Gives a socket a filter in place of any other (<c>SO_ATTACH_BPF</c>).</summary>
    /// <param name="program">A program of type SocketFilter; it returns the bytes to keep, 0 to drop the packet.</param>
    /// <param name="socket">The socket.</param>
    /// <exception cref="KernelException">The kernel refuses (NEC4206); the program has another type (NEC4212).</exception>
    public static BpfLink Attach(KernelProgram program, SafeHandle socket)
    {
        HookPrograms.Require(program, "a socket", ProgramType.SocketFilter);
        return Attach(program, socket, AttachProgram, DetachFilter, "filter");
    }

    /// <inheritdoc cref="Attach(KernelProgram, SafeHandle)"/>
    public static BpfLink Attach(KernelProgram program, Socket socket) => Attach(program, Handle(socket));

    /// <summary>Gives a socket a classic filter in place of any other (<c>SO_ATTACH_FILTER</c>); needs no privilege.</summary>
    /// <exception cref="KernelException">The kernel refuses (NEC4206).</exception>
    public static BpfLink Attach(ClassicProgram program, SafeHandle socket) => Attach(program, socket, AttachFilter, DetachFilter, "filter");

    /// <inheritdoc cref="Attach(ClassicProgram, SafeHandle)"/>
    public static BpfLink Attach(ClassicProgram program, Socket socket) => Attach(program, Handle(socket));

    /// <summary>Chooses among sockets that share an address (<c>SO_ATTACH_REUSEPORT_EBPF</c>): attached to one of them, it serves all.</summary>
    /// <param name="program">A program of type SkReuseport, which selects from a reuseport array, or SocketFilter, which returns an index.</param>
    /// <param name="socket">A socket with <c>SO_REUSEPORT</c>.</param>
    /// <exception cref="KernelException">The kernel refuses (NEC4206); the program has another type (NEC4212).</exception>
    public static BpfLink AttachReuseport(KernelProgram program, Socket socket)
    {
        HookPrograms.Require(program, "a reuseport group", ProgramType.SkReuseport, ProgramType.SocketFilter);
        return Attach(program, Handle(socket), ReuseportProgram, DetachReuseport, "reuseport selector");
    }

    /// <summary>As <see cref="AttachReuseport(KernelProgram, Socket)"/>, with a classic program that returns an index (<c>SO_ATTACH_REUSEPORT_CBPF</c>).</summary>
    /// <exception cref="KernelException">The kernel refuses (NEC4206).</exception>
    public static BpfLink AttachReuseport(ClassicProgram program, Socket socket) => Attach(program, Handle(socket), ReuseportClassic, DetachReuseport, "reuseport selector");

    /// <summary>Fixes the filter of a socket for good (<c>SO_LOCK_FILTER</c>): it can no longer be changed or removed, by a link's Dispose either.</summary>
    /// <exception cref="KernelException">The kernel refuses (NEC4206).</exception>
    public static void Lock(Socket socket)
    {
        int on = 1;
        Errno errno = Set(Handle(socket), LockFilter, &on, sizeof(int));
        if (errno != Errno.None) throw Refusal.Make(NetworkCodes.SocketFilter, "socket", "lock its filter", "setsockopt(SO_LOCK_FILTER)", errno);
    }

    internal static Errno Set(SafeHandle socket, int option, void* value, int length)
    {
        bool added = false;
        try
        {
            socket.DangerousAddRef(ref added);
            return Libc.SetSocketOption((int)socket.DangerousGetHandle(), Libc.SolSocket, option, value, length) == 0 ? Errno.None : Libc.LastErrno;
        }
        finally
        {
            if (added) socket.DangerousRelease();
        }
    }

    private static SafeHandle Handle(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return socket.SafeHandle;
    }

    private static SocketFilterLink Attach(KernelProgram program, SafeHandle socket, int option, int detach, string what)
    {
        ArgumentNullException.ThrowIfNull(socket);
        string hook = $"{what} of socket {socket.DangerousGetHandle()}";
        int fd = program.Fd;
        Errno errno = Set(socket, option, &fd, sizeof(int));
        GC.KeepAlive(program);
        return errno == Errno.None
            ? new SocketFilterLink(socket, option, detach, hook)
            : throw HookPrograms.Refuse(NetworkCodes.SocketFilter, program, hook, "setsockopt", errno, s_meanings);
    }

    private static SocketFilterLink Attach(ClassicProgram program, SafeHandle socket, int option, int detach, string what)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(socket);
        string hook = $"{what} of socket {socket.DangerousGetHandle()}";
        fixed (ClassicInstruction* code = program.Instructions)
        {
            ClassicFilter filter = new() { Length = (ushort)program.Instructions.Length, Code = code };
            Errno errno = Set(socket, option, &filter, sizeof(ClassicFilter));
            if (errno == Errno.None) return new SocketFilterLink(socket, option, detach, hook);
            List<string> notes = [.. s_meanings.Where(row => row.Item1 == errno).Select(row => row.Item2)];
            throw Refusal.Make(NetworkCodes.SocketFilter, "classic program", $"attach it to {hook}", "setsockopt", errno, [.. notes]);
        }
    }

    // struct sock_fprog
    [StructLayout(LayoutKind.Sequential)]
    private struct ClassicFilter
    {
        internal ushort Length;
        internal ClassicInstruction* Code;
    }
}

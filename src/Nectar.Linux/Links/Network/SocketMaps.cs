// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Net.Sockets;
using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Maps;
using Nectar.Linux.Network;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Links.Network;

/// <summary>
/// Programs of sockmaps and sockhashes, which see what their sockets send (sk_msg) and receive (sk_skb), and the sockets in these
/// maps and in reuseport arrays.
/// </summary>
public static class SocketMaps
{
    private static readonly (Errno, string)[] s_meanings =
    [
        (Errno.EBUSY, "help: the map has a program at this hook already; or a verdict and a stream_verdict exclude each other"),
        (Errno.EOPNOTSUPP, "help: the map must be a sockmap or sockhash, and its kind of program have this hook"),
        (Errno.EPERM, "help: needs CAP_NET_ADMIN and CAP_BPF"),
    ];

    /// <summary>Attaches a program to a sockmap or sockhash: by a link (kernel 6.10), else the older way, and <see cref="BpfLink.Fallback"/> says so.</summary>
    /// <param name="program">A program of type SkMsg or SkSkb.</param>
    /// <param name="map">The map.</param>
    /// <param name="hook">The hook, for programs that do not say; null for the program's own.</param>
    /// <exception cref="KernelException">The kernel refuses (NEC4208); the program has another type (NEC4212).</exception>
    public static BpfLink Attach(KernelProgram program, KernelMap map, AttachType? hook = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        HookPrograms.Require(program, $"map '{map.Name}'", ProgramType.SkMsg, ProgramType.SkSkb);
        AttachType type = hook ?? program.ExpectedAttachType ?? (program.Type == ProgramType.SkMsg ? AttachType.SkMsgVerdict : AttachType.SkSkbStreamVerdict);
        string name = $"{type} of map '{map.Name}'";
        LinkCreateAttributes attributes = new() { TargetFdOrInterface = (uint)map.Handle.Fd };
        Errno errno = KernelLink.TryCreate(program, type, ref attributes, name, out KernelLink? link);
        if (errno == Errno.None) return link!;
        // Before 6.10 the kernel knows no links for these attach types: EINVAL
        return errno == Errno.EINVAL
            ? SocketMapProgramLink.Attach(program, map, type, name, "without a link, because this kernel has none for maps of sockets (needs 6.10)")
            : throw Refuse(program, name, "bpf(BPF_LINK_CREATE)", errno);
    }

    /// <summary>As <see cref="Attach"/>, the older way (<c>BPF_PROG_ATTACH</c>). The program then lives as long as the map.</summary>
    public static BpfLink AttachWithoutLink(KernelProgram program, KernelMap map, AttachType? hook = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        HookPrograms.Require(program, $"map '{map.Name}'", ProgramType.SkMsg, ProgramType.SkSkb);
        AttachType type = hook ?? program.ExpectedAttachType ?? (program.Type == ProgramType.SkMsg ? AttachType.SkMsgVerdict : AttachType.SkSkbStreamVerdict);
        return SocketMapProgramLink.Attach(program, map, type, $"{type} of map '{map.Name}'", null);
    }

    /// <summary>The program at a hook of a map (kernel 5.18).</summary>
    /// <exception cref="KernelException">It is no map of sockets, or the kernel does not tell (NEC4214).</exception>
    public static AttachedPrograms Query(KernelMap map, AttachType hook)
    {
        ArgumentNullException.ThrowIfNull(map);
        return AttachedPrograms.Query(map.Handle.Fd, hook, $"{hook} of map '{map.Name}'");
    }

    /// <summary>Puts a socket into a sockmap, sockhash or reuseport array.</summary>
    /// <param name="map">The map, with values of 4 or 8 bytes.</param>
    /// <param name="key">The place.</param>
    /// <param name="socket">A TCP socket that is connected or listens, a UDP or Unix socket, as the kernel supports.</param>
    /// <exception cref="KernelException">The kernel refuses the socket (NEC4208).</exception>
    public static void Set<TKey>(KernelMap map, TKey key, Socket socket)
        where TKey : unmanaged
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(socket);
        Span<byte> value = stackalloc byte[8];
        value.Clear();
        MemoryMarshal.Write(value, (int)socket.SafeHandle.DangerousGetHandle());
        Errno errno = map.Update(MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(in key)), value[..(int)Math.Min(8, map.Definition.ValueSize)]);
        GC.KeepAlive(socket);
        if (errno != Errno.None)
        {
            throw Refusal.Make(NetworkCodes.SocketMap, $"map '{map.Name}'", $"put a socket into it at {key}", "bpf(BPF_MAP_UPDATE_ELEM)", errno,
                "note: TCP sockets must be connected or listen, and reuseport arrays take bound sockets with SO_REUSEPORT");
        }
    }

    internal static KernelException Refuse(KernelProgram program, string hook, string call, Errno errno) =>
        HookPrograms.Refuse(NetworkCodes.SocketMap, program, hook, call, errno, s_meanings);
}

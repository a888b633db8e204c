// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Features;
using Nectar.Linux.Network;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Links.Network;

/// <summary>Programs at the traffic control hooks of an interface.</summary>
public static class Tc
{
    private const string CreateCall = "bpf(BPF_LINK_CREATE)";

    private static readonly (Errno, string)[] s_meanings =
    [
        (Errno.ESTALE, "help: the programs of the hook changed since their revision was read; read it again"),
        (Errno.ENOENT, "help: the program or link that the order names is not at this hook"),
        (Errno.EEXIST, "help: the program is at this hook already, or a filter has this priority and handle"),
        (Errno.EBUSY, "help: another program holds this place"),
        (Errno.ERANGE, "note: the hook has as many programs as it may have (63)"),
        (Errno.ENODEV, "help: the interface has gone, or is in another network namespace than this thread"),
        (Errno.EPERM, "help: needs CAP_NET_ADMIN and CAP_BPF"),
    ];

    /// <summary>Attaches a program to an interface.</summary>
    /// <param name="program">A program of type SchedCls.</param>
    /// <param name="interfaceName">An interface of this thread's network namespace.</param>
    /// <param name="direction">Which packets it sees.</param>
    /// <param name="options">Link or filter, and its place.</param>
    /// <exception cref="KernelException">The kernel refuses (NEC4204), the interface is not there (NEC4201), the program has another type (NEC4212).</exception>
    /// <exception cref="FeatureMissingException">tcx was demanded, and the kernel is older than 6.6 (NEC4601).</exception>
    public static BpfLink Attach(KernelProgram program, string interfaceName, TcDirection direction, TcOptions options = default) =>
        Attach(program, NetworkInterfaces.IndexOf(interfaceName), $"interface '{interfaceName}'", direction, options);

    /// <inheritdoc cref="Attach(KernelProgram, string, TcDirection, TcOptions)"/>
    public static BpfLink Attach(KernelProgram program, int interfaceIndex, TcDirection direction, TcOptions options = default) =>
        Attach(program, interfaceIndex, NetworkInterfaces.Describe(interfaceIndex), direction, options);

    private static BpfLink Attach(KernelProgram program, int interfaceIndex, string name, TcDirection direction, TcOptions options)
    {
        HookPrograms.Require(program, "tc", ProgramType.SchedCls);
        if (options.Method == TcMethod.Filter) return TcFilterLink.Attach(program, interfaceIndex, direction, options, null);
        AttachType type = direction == TcDirection.Ingress ? AttachType.TcxIngress : AttachType.TcxEgress;
        string hook = $"tcx {Name(direction)} on {name}";
        Errno errno = TryLink(program, interfaceIndex, type, options.Order, options.ExpectedRevision, hook, out KernelLink? link);
        if (errno == Errno.None) return link!;
        if (errno == Errno.EINVAL && !Exists(interfaceIndex, type))
        {
            if (options.Method == TcMethod.Tcx || !options.Order.IsDefault || options.ExpectedRevision != 0) throw HookPrograms.Missing(Feature.TcxLink, program, hook, errno);
            return TcFilterLink.Attach(program, interfaceIndex, direction, options, "a filter of the clsact qdisc, because this kernel has no tcx links (needs 6.6)");
        }

        throw Refuse(program, hook, CreateCall, errno);
    }

    /// <summary>The tcx programs of an interface, in order (kernel 6.6).</summary>
    /// <exception cref="KernelException">The interface or the hook is not there (NEC4214).</exception>
    public static AttachedPrograms Query(int interfaceIndex, TcDirection direction) =>
        AttachedPrograms.Query(interfaceIndex, direction == TcDirection.Ingress ? AttachType.TcxIngress : AttachType.TcxEgress, $"tcx {Name(direction)} on {NetworkInterfaces.Describe(interfaceIndex)}");

    /// <inheritdoc cref="Query(int, TcDirection)"/>
    public static AttachedPrograms Query(string interfaceName, TcDirection direction) => Query(NetworkInterfaces.IndexOf(interfaceName), direction);

    /// <summary>The programs that are filters of the clsact qdisc, in the kernel's order; empty without the qdisc.</summary>
    /// <exception cref="KernelException">The interface is not there (NEC4204).</exception>
    public static IReadOnlyList<TcFilter> QueryFilters(int interfaceIndex, TcDirection direction)
    {
        using NetlinkSocket socket = NetlinkSocket.Open();
        return Clsact.Filters(socket, interfaceIndex, direction);
    }

    /// <inheritdoc cref="QueryFilters(int, TcDirection)"/>
    public static IReadOnlyList<TcFilter> QueryFilters(string interfaceName, TcDirection direction) => QueryFilters(NetworkInterfaces.IndexOf(interfaceName), direction);

    /// <summary>The direction in words.</summary>
    internal static string Name(TcDirection direction) => direction == TcDirection.Ingress ? "ingress" : "egress";

    internal static KernelException Refuse(KernelProgram program, string hook, string call, Errno errno, string? reason = null) =>
        HookPrograms.Refuse(NetworkCodes.Tc, program, hook, call, errno, s_meanings, reason);

    internal static Errno TryLink(KernelProgram program, int interfaceIndex, AttachType type, AttachOrder order, ulong revision, string hook, out KernelLink? link)
    {
        LinkCreateAttributes attributes = new()
        {
            TargetFdOrInterface = (uint)interfaceIndex,
            Flags = order.Flags,
            RelativeFdOrId = order.Relative,
            ExpectedRevision = revision,
        };
        Errno errno = KernelLink.TryCreate(program, type, ref attributes, hook, out link);
        order.KeepAlive();
        return errno;
    }

    /// <summary>True if the kernel has the hook: it answers EINVAL to the question for hooks that it does not know.</summary>
    internal static bool Exists(int interfaceIndex, AttachType type) => AttachedPrograms.TryQuery(interfaceIndex, type, 0, out _) != Errno.EINVAL;
}

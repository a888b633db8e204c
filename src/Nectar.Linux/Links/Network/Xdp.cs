// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Network;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Links.Network;

/// <summary>XDP: programs that see each packet of an interface first.</summary>
public static class Xdp
{
    private const uint SkbMode = 2, DriverMode = 4, HardwareMode = 8; // XDP_FLAGS_*

    private static readonly (Errno, string)[] s_meanings =
    [
        (Errno.EBUSY, "help: another XDP program is on the interface; detach it, update its link, or replace it over netlink (`ip link` shows it)"),
        (Errno.EEXIST, "help: another XDP program is on the interface, or not the expected one; `ip link` shows it"),
        (Errno.EOPNOTSUPP, "help: the interface's driver has no such mode; the generic mode works everywhere"),
        (Errno.EINVAL, "note: the driver refuses the program in this mode: packets of the interface's MTU may be too long for a program without fragments (section xdp.frags), or the program is for a device map"),
        (Errno.ERANGE, "help: the interface's MTU is too large for native XDP; load the program with fragments (section xdp.frags) or lower the MTU"),
        (Errno.ENODEV, "help: the interface has gone, or is in another network namespace than this thread"),
        (Errno.EPERM, "help: needs CAP_NET_ADMIN and CAP_BPF"),
    ];

    /// <summary>Attaches a program to an interface.</summary>
    /// <param name="program">A program of type XDP.</param>
    /// <param name="interfaceName">An interface of this thread's network namespace.</param>
    /// <param name="options">Where it runs and how it is attached.</param>
    /// <exception cref="KernelException">The kernel refuses (NEC4203), the interface is not there (NEC4201), the program has another type (NEC4212).</exception>
    public static BpfLink Attach(KernelProgram program, string interfaceName, XdpOptions options = default) =>
        Attach(program, NetworkInterfaces.IndexOf(interfaceName), interfaceName, options);

    /// <inheritdoc cref="Attach(KernelProgram, string, XdpOptions)"/>
    public static BpfLink Attach(KernelProgram program, int interfaceIndex, XdpOptions options = default) =>
        Attach(program, interfaceIndex, NetworkInterfaces.NameOf(interfaceIndex), options);

    /// <summary>What is attached to an interface.</summary>
    /// <exception cref="KernelException">The interface is not there (NEC4201).</exception>
    public static XdpState Query(string interfaceName) => Query(NetworkInterfaces.IndexOf(interfaceName));

    /// <inheritdoc cref="Query(string)"/>
    public static XdpState Query(int interfaceIndex) => NetworkInterfaces.Get(interfaceIndex).Xdp;

    /// <summary>Takes the program of a mode off an interface, whoever attached it over netlink; links detach themselves.</summary>
    /// <param name="interfaceName">An interface of this thread's network namespace.</param>
    /// <param name="mode">The mode; automatic is whichever there is.</param>
    /// <exception cref="KernelException">The kernel refuses (NEC4203), or the interface is not there (NEC4201).</exception>
    public static void Detach(string interfaceName, XdpMode mode = XdpMode.Automatic)
    {
        int index = NetworkInterfaces.IndexOf(interfaceName);
        XdpNetlinkLink.Remove(index, mode, $"xdp on interface '{interfaceName}'");
    }

    internal static uint Flags(XdpMode mode) => mode switch
    {
        XdpMode.Native => DriverMode,
        XdpMode.Generic => SkbMode,
        XdpMode.Offload => HardwareMode,
        _ => 0,
    };

    internal static KernelException Refuse(KernelProgram program, string hook, string call, Errno errno, string? reason = null) =>
        HookPrograms.Refuse(NetworkCodes.Xdp, program, hook, call, errno, s_meanings, reason);

    private static BpfLink Attach(KernelProgram program, int interfaceIndex, string? name, XdpOptions options)
    {
        HookPrograms.Require(program, "xdp", ProgramType.Xdp);
        XdpMode mode = options.Mode == XdpMode.Automatic ? XdpMode.Native : options.Mode;
        Errno errno = Try(program, interfaceIndex, name, options, mode, null, out BpfLink? link, out string? reason);
        if (options.Mode == XdpMode.Automatic && errno is Errno.EOPNOTSUPP or Errno.ENOTSUPP or Errno.EINVAL or Errno.ERANGE or Errno.E2BIG)
        {
            mode = XdpMode.Generic;
            errno = Try(program, interfaceIndex, name, options, mode, $"generic mode, because the driver refuses native mode ({errno})", out link, out reason);
        }

        return link ?? throw Refuse(program, Hook(interfaceIndex, name, mode), options.UseNetlink ? "rtnetlink(RTM_SETLINK)" : "bpf(BPF_LINK_CREATE)", errno, reason);
    }

    private static Errno Try(KernelProgram program, int interfaceIndex, string? name, XdpOptions options, XdpMode mode, string? fallback, out BpfLink? link, out string? reason)
    {
        string hook = Hook(interfaceIndex, name, mode);
        if (options.UseNetlink) return XdpNetlinkLink.TryAttach(program, interfaceIndex, mode, options, hook, fallback, out link, out reason);
        reason = null;
        LinkCreateAttributes attributes = new() { TargetFdOrInterface = (uint)interfaceIndex, Flags = Flags(mode) };
        Errno errno = KernelLink.TryCreate(program, AttachType.Xdp, ref attributes, hook, out KernelLink? made, fallback);
        link = made;
        return errno;
    }

    private static string Hook(int interfaceIndex, string? name, XdpMode mode)
    {
        string where = mode switch { XdpMode.Native => "native", XdpMode.Generic => "generic", _ => "offload" };
        return name is null ? string.Create(CultureInfo.InvariantCulture, $"xdp ({where}) on interface {interfaceIndex}") : $"xdp ({where}) on interface '{name}'";
    }
}

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

/// <summary>Where in the way of a packet through the host (<c>enum nf_inet_hooks</c>).</summary>
public enum NetfilterHook
{
    /// <summary>All that arrive, before routing.</summary>
    PreRouting = 0,

    /// <summary>Those for this host.</summary>
    LocalIn = 1,

    /// <summary>Those that are passed on.</summary>
    Forward = 2,

    /// <summary>Those that this host sends.</summary>
    LocalOut = 3,

    /// <summary>All that leave, after routing.</summary>
    PostRouting = 4,
}

/// <summary>How a netfilter program is attached.</summary>
public readonly record struct NetfilterOptions
{
    /// <summary>Makes the default: priority 0.</summary>
    public NetfilterOptions()
    {
    }

    /// <summary>
    /// The place among all netfilter hooks, the lower the earlier: conntrack is at -200, filter tables at 0. The smallest and the
    /// largest number are not allowed.
    /// </summary>
    public int Priority { get; init; }

    /// <summary>Put fragments together before the program sees the packet; the priority must then be above -400.</summary>
    public bool Defragment { get; init; }
}

/// <summary>Programs at netfilter hooks of this thread's network namespace (kernel 6.4).</summary>
public static class Netfilter
{
    private const uint IpDefragment = 1; // BPF_F_NETFILTER_IP_DEFRAG

    private static readonly (Errno, string)[] s_meanings =
    [
        (Errno.ERANGE, "help: the priority must lie between the smallest and the largest number, and above -400 with defragmenting"),
        (Errno.EBUSY, "help: another hook has exactly this priority; choose another one"),
        (Errno.EAFNOSUPPORT, "note: this kernel is built without the support for defragmenting packets of this family"),
        (Errno.EPERM, "help: needs CAP_NET_ADMIN and CAP_BPF"),
    ];

    /// <summary>Attaches a program.</summary>
    /// <param name="program">A program of type Netfilter.</param>
    /// <param name="isIPv6">The family of packets.</param>
    /// <param name="hook">Where it sees them.</param>
    /// <param name="options">Priority and defragmenting.</param>
    /// <exception cref="KernelException">The kernel refuses (NEC4209); the program has another type (NEC4212).</exception>
    /// <exception cref="FeatureMissingException">The kernel is older than 6.4 or built without (NEC4601 to NEC4605).</exception>
    public static KernelLink Attach(KernelProgram program, bool isIPv6, NetfilterHook hook, NetfilterOptions options = default)
    {
        const uint IPv4 = 2, IPv6 = 10; // NFPROTO_*
        string name = $"netfilter {(isIPv6 ? "ip6" : "ip")} {hook}, priority {options.Priority}";
        HookPrograms.Require(program, name, ProgramType.Netfilter);
        LinkCreateAttributes attributes = new()
        {
            NetfilterFamily = isIPv6 ? IPv6 : IPv4,
            NetfilterHook = (uint)hook,
            NetfilterPriority = options.Priority,
            NetfilterFlags = options.Defragment ? IpDefragment : 0,
        };
        Errno errno = KernelLink.TryCreate(program, AttachType.Netfilter, ref attributes, name, out KernelLink? link);
        if (errno == Errno.EINVAL) throw HookPrograms.Missing(Feature.NetfilterLink, program, name, errno);
        return errno == Errno.None ? link! : throw HookPrograms.Refuse(NetworkCodes.Netfilter, program, name, "bpf(BPF_LINK_CREATE)", errno, s_meanings);
    }
}

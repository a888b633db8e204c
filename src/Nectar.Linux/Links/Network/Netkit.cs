// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Features;
using Nectar.Linux.Network;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Links.Network;

/// <summary>Programs of netkit devices (kernel 6.7, <c>CONFIG_NETKIT</c>): pairs of interfaces whose packets a program passes on.</summary>
public static class Netkit
{
    /// <summary>Attaches a program to a netkit device.</summary>
    /// <param name="program">A program of type SchedCls.</param>
    /// <param name="interfaceName">The primary device of the pair.</param>
    /// <param name="peer">True for packets that the peer sends, false for those of the primary device.</param>
    /// <param name="order">The place among the programs that are there.</param>
    /// <param name="expectedRevision">As <see cref="TcOptions.ExpectedRevision"/>.</param>
    /// <exception cref="KernelException">The kernel refuses (NEC4204), as for devices of another kind.</exception>
    /// <exception cref="FeatureMissingException">The kernel has no netkit devices (NEC4601 to NEC4605).</exception>
    public static KernelLink Attach(KernelProgram program, string interfaceName, bool peer = false, AttachOrder order = default, ulong expectedRevision = 0)
    {
        HookPrograms.Require(program, "netkit", ProgramType.SchedCls);
        int index = NetworkInterfaces.IndexOf(interfaceName);
        AttachType type = Type(peer);
        string hook = $"netkit {(peer ? "peer" : "primary")} of interface '{interfaceName}'";
        Errno errno = Tc.TryLink(program, index, type, order, expectedRevision, hook, out KernelLink? link);
        if (errno == Errno.None) return link!;
        if (errno == Errno.EINVAL && !Tc.Exists(index, type)) throw HookPrograms.Missing(Feature.NetkitLink, program, hook, errno);
        throw Tc.Refuse(program, hook, "bpf(BPF_LINK_CREATE)", errno, NetworkInterfaces.Get(index).Kind == "netkit" ? null : "it is not a netkit device");
    }

    /// <summary>The programs of a netkit device, in order.</summary>
    /// <exception cref="KernelException">It is not a netkit device (NEC4214).</exception>
    public static AttachedPrograms Query(string interfaceName, bool peer = false) =>
        AttachedPrograms.Query(NetworkInterfaces.IndexOf(interfaceName), Type(peer), $"netkit {(peer ? "peer" : "primary")} of interface '{interfaceName}'");

    private static AttachType Type(bool peer) => peer ? AttachType.NetkitPeer : AttachType.NetkitPrimary;
}

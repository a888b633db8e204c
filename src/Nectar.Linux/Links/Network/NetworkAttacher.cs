// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Net;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Links.Cgroup;
using Nectar.Linux.Maps;
using Nectar.Linux.Network;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Links.Network;

/// <summary>
/// Attaches programs of network and cgroup types by what they say about themselves and one word from the user: an interface, a
/// cgroup, a map. This is what automatic attachment and the command use.
/// </summary>
internal static class NetworkAttacher
{
    private delegate BpfLink Attacher(KernelProgram program, string target, string[] words);

    // Type of program, what the user must name, whether leaving it out means something, how it is attached.
    private static readonly (ProgramType Type, string Target, bool IsOptional, Attacher Attach)[] s_rows =
    [
        (ProgramType.Xdp, "INTERFACE[:native|:generic|:offload]", false, (p, _, w) => Xdp.Attach(p, w[0], new XdpOptions { Mode = Mode(w) })),
        (ProgramType.SchedCls, "INTERFACE[:ingress|:egress][:filter]", false, (p, _, w) => AttachTc(p, w)),
        (ProgramType.SchedAct, "INTERFACE[:ingress|:egress]", false, (p, _, w) => TcActions.Attach(p, w[0], Direction(p, w))),
        (ProgramType.SkLookup, "a network namespace's file (this one, if left out)", true, (p, t, _) => NetworkNamespaces.Attach(p, t.Length == 0 ? null : t)),
        (ProgramType.FlowDissector, "a network namespace's file (this one, if left out)", true, (p, t, _) => NetworkNamespaces.Attach(p, t.Length == 0 ? null : t)),
        (ProgramType.Netfilter, "ip|ip6:HOOK[:PRIORITY[:defrag]], HOOK one of prerouting, localin, forward, localout, postrouting", false, (p, t, w) => AttachNetfilter(p, t, w)),
        (ProgramType.SkMsg, "the path of a pinned sockmap, or the id of one", false, (p, t, _) => AttachToMap(p, t)),
        (ProgramType.SkSkb, "the path of a pinned sockmap, or the id of one", false, (p, t, _) => AttachToMap(p, t)),
        (ProgramType.LwtIn, "PREFIX@INTERFACE", false, (p, t, _) => AttachRoute(p, t)),
        (ProgramType.LwtOut, "PREFIX@INTERFACE", false, (p, t, _) => AttachRoute(p, t)),
        (ProgramType.LwtXmit, "PREFIX@INTERFACE", false, (p, t, _) => AttachRoute(p, t)),
        (ProgramType.LwtSeg6local, "PREFIX@INTERFACE", false, (p, t, _) => AttachRoute(p, t)),
        .. new[]
        {
            ProgramType.CgroupSkb, ProgramType.CgroupSock, ProgramType.CgroupSockAddr, ProgramType.CgroupSockOpt, ProgramType.CgroupSysctl, ProgramType.CgroupDevice, ProgramType.SockOps,
        }.Select(type => (type, "the path of a cgroup", false, (Attacher)((p, t, _) => Cgroups.Attach(p, t)))),
    ];

    /// <summary>True for types that are attached here; XDP programs of device and CPU maps are entries of maps instead, and socket filters belong to a socket.</summary>
    internal static bool CanAttach(KernelProgram program) =>
        Array.Exists(s_rows, row => row.Type == program.Type) && program.ExpectedAttachType is not (AttachType.XdpDevMap or AttachType.XdpCpuMap)
        || program is { Type: ProgramType.Lsm, ExpectedAttachType: AttachType.LsmCgroup };

    /// <summary>True if the user must say where.</summary>
    internal static bool NeedsTarget(KernelProgram program) => Array.Find(s_rows, row => row.Type == program.Type) is not { IsOptional: true };

    /// <summary>Attaches a program.</summary>
    /// <param name="program">A program for which <see cref="CanAttach"/> holds.</param>
    /// <param name="target">Where, in the form of the table above; null if the user named nothing.</param>
    /// <exception cref="KernelException">The target is missing or has another form (NEC4215), or it cannot be attached there.</exception>
    internal static BpfLink Attach(KernelProgram program, string? target)
    {
        if (program.Type == ProgramType.Lsm) return Cgroups.Attach(program, target ?? throw Unclear(program, "", "the path of a cgroup"));
        (ProgramType _, string form, bool isOptional, Attacher attach) = Array.Find(s_rows, row => row.Type == program.Type);
        if (attach is null || (string.IsNullOrEmpty(target) && !isOptional)) throw Unclear(program, target ?? "", form ?? "nothing that it could be attached to");
        return attach(program, target ?? "", (target ?? "").Split(':'));
    }

    private static XdpMode Mode(string[] words) =>
        words.Contains("native") ? XdpMode.Native : words.Contains("generic") ? XdpMode.Generic : words.Contains("offload") ? XdpMode.Offload : XdpMode.Automatic;

    private static TcDirection Direction(KernelProgram program, string[] words) =>
        words.Contains("egress") || (program.ExpectedAttachType == AttachType.TcxEgress && !words.Contains("ingress")) ? TcDirection.Egress : TcDirection.Ingress;

    private static BpfLink AttachTc(KernelProgram program, string[] words) => program.ExpectedAttachType switch
    {
        AttachType.NetkitPrimary or AttachType.NetkitPeer => Netkit.Attach(program, words[0], program.ExpectedAttachType == AttachType.NetkitPeer),
        _ => Tc.Attach(program, words[0], Direction(program, words), new TcOptions { Method = words.Contains("filter") ? TcMethod.Filter : TcMethod.Automatic }),
    };

    private static KernelLink AttachNetfilter(KernelProgram program, string target, string[] words)
    {
        int priority = 0;
        if (words.Length < 2 || words[0] is not ("ip" or "ip6") || !Enum.TryParse(words[1], ignoreCase: true, out NetfilterHook hook) || !Enum.IsDefined(hook)
            || (words.Length > 2 && !int.TryParse(words[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out priority)))
        {
            throw Unclear(program, target, s_rows.First(row => row.Type == ProgramType.Netfilter).Target);
        }

        return Netfilter.Attach(program, words[0] == "ip6", hook, new NetfilterOptions { Priority = priority, Defragment = words.Contains("defrag") });
    }

    private static BpfLink AttachToMap(KernelProgram program, string target)
    {
        using KernelMap map = uint.TryParse(target, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) ? KernelMap.OpenById(id) : KernelMap.OpenPinned(target);
        return SocketMaps.Attach(program, map);
    }

    private static BpfLink AttachRoute(KernelProgram program, string target)
    {
        string[] parts = target.Split('@');
        return parts.Length == 2 && IPNetwork.TryParse(parts[0], out IPNetwork network)
            ? LightweightTunnels.Attach(program, network, parts[1])
            : throw Unclear(program, target, "PREFIX@INTERFACE");
    }

    private static KernelException Unclear(KernelProgram program, string target, string form) =>
        new(Diagnostic.Error(NetworkCodes.Target, $"program '{program.Name}': attach it to '{target}': programs of type {program.Type} are attached to {form}"), Errno.None, "attach", program.Name);
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Network;
using Nectar.Linux.Network;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Inspection;

/// <summary>A program at a network hook.</summary>
/// <param name="Interface">The interface; empty for hooks of the whole namespace.</param>
/// <param name="InterfaceIndex">Its number; 0 for none.</param>
/// <param name="Hook">Where: <c>generic</c>, <c>driver</c>, <c>tcx/ingress</c>, <c>clsact/egress</c>, <c>sk_lookup</c>, …</param>
/// <param name="ProgramId">The program.</param>
/// <param name="Name">The program's name.</param>
/// <param name="LinkId">The link that holds it there; 0 for none or unknown.</param>
public sealed record NetworkHookProgram(string Interface, int InterfaceIndex, string Hook, uint ProgramId, string Name, uint LinkId);

/// <summary>All programs at the network hooks of this thread's namespace.</summary>
public sealed record NetworkHooks(
    IReadOnlyList<NetworkHookProgram> Xdp,
    IReadOnlyList<NetworkHookProgram> Tc,
    IReadOnlyList<NetworkHookProgram> FlowDissector,
    IReadOnlyList<NetworkHookProgram> SocketLookup,
    IReadOnlyList<LinkInfo> Netfilter)
{
    /// <summary>Looks at all hooks.</summary>
    /// <param name="interfaceName">Only this interface; null for all.</param>
    /// <exception cref="Bpf.Diagnostics.KernelException">The interface is not there (NEC4201), or the kernel does not tell (NEC4202).</exception>
    public static NetworkHooks Read(string? interfaceName = null)
    {
        List<NetworkHookProgram> xdp = [], tc = [];
        IReadOnlyList<NetworkInterfaceInfo> interfaces = interfaceName is null ? NetworkInterfaces.List() : [NetworkInterfaces.Get(NetworkInterfaces.IndexOf(interfaceName))];
        foreach (NetworkInterfaceInfo info in interfaces)
        {
            foreach ((XdpMode mode, string name) in new[] { (XdpMode.Native, "driver"), (XdpMode.Generic, "generic"), (XdpMode.Offload, "offload") })
            {
                if (info.Xdp.ProgramId(mode) is > 0 and var id) xdp.Add(new NetworkHookProgram(info.Name, info.Index, name, id, NameOf(id), 0));
            }

            foreach ((AttachType type, string name) in new[]
            {
                (AttachType.TcxIngress, "tcx/ingress"), (AttachType.TcxEgress, "tcx/egress"), (AttachType.NetkitPrimary, "netkit/primary"), (AttachType.NetkitPeer, "netkit/peer"),
            })
            {
                if (AttachedPrograms.TryQuery(info.Index, type, 0, out AttachedPrograms? attached) != Errno.None) continue;
                tc.AddRange(attached!.Programs.Select(program => new NetworkHookProgram(info.Name, info.Index, name, program.ProgramId, NameOf(program.ProgramId), program.LinkId)));
            }

            foreach (TcDirection direction in new[] { TcDirection.Ingress, TcDirection.Egress })
            {
                tc.AddRange(Links.Network.Tc.QueryFilters(info.Index, direction)
                    .Select(filter => new NetworkHookProgram(info.Name, info.Index, $"clsact/{direction.ToString().ToLowerInvariant()}", filter.ProgramId, filter.Name, 0)));
            }
        }

        return new NetworkHooks(xdp, tc, OfNamespace(AttachType.FlowDissector), OfNamespace(AttachType.SkLookup), [.. LinkInfo.ReadAll().Where(link => link.Type == LinkType.Netfilter)]);
    }

    private static NetworkHookProgram[] OfNamespace(AttachType type)
    {
        try
        {
            return [.. NetworkNamespaces.Query(type).Programs.Select(program => new NetworkHookProgram("", 0, KindNames.Of(type), program.ProgramId, NameOf(program.ProgramId), program.LinkId))];
        }
        catch (Bpf.Diagnostics.KernelException problem) when (problem.Errno is Errno.EINVAL or Errno.EPERM)
        {
            return []; // the kernel does not have the hook
        }
    }

    private static string NameOf(uint id)
    {
        try
        {
            return ProgramInfo.ReadById(id).Name;
        }
        catch (Bpf.Diagnostics.KernelException)
        {
            return ""; // it ended meanwhile
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Features;
using Nectar.Linux.Network;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Links.Network;

/// <summary>
/// Programs as tc actions (<c>act_bpf</c>, <c>CONFIG_NET_ACT_BPF</c>): the older form, in which a filter selects packets and an action
/// decides. Here the filter matches all packets. <see cref="Tc"/> does the same without the detour.
/// </summary>
public static class TcActions
{
    /// <summary>Attaches a program to an interface.</summary>
    /// <param name="program">A program of type SchedAct.</param>
    /// <param name="interfaceName">An interface of this thread's network namespace.</param>
    /// <param name="direction">Which packets it sees.</param>
    /// <param name="priority">The filter's priority, 1 to 65535; 0 lets the kernel choose.</param>
    /// <exception cref="KernelException">The kernel refuses (NEC4204); the interface is not there (NEC4201); the program has another type (NEC4212).</exception>
    /// <exception cref="FeatureMissingException">The kernel has no such actions (NEC4601 to NEC4605).</exception>
    public static BpfLink Attach(KernelProgram program, string interfaceName, TcDirection direction, ushort priority = 0)
    {
        HookPrograms.Require(program, "a tc action", ProgramType.SchedAct);
        int index = NetworkInterfaces.IndexOf(interfaceName);
        string hook = $"tc action {Tc.Name(direction)} on interface '{interfaceName}'";
        NetlinkSocket socket = NetlinkSocket.Open();
        Errno errno = Clsact.Acquire(socket, index, out string? reason);
        if (errno == Errno.None)
        {
            uint handle = 1;
            errno = Clsact.AddAction(socket, index, direction, program, ref priority, ref handle, out reason);
            if (errno == Errno.None) return new TcActionLink(socket, index, direction, priority, handle, hook);
            Clsact.Release(socket, index);
        }

        socket.Dispose();
        throw errno is Errno.ENOENT
            ? HookPrograms.Missing(Feature.TcAction, program, hook, errno)
            : Tc.Refuse(program, hook, "rtnetlink(RTM_NEWTFILTER)", errno, reason);
    }
}

/// <summary>A filter for all packets with a program as its action. The kernel keeps it when the process is killed.</summary>
internal sealed class TcActionLink(NetlinkSocket socket, int interfaceIndex, TcDirection direction, ushort priority, uint handle, string target) : BpfLink(target)
{
    public override bool IsAttached => !IsDisposed && NetworkInterfaces.TryGet(socket, interfaceIndex, out _) is not null;

    protected override void Detach()
    {
        _ = Clsact.Remove(socket, interfaceIndex, direction, priority, handle, "matchall");
        Clsact.Release(socket, interfaceIndex);
        socket.Dispose();
    }
}

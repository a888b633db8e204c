// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Linux.Network;

/// <summary>The codes of network and cgroup hooks (docs/diagnostics/network.md).</summary>
internal static class NetworkCodes
{
    /// <summary>There is no such network interface.</summary>
    internal static readonly DiagnosticCode Interface = new(4201);

    /// <summary>The kernel's network configuration (rtnetlink) refused a request.</summary>
    internal static readonly DiagnosticCode Netlink = new(4202);

    /// <summary>An XDP program could not be attached, or a map entry for XDP could not be set.</summary>
    internal static readonly DiagnosticCode Xdp = new(4203);

    /// <summary>A tc program could not be attached.</summary>
    internal static readonly DiagnosticCode Tc = new(4204);

    /// <summary>A cgroup program could not be attached, or the cgroup is not there.</summary>
    internal static readonly DiagnosticCode Cgroup = new(4205);

    /// <summary>A socket refused a filter.</summary>
    internal static readonly DiagnosticCode SocketFilter = new(4206);

    /// <summary>A program could not be attached to a network namespace.</summary>
    internal static readonly DiagnosticCode Namespace = new(4207);

    /// <summary>A program could not be attached to a map of sockets, or a socket could not be put into one.</summary>
    internal static readonly DiagnosticCode SocketMap = new(4208);

    /// <summary>A netfilter program could not be attached.</summary>
    internal static readonly DiagnosticCode Netfilter = new(4209);

    /// <summary>A route with a program could not be made.</summary>
    internal static readonly DiagnosticCode Route = new(4210);

    /// <summary>An AF_XDP socket could not be made.</summary>
    internal static readonly DiagnosticCode Xsk = new(4211);

    /// <summary>The program's type is not that of the hook.</summary>
    internal static readonly DiagnosticCode ProgramType = new(4212);

    /// <summary>The hook is missing in this kernel.</summary>
    internal static readonly DiagnosticCode MissingHook = new(4213);

    /// <summary>What is attached at a hook could not be read.</summary>
    internal static readonly DiagnosticCode Query = new(4214);

    /// <summary>The target of a program was not named, or is not of the form that its type needs.</summary>
    internal static readonly DiagnosticCode Target = new(4215);
}

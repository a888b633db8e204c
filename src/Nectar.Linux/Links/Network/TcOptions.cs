// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Links.Network;

/// <summary>Which packets of an interface a tc program sees.</summary>
public enum TcDirection
{
    /// <summary>Packets that arrive.</summary>
    Ingress,

    /// <summary>Packets that leave.</summary>
    Egress,
}

/// <summary>How a tc program is attached.</summary>
public enum TcMethod
{
    /// <summary>A tcx link (kernel 6.6); on older kernels a filter, and <see cref="BpfLink.Fallback"/> says so.</summary>
    Automatic,

    /// <summary>A tcx link, or nothing.</summary>
    Tcx,

    /// <summary>
    /// A direct-action filter of the clsact qdisc. Others can replace it, it stays when the process is killed, and it runs behind the
    /// tcx programs of the interface.
    /// </summary>
    Filter,
}

/// <summary>How and where a tc program is attached.</summary>
public readonly record struct TcOptions
{
    /// <summary>Link or filter.</summary>
    public TcMethod Method { get; init; }

    /// <summary>The place among the tcx programs; behind all others if not set.</summary>
    public AttachOrder Order { get; init; }

    /// <summary>Fail if the programs of the hook changed since <see cref="AttachedPrograms.Revision"/> was read; 0 for any.</summary>
    public ulong ExpectedRevision { get; init; }

    /// <summary>For filters: the lower the earlier, 1 to 65535; 0 lets the kernel choose.</summary>
    public ushort Priority { get; init; }

    /// <summary>For filters: the number inside the priority; 0 lets the kernel choose.</summary>
    public uint Handle { get; init; }

    /// <summary>For filters: replace the one with the same priority and handle.</summary>
    public bool Replace { get; init; }
}

/// <summary>A filter of the clsact qdisc that is a program.</summary>
/// <param name="Priority">The lower the earlier.</param>
/// <param name="Handle">Its number inside the priority.</param>
/// <param name="ProgramId">The program.</param>
/// <param name="Name">The name that it was given.</param>
/// <param name="IsDirectAction">True if the program's result is the verdict.</param>
public readonly record struct TcFilter(ushort Priority, uint Handle, uint ProgramId, string Name, bool IsDirectAction);

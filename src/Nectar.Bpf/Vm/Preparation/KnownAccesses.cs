// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;

namespace Nectar.Bpf.Vm;

/// <summary>What is known about the accesses of a program before it runs, by slot: from a pass of our own over its code, or from its verification.</summary>
internal sealed class KnownAccesses(int slots)
{
    /// <summary>As <see cref="PreparedProgram.Access"/>.</summary>
    internal AccessKind[] Kinds { get; } = new AccessKind[slots];

    /// <summary>As <see cref="PreparedProgram.AccessOffset"/>.</summary>
    internal int[] Offsets { get; } = new int[slots];

    /// <summary>As <see cref="PreparedProgram.CallMaps"/>.</summary>
    internal VmMap?[] CallMaps { get; } = new VmMap?[slots];

    /// <summary>True if some access is <see cref="AccessKind.Unknown"/>.</summary>
    internal bool HasUnknown { get; set; }

    /// <summary>True if some store may go to the packet.</summary>
    internal bool MayWritePacket { get; set; }
}

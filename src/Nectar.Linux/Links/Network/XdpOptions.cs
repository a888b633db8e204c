// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Programs;

namespace Nectar.Linux.Links.Network;

/// <summary>Where an XDP program runs.</summary>
public enum XdpMode
{
    /// <summary>In the driver if it can, else in the generic path; <see cref="BpfLink.Fallback"/> says so then.</summary>
    Automatic,

    /// <summary>In the driver, before the kernel makes a packet buffer (<c>XDP_FLAGS_DRV_MODE</c>).</summary>
    Native,

    /// <summary>In the network stack, on any interface, slower (<c>XDP_FLAGS_SKB_MODE</c>).</summary>
    Generic,

    /// <summary>On the network card (<c>XDP_FLAGS_HW_MODE</c>); the program must be loaded for the interface.</summary>
    Offload,
}

/// <summary>How an XDP program is attached.</summary>
public readonly record struct XdpOptions
{
    /// <summary>Where it runs.</summary>
    public XdpMode Mode { get; init; }

    /// <summary>
    /// Attach with rtnetlink instead of a link. Such a program stays when the process is killed, and others may replace it; use it to
    /// replace a program that was attached so.
    /// </summary>
    public bool UseNetlink { get; init; }

    /// <summary>With <see cref="UseNetlink"/>: the program that must be there now and is replaced; null to demand an empty interface.</summary>
    public KernelProgram? Replaces { get; init; }

    /// <summary>With <see cref="UseNetlink"/>: replace whatever program is there.</summary>
    public bool ReplaceAny { get; init; }
}

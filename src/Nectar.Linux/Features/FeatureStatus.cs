// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;

namespace Nectar.Linux.Features;

/// <summary>Whether a kernel has something.</summary>
public enum FeatureState : byte
{
    /// <summary>It could not be found out; the reason says why.</summary>
    Unknown,

    /// <summary>It is there.</summary>
    Yes,

    /// <summary>It is not there, or this process may not use it.</summary>
    No,
}

/// <summary>The answer of a probe.</summary>
/// <param name="State">Whether it is there.</param>
/// <param name="Reason">How that was found out, or what is in the way: <c>CONFIG_NETKIT is off</c>.</param>
/// <param name="Errno">What the kernel answered; none where it was not asked.</param>
public readonly record struct FeatureStatus(FeatureState State, string Reason, Errno Errno = Errno.None)
{
    /// <summary>True if it is there for certain.</summary>
    public bool IsYes => State == FeatureState.Yes;

    internal static FeatureStatus Yes(string reason = "the kernel accepts it") => new(FeatureState.Yes, reason);

    internal static FeatureStatus No(string reason, Errno errno = Errno.None) => new(FeatureState.No, reason, errno);

    internal static FeatureStatus Unknown(string reason, Errno errno = Errno.None) => new(FeatureState.Unknown, reason, errno);

    /// <inheritdoc/>
    public override string ToString() => Reason.Length == 0 ? State.ToString() : $"{State}: {Reason}";
}

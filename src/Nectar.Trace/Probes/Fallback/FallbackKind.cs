// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Probes.Fallback;

/// <summary>What to do about hooks that the kernel lacks (<c>--fallback</c>).</summary>
internal enum FallbackKind : byte
{
    /// <summary>Nothing: they are errors.</summary>
    Off,

    /// <summary>Take the nearest hook that the kernel has.</summary>
    Nearest,

    /// <summary>As <see cref="Nearest"/>, and take this kind also where the kernel has the other.</summary>
    Fentry,

    /// <inheritdoc cref="Fentry"/>
    Kprobe,

    /// <inheritdoc cref="Fentry"/>
    Tracepoint,
}

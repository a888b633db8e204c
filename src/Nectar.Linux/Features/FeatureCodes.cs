// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Linux.Features;

/// <summary>Codes of what a kernel does not have (docs/diagnostics/features.md).</summary>
internal static class FeatureCodes
{
    /// <summary>The kernel is older than the feature.</summary>
    internal static readonly DiagnosticCode TooOld = new(4601);

    /// <summary>The kernel was compiled without the feature.</summary>
    internal static readonly DiagnosticCode NotConfigured = new(4602);

    /// <summary>The kernel has the feature, but this process may not use it.</summary>
    internal static readonly DiagnosticCode NotPermitted = new(4603);

    /// <summary>The kernel or its sandbox refuses the feature for no reason that it tells.</summary>
    internal static readonly DiagnosticCode Blocked = new(4604);

    /// <summary>The feature is absent for another reason.</summary>
    internal static readonly DiagnosticCode Absent = new(4605);
}

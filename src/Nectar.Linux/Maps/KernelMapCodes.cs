// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Linux.Maps;

/// <summary>Diagnostics of maps in the kernel (docs/diagnostics/kernel-maps.md).</summary>
internal static class KernelMapCodes
{
    /// <summary>A map's memory cannot be mapped.</summary>
    internal static readonly DiagnosticCode Mapping = new(4061);

    /// <summary>An owner of storage (a process, a file, a cgroup) cannot be opened.</summary>
    internal static readonly DiagnosticCode Owner = new(4062);

    /// <summary>Text that is no key or value of the map.</summary>
    internal static readonly DiagnosticCode Text = new(4063);

    /// <summary>The map does not have what was asked for.</summary>
    internal static readonly DiagnosticCode Unfit = new(4064);
}

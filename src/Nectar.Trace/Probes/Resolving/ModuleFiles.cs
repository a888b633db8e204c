// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Probes.Resolving;

/// <summary>The modules of the kernel.</summary>
internal static class ModuleFiles
{
    /// <summary>A module is loaded, or built in with something to show.</summary>
    public static bool IsLoaded(string name) => Names().Contains(name);

    /// <summary>The loaded modules; none where the kernel has no modules.</summary>
    public static IEnumerable<string> Names() => File.Exists("/proc/modules") ? File.ReadLines("/proc/modules").Select(line => line[..Math.Max(0, line.IndexOf(' ', StringComparison.Ordinal))]) : [];
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Build.Sdk;

/// <summary>The assemblies that a probe's source is compiled against.</summary>
internal static class ProbeLibrary
{
    private static readonly string[] s_assemblies = ["Nectar.Probes.dll", "Nectar.Linux.dll", "Nectar.Bpf.dll"];

    /// <summary>
    /// Their paths: in the folder <c>probes</c> beside the command (the native one, which has them compiled in and keeps copies for this), or
    /// beside the command itself.
    /// </summary>
    /// <exception cref="CompileException">They are in neither place (NEC2303).</exception>
    internal static string[] Find() => Known() is { Length: > 0 } found
        ? found
        : throw new CompileException([Diagnostic.Error(BuildCodes.NoLibrary, $"'{s_assemblies[0]}' is neither in '{Path.Combine(AppContext.BaseDirectory, "probes")}' nor in '{AppContext.BaseDirectory}'",
            "help: publish the command with eng/publish, or build a project that references Nectar.Probes and give that")]);

    /// <summary>The same; none if they are in neither place.</summary>
    internal static string[] Known()
    {
        string own = AppContext.BaseDirectory;
        foreach (string folder in (ReadOnlySpan<string>)[Path.Combine(own, "probes"), own])
        {
            if (File.Exists(Path.Combine(folder, s_assemblies[0]))) return [.. s_assemblies.Select(name => Path.Combine(folder, name)).Where(File.Exists)];
        }

        return [];
    }
}

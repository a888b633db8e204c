// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>Where the objects of probes come from.</summary>
public static class ProbeObjects
{
    /// <summary>
    /// Asked first: gives the object of a probe's class, or null to go on with files. For tests and tools that compile while they run; objects
    /// it gives may be given again.
    /// </summary>
    public static Func<Type, BpfObject?>? Source { get; set; }

    /// <summary>
    /// Finds the object of a probe's class: <c>Class.bpf.o</c> or <c>Assembly.bpf.o</c> beside the application, or a resource of the
    /// assembly with one of these names.
    /// </summary>
    /// <exception cref="ProbeException">There is none (NEC2406).</exception>
    public static BpfObject Find(Type probe)
    {
        ArgumentNullException.ThrowIfNull(probe);
        if (Source?.Invoke(probe) is { } given) return given;
        string assembly = probe.Assembly.GetName().Name ?? "";
        foreach (string name in new[] { $"{probe.Name}.bpf.o", $"{assembly}.bpf.o" })
        {
            string path = Path.Combine(AppContext.BaseDirectory, name);
            if (File.Exists(path)) return ObjectReader.Read(File.ReadAllBytes(path), path);
            using Stream? resource = probe.Assembly.GetManifestResourceStream(name);
            if (resource is null) continue;
            byte[] bytes = new byte[resource.Length];
            resource.ReadExactly(bytes);
            return ObjectReader.Read(bytes, name);
        }

        throw ProbeCodes.NoObject(probe.Name, assembly);
    }
}

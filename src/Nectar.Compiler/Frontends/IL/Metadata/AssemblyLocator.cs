// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Compiler.Frontends.IL.Metadata;

/// <summary>Finds assemblies by name: among those that were given, beside the compiled one, beside this program.</summary>
internal sealed class AssemblyLocator(string? assembly, IReadOnlyList<string> references)
{
    public AssemblyFile? Find(string name)
    {
        foreach (string reference in references)
        {
            if (Path.GetFileNameWithoutExtension(reference).Equals(name, StringComparison.OrdinalIgnoreCase) && File.Exists(reference)) return AssemblyFile.Open(reference);
        }

        foreach (string? folder in (ReadOnlySpan<string?>)[Path.GetDirectoryName(assembly), AppContext.BaseDirectory])
        {
            string path = folder is null ? "" : Path.Combine(folder, name + ".dll");
            if (path.Length > 0 && File.Exists(path)) return AssemblyFile.Open(path);
        }

        return null;
    }
}

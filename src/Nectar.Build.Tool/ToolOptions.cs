// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Build.Tool;

/// <summary>What the targets say.</summary>
/// <param name="Assembly">What was compiled.</param>
/// <param name="Folder">Where objects go.</param>
/// <param name="Manifest">The file that lists them.</param>
/// <param name="References">Assemblies whose code probes may use.</param>
/// <param name="Build">For whom the code is.</param>
internal sealed record ToolOptions(string Assembly, string Folder, string Manifest, IReadOnlyList<string> References, BuildOptions Build)
{
    internal static ToolOptions Read(IEnumerable<string> lines)
    {
        string assembly = "", folder = ".", manifest = "";
        List<string> references = [];
        string? cpu = null, kernel = null;
        bool verify = true;
        foreach (string line in lines)
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            (string name, string value) = equals < 0 ? (line.Trim(), "") : (line[..equals].Trim(), line[(equals + 1)..].Trim());
            switch (name)
            {
                case "--assembly": assembly = value; break;
                case "--folder": folder = value; break;
                case "--manifest": manifest = value; break;
                case "--reference": references.Add(value); break;
                case "--cpu": cpu = value; break;
                case "--kernel": kernel = value; break;
                case "--no-verify": verify = false; break;
                case "": break;
                default: throw new ArgumentException($"there is no option '{name}'");
            }
        }

        if (assembly.Length == 0 || manifest.Length == 0) throw new ArgumentException("--assembly and --manifest are needed");
        return new ToolOptions(assembly, folder, manifest, references, BuildOptions.Parse(cpu, kernel) with { Verify = verify });
    }
}

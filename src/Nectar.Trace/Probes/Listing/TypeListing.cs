// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Btf;
using Nectar.Linux.Loading;

namespace Nectar.Trace.Probes;

/// <summary>Structs, unions and enums of the kernel: names, or whole definitions.</summary>
internal static class TypeListing
{
    /// <summary>Lists what fits <c>struct task*</c>.</summary>
    public static bool List(string pattern, bool isVerbose, TextWriter output)
    {
        if (KernelBtf.Running.TryVmlinux is not { } kernel) return false;
        SortedDictionary<string, List<string>> found = new(StringComparer.Ordinal);
        Add("vmlinux", kernel);
        foreach (KernelModuleBtf module in KernelBtf.Running.Modules) Add(module.Name, module.Types);
        foreach ((string text, List<string> modules) in found)
        {
            if (!isVerbose) output.WriteLine(text);
            else if (modules.Contains("vmlinux")) output.WriteLine($"vmlinux: {text}");
            else foreach (string module in modules) output.WriteLine($"{module}: {text}");
        }

        return found.Count > 0;

        void Add(string module, BtfTypes types)
        {
            Dictionary<string, string>? definitions = isVerbose ? [] : null;
            List<(uint Id, string Name)> matches = Match(types, pattern);
            if (definitions is not null) Define(types, matches, definitions);
            foreach ((_, string name) in matches)
            {
                string text = definitions?.GetValueOrDefault(name) ?? name;
                if (isVerbose && text == name) continue;
                if (!found.TryGetValue(text, out List<string>? modules)) found.Add(text, modules = []);
                if (!modules.Contains(module)) modules.Add(module);
            }
        }
    }

    private static List<(uint Id, string Name)> Match(BtfTypes types, string pattern)
    {
        List<(uint, string)> matches = [];
        for (uint id = Math.Max(1, types.FirstId); id < types.Count; id++)
        {
            BtfType type = types[id];
            if ((!type.IsComposite && !type.IsEnum) || type.NameOffset == 0) continue;
            string name = (type.Kind switch { BtfKind.Struct => "struct ", BtfKind.Union => "union ", _ => "enum " }) + type.Name;
            if (Wildcard.Matches(pattern, name)) matches.Add((id, name));
        }

        return matches;
    }

    /// <summary>Prints types with all that they need, and keeps the definitions by name.</summary>
    private static void Define(BtfTypes types, List<(uint Id, string Name)> wanted, Dictionary<string, string> definitions)
    {
        using MemoryStream text = new();
        BtfCPrinter printer = new(types, text);
        foreach ((uint id, _) in wanted) printer.Print(id);
        StringBuilder? definition = null;
        string name = "";
        foreach (string line in Encoding.UTF8.GetString(text.GetBuffer().AsSpan(0, (int)text.Length)).Split('\n'))
        {
            if (definition is null && line.EndsWith(" {", StringComparison.Ordinal) && line[0] is 's' or 'u' or 'e')
            {
                definition = new StringBuilder();
                name = line[..^2];
            }

            if (definition is null) continue;
            definition.Append(line).Append('\n');
            if (!line.StartsWith('}')) continue;
            definitions.TryAdd(name, definition.ToString());
            definition = null;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Asm;

/// <summary>Finds the kind of a program by what its author calls it.</summary>
internal static class ProgramKinds
{
    /// <summary>Names of kinds, for suggestions.</summary>
    public static IEnumerable<string> Names => SectionNames.All.ToArray().Select(k => k.Name);

    /// <summary>Finds a kind by section name or by the name of its type: <c>xdp</c>, <c>socket_filter</c>, <c>BPF_PROG_TYPE_XDP</c>.</summary>
    public static SectionDefinition? FindName(string name)
    {
        if (SectionNames.TryParse(name, out SectionDefinition? definition, out string? target, out _) && target is null) return definition;
        string wanted = Plain(name.StartsWith("BPF_PROG_TYPE_", StringComparison.OrdinalIgnoreCase) ? name["BPF_PROG_TYPE_".Length..] : name);
        if (wanted == "schedcls") return FindName("tc"); // the plain name, not one of the attach points before it
        foreach (SectionDefinition candidate in SectionNames.All)
        {
            if (Plain(candidate.Type.ToString()) == wanted) return candidate;
        }

        return null;
    }

    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
}

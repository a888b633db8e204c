// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Inspection;
using Nectar.Linux.Programs;

namespace Nectar.Trace.Probes.Resolving;

/// <summary>The functions of programs that are loaded: what fentry on programs can name.</summary>
internal static class RunningPrograms
{
    /// <summary>Entry functions by their full names, which only a program's types keep.</summary>
    /// <param name="programId">Only of this program; 0 for all.</param>
    /// <param name="pattern">What the name has to fit.</param>
    public static List<(uint Id, string Name)> Match(uint programId, string pattern)
    {
        List<(uint, string)> found = [];
        foreach (uint id in programId != 0 ? [programId] : KernelObjectIds.All(KernelObjectKind.Program))
        {
            if (NameOf(id) is { } name && Wildcard.Matches(pattern, name)) found.Add((id, name));
        }

        return found;
    }

    private static string? NameOf(uint id)
    {
        try
        {
            using KernelProgram program = KernelProgram.OpenById(id);
            return ProgramNames.Whole(program);
        }
        catch (Bpf.Diagnostics.NectarException)
        {
            return null; // gone meanwhile
        }
    }
}

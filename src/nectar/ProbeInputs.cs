// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Build;
using Nectar.Build.Sources;

namespace Nectar.Cli;

/// <summary>Objects of probes in C#, for verbs that take any object.</summary>
internal static class ProbeInputs
{
    private static readonly DiagnosticCode s_several = new(2306);

    // The verbs load or verify what they get, so that the compiler need not.
    private static readonly BuildOptions s_options = new() { Verify = false };

    /// <summary>The objects of all probes of a source, a project or an assembly.</summary>
    internal static IReadOnlyList<BpfObject> ReadAll(string path) => [.. Open(path).Objects.Select(made => made.Object)];

    /// <summary>The object of the only probe, or of the one that has a program.</summary>
    /// <param name="path">A source, a project or an assembly.</param>
    /// <param name="program"><c>Program</c>, <c>Class</c> or <c>Class.Program</c>; null where there is only one probe.</param>
    internal static BpfObject Read(string path, string? program)
    {
        ProbeBuild build = Open(path);
        if (build.Objects.Length == 1) return build.Objects[0].Object;
        ProbeObject[] fitting = program is null ? [] : [.. build.Objects.Where(made => made.Class == program || made.Object.Programs.Any(p => p.Name == program || $"{made.Class}.{p.Name}" == program))];
        if (fitting.Length == 1) return fitting[0].Object;
        throw new LoadException(Diagnostic.Error(s_several, $"'{path}' has {build.Objects.Length} probes; say which program is meant",
            $"note: programs: {string.Join(", ", build.Objects.SelectMany(made => made.Object.Programs.Select(p => $"{made.Class}.{p.Name}")))}"));
    }

    private static ProbeBuild Open(string path)
    {
        ProbeBuild build = ProbeBuild.Open(path, s_options, out CompiledProbes source);
        foreach (Diagnostic warning in source.Warnings.Concat(build.Diagnostics)) Output.Problem(warning);
        return build;
    }
}

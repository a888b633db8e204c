// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;

namespace Nectar.Compiler;

/// <summary>What a program became.</summary>
/// <param name="Name">The program's name.</param>
/// <param name="Section">Its section.</param>
/// <param name="Instructions">Slots of 8 bytes, its subprograms included once.</param>
/// <param name="StackBytes">Bytes of the stack on the deepest chain of calls as the verification counts them; of the largest frame where nothing was verified.</param>
/// <param name="Processed">Instructions that the verification walked; 0 if the program was not verified.</param>
/// <param name="Unverified">Why the program was not verified, or null if it was.</param>
public sealed record ProgramStatistics(string Name, string Section, int Instructions, int StackBytes, long Processed, string? Unverified = null);

/// <summary>What became of a probe.</summary>
/// <param name="Probe">The full name of its class.</param>
/// <param name="Object">The object; null if there are errors.</param>
/// <param name="Diagnostics">Errors and warnings, at places of the C# source where the assembly has debug information.</param>
/// <param name="Programs">One for each program.</param>
public sealed record CompilationResult(string Probe, BpfObject? Object, ImmutableArray<Diagnostic> Diagnostics, ImmutableArray<ProgramStatistics> Programs)
{
    /// <summary>True if there is an object.</summary>
    public bool Succeeded => Object is not null;
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Language.Binding;

/// <summary>One program: a probe's body for hooks that it means the same at. A probe whose hooks differ in types (<c>args</c>) or in constants that the body needs becomes several, each with its own tree.</summary>
/// <param name="ProgramName">A C identifier, unique in the script.</param>
/// <param name="Kind">Of all its hooks.</param>
/// <param name="Targets">The hooks; at least one.</param>
/// <param name="Syntax">Predicate and body, types filled in.</param>
internal sealed record BoundProbe(string ProgramName, ProbeKind Kind, ImmutableArray<ProbeTarget> Targets, Probe Syntax);

/// <summary>A script whose names and types are known.</summary>
internal sealed record BoundScript(
    SourceText Source,
    TraceConfig Config,
    ImmutableArray<BoundProbe> Probes,
    ImmutableArray<Subprogram> Functions,
    ImmutableArray<TraceMap> Maps)
{
    /// <summary>Types by name: the script's C, then the kernel's, which are read when first asked for.</summary>
    public required TypeWorld Types { get; init; }
}

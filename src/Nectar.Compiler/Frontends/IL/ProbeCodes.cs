// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Compiler.Frontends.IL;

/// <summary>The diagnostics of assemblies and of what probes declare; <c>docs/diagnostics/probes.md</c> explains each.</summary>
internal static class ProbeCodes
{
    /// <summary>The file is no .NET assembly.</summary>
    internal static readonly DiagnosticCode NotAnAssembly = new(2100);

    /// <summary>An assembly that is referred to cannot be found or does not have a member.</summary>
    internal static readonly DiagnosticCode MissingMember = new(2101);

    /// <summary>A type has no layout.</summary>
    internal static readonly DiagnosticCode BadLayout = new(2102);
}

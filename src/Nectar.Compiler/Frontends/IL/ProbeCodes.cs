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

    /// <summary>A class cannot be a probe.</summary>
    internal static readonly DiagnosticCode BadProbe = new(2103);

    /// <summary>A field cannot be a map or variable of a program.</summary>
    internal static readonly DiagnosticCode BadField = new(2104);

    /// <summary>A constructor does what can only be done at run time.</summary>
    internal static readonly DiagnosticCode BadConstructor = new(2105);

    /// <summary>Two things in one object have the same name.</summary>
    internal static readonly DiagnosticCode DuplicateName = new(2106);

    /// <summary>A map's sizes or types are impossible.</summary>
    internal static readonly DiagnosticCode BadMap = new(2107);

    /// <summary>An attribute says something impossible about a program.</summary>
    internal static readonly DiagnosticCode BadProgram = new(2108);

    /// <summary>The assembly has no probes.</summary>
    internal static readonly DiagnosticCode NoProbes = new(2109);

    /// <summary>The tables of the assembly contradict each other.</summary>
    internal static readonly DiagnosticCode Damaged = new(2110);

    /// <summary>The compiler itself failed.</summary>
    internal static readonly DiagnosticCode CompilerFailure = new(2111);
}

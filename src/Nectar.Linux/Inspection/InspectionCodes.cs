// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Linux.Inspection;

/// <summary>The codes of looking at a running kernel (docs/diagnostics/command.md).</summary>
internal static class InspectionCodes
{
    /// <summary>Nothing in the kernel is what was named.</summary>
    internal static readonly DiagnosticCode NotFound = new(4701);

    /// <summary>A name stands for several objects where one is needed.</summary>
    internal static readonly DiagnosticCode Ambiguous = new(4702);

    /// <summary>A word of the command line cannot be understood.</summary>
    internal static readonly DiagnosticCode Words = new(4703);

    /// <summary>The kernel does not show a program's code.</summary>
    internal static readonly DiagnosticCode Hidden = new(4704);

    /// <summary>The operation is not possible with this kind of map.</summary>
    internal static readonly DiagnosticCode MapOperation = new(4705);

    /// <summary>A hook cannot be queried, attached to or detached from.</summary>
    internal static readonly DiagnosticCode Hook = new(4706);

    /// <summary>The run-time statistics cannot be switched on.</summary>
    internal static readonly DiagnosticCode Statistics = new(4707);
}

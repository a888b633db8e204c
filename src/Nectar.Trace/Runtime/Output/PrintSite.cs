// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Printing;

namespace Nectar.Trace.Runtime.Output;

/// <summary>A place in the script that prints.</summary>
internal sealed record PrintSite(PrintfFormat Format, PrintSeverity Severity, SourceSpan Where)
{
    /// <summary>Uses of the macros that it came from, the innermost first.</summary>
    public ImmutableArray<SourceSpan> ExpandedFrom { get; init; } = [];
}

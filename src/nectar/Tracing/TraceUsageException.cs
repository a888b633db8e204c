// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Cli.Tracing;

/// <summary>A command line that makes no sense.</summary>
/// <param name="diagnostic">What is wrong.</param>
/// <param name="showsUsage">The list of options helps.</param>
internal sealed class TraceUsageException(Diagnostic diagnostic, bool showsUsage) : NectarException(diagnostic)
{
    internal bool ShowsUsage { get; } = showsUsage;
}

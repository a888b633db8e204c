// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Cli.Tracing;

/// <summary>Whether errors and warnings are red and yellow: as <c>BPFTRACE_COLOR</c> says (<c>always</c>, <c>never</c>), otherwise on terminals.</summary>
internal static class TraceColors
{
    internal static bool AreWanted => Environment.GetEnvironmentVariable("BPFTRACE_COLOR") switch
    {
        "always" => true,
        "never" => false,
        _ => string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && !Console.IsOutputRedirected && !Console.IsErrorRedirected,
    };
}

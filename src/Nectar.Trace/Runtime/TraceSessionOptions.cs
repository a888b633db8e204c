// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Trace.Probes.Fallback;

namespace Nectar.Trace.Runtime;

/// <summary>How a script is compiled and run.</summary>
public sealed record TraceSessionOptions
{
    /// <summary>Only this process; the session ends with it. 0 for all.</summary>
    public int ProcessId { get; init; }

    /// <summary>A program to start and to trace, with arguments behind blanks; the session ends with it.</summary>
    public string? Command { get; init; }

    /// <summary>Functions that change something (<c>system</c>, <c>signal</c>, <c>override</c>) are allowed.</summary>
    public bool IsUnsafe { get; init; }

    /// <summary><c>$1</c>, <c>$2</c> and so on.</summary>
    public ImmutableArray<string> Parameters { get; init; } = [];

    /// <summary>What <c>getopt</c> gives; a null is a name without value.</summary>
    public IReadOnlyDictionary<string, string?> NamedParameters { get; init; } = ImmutableDictionary<string, string?>.Empty;

    /// <summary>Settings that win over the script's <c>config</c>, by bpftrace's names: <c>max_map_keys</c>.</summary>
    public IReadOnlyDictionary<string, string> Config { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Signed division, shifts and counters as C# has them, where bpftrace's differ.</summary>
    public bool IsStrict { get; init; }

    /// <summary>Where the kernel lacks a hook, take the nearest that it has; <see cref="TraceSession.HookNotes"/> says which.</summary>
    public bool AllowsFallback
    {
        get => Fallback != FallbackKind.Off;
        init => Fallback = value ? FallbackKind.Nearest : FallbackKind.Off;
    }

    /// <summary>As <c>--fallback</c>.</summary>
    internal FallbackKind Fallback { get; init; }

    /// <summary>Helpers that fail become events.</summary>
    public bool ReportsHelperErrors { get; init; }

    /// <summary>Events that may wait for their reader before the ring buffer has to hold them; at least 1.</summary>
    public int Capacity { get; init; } = 4096;
}

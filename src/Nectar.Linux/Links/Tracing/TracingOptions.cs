// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Links.Tracing;

/// <summary>What tracing programs that are attached by their section name take beside it.</summary>
public sealed record TracingOptions
{
    /// <summary>No wishes.</summary>
    public static TracingOptions None { get; } = new();

    /// <summary>What the program gets from <c>bpf_get_attach_cookie</c>, for USDT from <c>bpf_usdt_cookie</c>; 0 for none.</summary>
    public ulong Cookie { get; init; }

    /// <summary>For programs and libraries and for perf events: only in this process; null for all.</summary>
    public int? ProcessId { get; init; }

    /// <summary>For functions: at the return, also if the section says the entry.</summary>
    public bool IsReturn { get; init; }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Links.Tracing;

/// <summary>What a probe of a function takes beside the function.</summary>
public sealed record ProbeOptions
{
    /// <summary>No wishes.</summary>
    public static ProbeOptions None { get; } = new();

    /// <summary>What the program gets from <c>bpf_get_attach_cookie</c> (kernel 5.15); 0 for none.</summary>
    public ulong Cookie { get; init; }

    /// <summary>Run at the function's return instead of its entry.</summary>
    public bool IsReturn { get; init; }

    /// <summary>Bytes from the start of the function (or, where there is no function, of the file) to the instruction.</summary>
    public ulong Offset { get; init; }

    /// <summary>For programs and libraries: only in this process; null for every process, also those that start later.</summary>
    public int? ProcessId { get; init; }

    /// <summary>For programs and libraries: where the file holds a counter that says how many look (a USDT semaphore; kernel 4.20); 0 for none.</summary>
    public ulong ReferenceCounterOffset { get; init; }

    /// <summary>For returns of kernel functions: calls that may be under way at once; 0 for the kernel's choice. Needs the trace filesystem.</summary>
    public int MaxActive { get; init; }

    /// <summary>How to attach.</summary>
    public AttachMethod Method { get; init; }
}

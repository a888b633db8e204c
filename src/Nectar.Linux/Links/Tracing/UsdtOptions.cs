// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Links.Tracing;

/// <summary>What a static probe of a program takes beside its name.</summary>
public sealed record UsdtOptions
{
    /// <summary>No wishes.</summary>
    public static UsdtOptions None { get; } = new();

    /// <summary>What the program gets from <c>bpf_usdt_cookie</c>; <see cref="WithoutArguments"/>: from <c>bpf_get_attach_cookie</c>.</summary>
    public ulong Cookie { get; init; }

    /// <summary>Only in this process; null for every process, also those that start later.</summary>
    public int? ProcessId { get; init; }

    /// <summary>The program does not read arguments through <c>usdt.bpf.h</c>: no maps are needed.</summary>
    public bool WithoutArguments { get; init; }

    /// <summary>Attach also if some argument cannot be read in the kernel (a vector register, thread-local data): the program gets <c>-EINVAL</c> for it.</summary>
    public bool AllowUnreadable { get; init; }

    /// <summary>How to attach.</summary>
    public AttachMethod Method { get; init; }
}

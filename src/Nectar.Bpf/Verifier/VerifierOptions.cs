// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier;

/// <summary>How loops are explored.</summary>
public enum VerifierMode : byte
{
    /// <summary>Each path, as the kernel does it: the verdict is the kernel's.</summary>
    Paths,

    /// <summary>Paths first; where they become too many, loops are summed up by widening.</summary>
    Auto,

    /// <summary>Loops are summed up by widening: fast, less exact, and no proof that they end.</summary>
    Widening,
}

/// <summary>What a verification may take.</summary>
public sealed record VerifierBudget
{
    /// <summary>Most instructions walked, over all paths. Default: the kernel's 1,000,000.</summary>
    public long Instructions { get; init; } = 1_000_000;

    /// <summary>Most states kept at the same time. Default: 200,000.</summary>
    public int States { get; init; } = 200_000;

    /// <summary>Most memory for states, in bytes. Default: 1 GiB.</summary>
    public long Memory { get; init; } = 1L << 30;

    /// <summary>Longest time. Default: 30 s.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>How a program is verified.</summary>
public sealed record VerifierOptions
{
    /// <summary>The kernel whose rules apply. Default: the newest that the tables know.</summary>
    public KernelVersion Kernel { get; init; } = KernelVersion.Newest;

    /// <summary>The kernel's types: for programs that read kernel objects or call kernel functions; null if there are none.</summary>
    public BtfTypes? KernelTypes { get; init; }

    /// <summary>What a verification may take.</summary>
    public VerifierBudget Budget { get; init; } = new();

    /// <summary>How loops are explored.</summary>
    public VerifierMode Mode { get; init; }

    /// <summary>
    /// True for a program that runs in this process. What stands for a kernel object is then a number that the caller gave, null perhaps where
    /// a kernel never has null, and an inner map may be smaller than its template.
    /// </summary>
    internal bool IsForThisProcess { get; init; }

    /// <summary>The highest number that a processor can have. Default: 8191, the most that kernels are built for.</summary>
    public uint HighestProcessor { get; init; } = 8191;

    /// <summary>True to keep what is known at each instruction, for debuggers and tests.</summary>
    public bool KeepStates { get; init; }

    /// <summary>True to end a path only where every live number lies within those of the state seen before, mattered it or not: then what is kept covers all runs.</summary>
    internal bool IsExact { get; init; }
}

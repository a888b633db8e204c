// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Explanations;

namespace Nectar.Bpf.Verifier.Reports;

/// <summary>What a verifier said about a program.</summary>
public enum Verdict : byte
{
    /// <summary>It may run.</summary>
    Accept,

    /// <summary>It may not.</summary>
    Refuse,

    /// <summary>It was not judged: the object or the host stood in the way.</summary>
    NotJudged,
}

/// <summary>What the running kernel's verifier said about the same program.</summary>
public sealed record KernelVerdict
{
    /// <summary>What it said.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>Instructions that it walked; 0 where it does not say.</summary>
    public long Walked { get; init; }

    /// <summary>How long it took, in microseconds; 0 where it does not say.</summary>
    public long Microseconds { get; init; }

    /// <summary>Why it refused; null if it accepted.</summary>
    public Explanation? Explanation { get; init; }

    /// <summary>Why it was not asked, or could not judge; null if it did.</summary>
    public string? Problem { get; init; }
}

/// <summary>One program of an object, as a verifier left it.</summary>
public sealed record ProgramReport
{
    /// <summary>The object's name.</summary>
    public required string Object { get; init; }

    /// <summary>The program's name.</summary>
    public required string Program { get; init; }

    /// <summary>The kind of program: <c>Xdp</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The kernel whose rules were asked: <c>6.18</c>.</summary>
    public required string Kernel { get; init; }

    /// <summary>What was said.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>The slots of the code, with the functions that it calls.</summary>
    public int Instructions { get; init; }

    /// <summary>Instructions that were walked on all paths.</summary>
    public long Walked { get; init; }

    /// <summary>States that were kept at the end.</summary>
    public long States { get; init; }

    /// <summary>The most states that were kept at once.</summary>
    public long PeakStates { get; init; }

    /// <summary>How long it took, in microseconds.</summary>
    public long Microseconds { get; init; }

    /// <summary>The deepest stack of all paths, in bytes.</summary>
    public int StackBytes { get; init; }

    /// <summary>How it was decided: <c>Paths</c> or <c>Widening</c>; null where it was not judged.</summary>
    public string? DecidedBy { get; init; }

    /// <summary>Why it was refused; null if it was accepted.</summary>
    public Explanation? Explanation { get; init; }

    /// <summary>Why it was not judged; null if it was.</summary>
    public string? Problem { get; init; }

    /// <summary>What the running kernel said; null if it was not asked.</summary>
    public KernelVerdict? BesideKernel { get; init; }
}

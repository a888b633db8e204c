// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier;

/// <summary>What a verification took.</summary>
public sealed record VerifierStatistics
{
    /// <summary>Instructions walked, over all paths.</summary>
    public required long InstructionsWalked { get; init; }

    /// <summary>Checkpoints made.</summary>
    public required int States { get; init; }

    /// <summary>The most states in use at the same time.</summary>
    public required int PeakStates { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Time { get; init; }

    /// <summary>The deepest stack over call chains, in bytes.</summary>
    public required int StackDepth { get; init; }

    /// <summary>How often each slot was walked.</summary>
    public required IReadOnlyList<int> Visits { get; init; }
}

/// <summary>The verdict on one program.</summary>
public sealed class VerificationResult
{
    private Explanation? _explanation;

    /// <summary>True if the program is safe.</summary>
    public bool IsAccepted => Refusal is null;

    /// <summary>Why it was refused: the first error, with place, path and suggestion; null if it was accepted.</summary>
    public Explanation? Explanation => Refusal is null ? null : _explanation ??= ResultExplanation.Make(Input, Refusal, Path, Registers, Statistics.Visits);

    /// <summary>What was found wrong; null if it was accepted.</summary>
    internal Violation? Refusal { get; init; }

    /// <summary>The slots walked from the entry to where it was refused, in order; empty if it was accepted.</summary>
    public IReadOnlyList<int> Path { get; init; } = [];

    /// <summary>What registers held where it was refused, r0 to r10 in words; empty if it was accepted.</summary>
    public IReadOnlyList<string> Registers { get; init; } = [];

    /// <summary>Which mode decided.</summary>
    public required VerifierMode DecidedBy { get; init; }

    /// <summary>What it took.</summary>
    public required VerifierStatistics Statistics { get; init; }

    /// <summary>What was verified.</summary>
    internal VerifierInput Input { get; init; } = null!;

    /// <summary>What is known at each slot, one entry for each way that it was reached; null unless asked for.</summary>
    internal IReadOnlyList<VerifierState>[]? States { get; init; }

    /// <summary>True by slot for loads that may fault and must be checked when they happen (kernel objects).</summary>
    internal bool[] FaultingLoads { get; init; } = [];

    /// <summary>What the program accesses, over all paths; null if it was refused before the first.</summary>
    internal AccessFacts? Facts { get; init; }
}

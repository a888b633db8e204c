// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Explanations;

/// <summary>What an event on the way to a refusal did.</summary>
public enum CausalKind : byte
{
    /// <summary>A conditional jump, taken or not.</summary>
    Branch,

    /// <summary>The value that failed began here: a constant, a load, a result.</summary>
    Origin,

    /// <summary>It was copied to another register.</summary>
    Copy,

    /// <summary>It was changed by arithmetic.</summary>
    Change,

    /// <summary>It was saved to the stack.</summary>
    Spill,

    /// <summary>It was loaded back from the stack.</summary>
    Fill,

    /// <summary>A function of the program was entered with it.</summary>
    Call,

    /// <summary>A function of the program returned it.</summary>
    Return,

    /// <summary>A call forgot it (r1 to r5).</summary>
    Forgotten,

    /// <summary>Something that must be released was acquired.</summary>
    Acquire,

    /// <summary>Something was released.</summary>
    Release,

    /// <summary>A lock, RCU region or region without preemption or interrupts was entered.</summary>
    Enter,

    /// <summary>It was left.</summary>
    Leave,
}

/// <summary>One event on the way to a refusal: a branch, or a step in the life of the value that failed.</summary>
/// <param name="Kind">What it did.</param>
/// <param name="Slot">The instruction.</param>
/// <param name="File">The source file; null where unknown.</param>
/// <param name="Line">The source line; 0 where unknown.</param>
/// <param name="Text">The event in words, with the instruction.</param>
/// <param name="Times">How often it happened on this path; the last time counts for its place in the order.</param>
public sealed record CausalEvent(CausalKind Kind, int Slot, string? File, int Line, string Text, int Times)
{
    /// <summary>For branches: true if it was taken.</summary>
    public bool IsTaken { get; init; }
}

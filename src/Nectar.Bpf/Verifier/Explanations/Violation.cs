// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Explanations;

/// <summary>What a check found wrong: the one thing for which a program is refused.</summary>
/// <param name="Kind">The kind, which has code, category, title and general suggestion.</param>
/// <param name="Slot">The slot of the instruction; -1 if it is about the program as a whole.</param>
/// <param name="Sentence">What is wrong with the values, in lower case and without full stop: <c>cannot prove 14 + 20 &lt;= packet length: only 14 bytes are known</c>.</param>
internal sealed record Violation(ViolationKind Kind, int Slot, string Sentence)
{
    /// <summary>The register that failed, 0 to 10; -1 if none did.</summary>
    internal int Register { get; init; } = -1;

    /// <summary>The stack slot that failed, as its offset from the frame pointer (-8 to -512); null if none did.</summary>
    internal int? StackOffset { get; init; }

    /// <summary>The call depth at which register or stack slot count; 0 is the program's entry.</summary>
    internal int Frame { get; init; }

    /// <summary>The slot of another instruction that matters: where a reference was taken, a lock was locked; null for none.</summary>
    internal int? OtherSlot { get; init; }

    /// <summary>What to do, where more is known than the kind says; null for the kind's suggestion.</summary>
    internal string? Suggestion { get; init; }

    /// <summary>Makes a violation about a register, or about none.</summary>
    internal static Violation Of(ViolationKind kind, int slot, int register, string sentence) => new(kind, slot, sentence) { Register = register };
}

/// <summary>Ends a verification at its first violation. Thrown by checks, caught by the explorer, never seen outside.</summary>
internal sealed class VerifierStop(Violation violation) : Exception(violation.Sentence)
{
    internal Violation Violation { get; } = violation;
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Refusals;

/// <summary>A conditional jump on the way to where the verifier stopped.</summary>
/// <param name="Instruction">The slot of the jump.</param>
/// <param name="IsTaken">True if it was taken.</param>
/// <param name="Code">The instruction as the verifier writes it.</param>
public readonly record struct VerifierBranch(int Instruction, bool IsTaken, string Code);

/// <summary>What newer kernels (7.3) say about a refusal in words of their own.</summary>
/// <param name="Title">The kind of refusal: <c>Register Type Safety: Unreadable register</c>.</param>
/// <param name="Reason">Why.</param>
/// <param name="Suggestion">What to do.</param>
/// <param name="Instruction">The refused slot; null if it names none.</param>
public sealed record VerifierReport(string Title, string Reason, string Suggestion, int? Instruction);

/// <summary>
/// The log of the kernel's verifier, taken apart: the path it went to where it stopped, what it knew there, and what it said. Reads levels 1 and 2
/// and statistics of kernels 5.10 to 6.18 and the newer dialect with reasons and suggestions. Any text can be parsed.
/// </summary>
public sealed class VerifierLog
{
    internal VerifierLog(string text) => Text = text;

    /// <summary>The whole log.</summary>
    public string Text { get; }

    /// <summary>The slots of the instructions on the path to the end of the log, in the order of execution.</summary>
    public required IReadOnlyList<int> Path { get; init; }

    /// <summary>The slot where the verifier stopped; null if it did not get to one.</summary>
    public required int? Instruction { get; init; }

    /// <summary>That instruction as the verifier writes it; null if the log has none.</summary>
    public required string? Code { get; init; }

    /// <summary>What was known about registers and stack slots there, by name: <c>R1</c>, <c>fp-8</c>.</summary>
    public required IReadOnlyDictionary<string, string> Registers { get; init; }

    /// <summary>The depth of calls there; 0 in the program's entry.</summary>
    public required int Frame { get; init; }

    /// <summary>The conditional jumps on the path, in the order of execution.</summary>
    public required IReadOnlyList<VerifierBranch> Branches { get; init; }

    /// <summary>What the verifier complained about; empty if it accepted the program.</summary>
    public required IReadOnlyList<string> Messages { get; init; }

    /// <summary>The global function that was being checked; null in the program itself.</summary>
    public required string? Function { get; init; }

    /// <summary>The last source line that the log quotes, as it stands there; null if it quotes none.</summary>
    public required string? SourceLine { get; init; }

    /// <summary>The kernel's own explanation; null before 7.3.</summary>
    public required VerifierReport? Report { get; init; }

    /// <summary>Instructions that were looked at, on all paths; 0 if the log does not say.</summary>
    public required long ProcessedInstructions { get; init; }

    /// <summary>How long that took; null if the log does not say (level 4 does).</summary>
    public required TimeSpan? Duration { get; init; }

    /// <summary>The instruction that stands on the path most often, and how often; where complexity comes from.</summary>
    public required (int Instruction, int Times) Hottest { get; init; }

    /// <summary>Where each step of <see cref="Path"/> stands in <see cref="Text"/>.</summary>
    internal IReadOnlyList<(int Start, int Length)> Lines { get; init; } = [];

    /// <summary>An instruction of the path as the verifier writes it; null if the path does not have it.</summary>
    internal string? CodeAt(int instruction)
    {
        for (int i = Path.Count - 1; i >= 0; i--)
        {
            if (Path[i] == instruction) return VerifierLogReader.CodeOf(Text.AsSpan(Lines[i].Start, Lines[i].Length));
        }

        return null;
    }

    /// <summary>Takes a log apart.</summary>
    public static VerifierLog Parse(string log)
    {
        ArgumentNullException.ThrowIfNull(log);
        return new VerifierLogReader(log).Read();
    }
}

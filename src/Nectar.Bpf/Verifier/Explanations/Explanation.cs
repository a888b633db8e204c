// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Verifier.Explanations;

/// <summary>
/// Why a program was refused, by this library's verifier or by the kernel's: one error, the first real one, with where it is, how it came to be
/// and what to do.
/// </summary>
public sealed record Explanation
{
    /// <summary>The code of the refusal: <c>NEC31xx</c> to <c>NEC37xx</c> for this verifier, <c>NEC45xx</c> for the kernel's.</summary>
    public required DiagnosticCode Code { get; init; }

    /// <summary>What kind of safety would be broken.</summary>
    public required ViolationCategory Category { get; init; }

    /// <summary>The kind of refusal in short, without values.</summary>
    public required string Title { get; init; }

    /// <summary>What is wrong, with the values; lower case, no full stop.</summary>
    public required string Reason { get; init; }

    /// <summary>What to do.</summary>
    public required string Suggestion { get; init; }

    /// <summary>The program; null if it has no name.</summary>
    public string? Program { get; init; }

    /// <summary>The slot of the refused instruction; null if it is about the program as a whole.</summary>
    public int? Instruction { get; init; }

    /// <summary>The place in the user's source; null where the object has no line info.</summary>
    public SourceExcerpt? Source { get; init; }

    /// <summary>The refused instruction and at most two on both sides.</summary>
    public ImmutableArray<CodeLine> Instructions { get; init; } = [];

    /// <summary>What was known about the registers involved.</summary>
    public ImmutableArray<RegisterKnowledge> Registers { get; init; } = [];

    /// <summary>How it came to be, in the order of execution; at most 64 events.</summary>
    public ImmutableArray<CausalEvent> Path { get; init; } = [];

    /// <summary>Events that were left out of <see cref="Path"/>.</summary>
    public int OmittedEvents { get; init; }

    /// <summary>Further facts: the version that has a helper, where the budget went.</summary>
    public ImmutableArray<string> Facts { get; init; } = [];

    /// <summary>What the kernel's verifier wrote, if it refused; null if this verifier did.</summary>
    public string? KernelText { get; init; }

    /// <summary>
    /// The explanation with the source lines around the place from its file, which an object names but does not hold. A file that has another
    /// text at that line than the object says is not shown, so that a foreign object cannot show any file.
    /// </summary>
    /// <param name="readLines">Gives the lines of a file; null if it cannot be read.</param>
    public Explanation WithSourceFrom(Func<string, IEnumerable<string>?> readLines)
    {
        ArgumentNullException.ThrowIfNull(readLines);
        return Source is { } source && readLines(source.Span.File) is { } lines ? this with { Source = SourceReader.Widen(source, lines) } : this;
    }

    /// <summary>The explanation as a diagnostic: place, reason, the most telling facts and what to do, a screen at most.</summary>
    public Diagnostic ToDiagnostic() => ExplanationText.ToDiagnostic(this);

    /// <summary>All of it as text: source and code around the place with markers, the path, what to do.</summary>
    public string ToLongText() => ExplanationText.ToLongText(this);

    /// <inheritdoc/>
    public override string ToString() => ToDiagnostic().ToString();
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Verifier.Explanations;

namespace Nectar.Bpf.Diagnostics;

/// <summary>A verifier, the kernel's or ours, refused a program.</summary>
public sealed class VerificationException : NectarException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="diagnostics">The explanation, the last error first.</param>
    /// <param name="program">The program's name.</param>
    /// <param name="log">The verifier's whole log.</param>
    public VerificationException(ImmutableArray<Diagnostic> diagnostics, string program, string log)
        : base(diagnostics)
    {
        Program = program;
        Log = log;
    }

    /// <summary>Makes the exception for a refusal that was explained.</summary>
    /// <param name="explanation">Why, where, how it came to be and what to do.</param>
    /// <param name="program">The program's name.</param>
    /// <param name="log">The kernel's whole log; empty if this library's verifier refused.</param>
    public VerificationException(Explanation explanation, string program, string log)
        : this([(explanation ?? throw new ArgumentNullException(nameof(explanation))).ToDiagnostic()], program, log) => Explanation = explanation;

    /// <summary>Why, where, how it came to be and what to do; null where only a diagnostic was given.</summary>
    public Explanation? Explanation { get; }

    /// <summary>The program's name.</summary>
    public string Program { get; }

    /// <summary>The verifier's whole log; empty if it wrote none.</summary>
    public string Log { get; }

    /// <summary>The slot of the refused instruction; null if the verifier did not get to one.</summary>
    public int? Instruction => Diagnostics[0].Instruction;

    /// <summary>The place in the author's source, through line info; null where unknown.</summary>
    public SourceSpan? Span => Diagnostics[0].Span;

    /// <summary>Instructions that the verifier had looked at when it stopped; 0 if the log does not say.</summary>
    public long ProcessedInstructions { get; init; }
}

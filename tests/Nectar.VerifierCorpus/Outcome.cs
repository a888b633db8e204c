// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Linux.Refusals;

namespace Nectar.VerifierCorpus;

/// <summary>How our verdict stands to the kernel's.</summary>
internal enum Agreement
{
    Accept,
    Refuse,

    /// <summary>We accept what the kernel refuses for what the program does with memory, references, calls.</summary>
    Unsound,

    /// <summary>We accept what the kernel refuses for a rule of its own: return values, program types, limits.</summary>
    Permissive,

    /// <summary>We refuse what the kernel accepts.</summary>
    Imprecise,

    /// <summary>We spend the budget on what the kernel accepts.</summary>
    OverBudget,
    Crash,
}

/// <summary>Our verdict on one case beside the kernel's.</summary>
internal sealed record Outcome(CorpusCase Case, VerificationResult? Result, Exception? Failure)
{
    private static readonly ViolationKind[] s_budget = [ViolationKind.BudgetSpent, ViolationKind.TooComplex, ViolationKind.TooManyBranches];

    internal Agreement Agreement { get; } = Classify(Case, Result);

    internal bool Agrees => Agreement is Agreement.Accept or Agreement.Refuse;

    /// <summary>Our kind of refusal, or what else happened.</summary>
    internal string Ours => Failure is not null ? Failure.GetType().Name : Result!.Refusal?.Kind.ToString() ?? "accepted";

    /// <summary>The kernel's complaint with its numbers left out.</summary>
    internal string Kernels => Case.Kernel.IsAccepted ? "accepted" : MessageShape.Of(Case.Kernel);

    internal TimeSpan Time => Result?.Statistics.Time ?? TimeSpan.Zero;

    internal static Outcome Of(CorpusCase @case, VerifierOptions options)
    {
        try
        {
            return new Outcome(@case, ProgramVerifier.Verify(@case.MakeInput(), options), null);
        }
        catch (Exception failure)
        {
            return new Outcome(@case, null, failure); // whatever it is, it is the finding
        }
    }

    /// <summary>The category of the kernel's refusal, by the same table that explains its logs.</summary>
    internal static ViolationCategory CategoryOf(KernelVerdict kernel) =>
        VerifierRefusal.Explain(null, "main", kernel.Log.Length > 0 ? kernel.Log : kernel.Message, (Nectar.Bpf.Maps.Errno)kernel.Errno).Explanation?.Category ?? ViolationCategory.Policy;

    private static Agreement Classify(CorpusCase @case, VerificationResult? result)
    {
        if (result is null) return Agreement.Crash;
        if (result.IsAccepted == @case.Kernel.IsAccepted) return result.IsAccepted ? Agreement.Accept : Agreement.Refuse;
        if (!result.IsAccepted) return s_budget.Contains(result.Refusal!.Kind) ? Agreement.OverBudget : Agreement.Imprecise;
        return CategoryOf(@case.Kernel) is ViolationCategory.Policy or ViolationCategory.ProgramStructure or ViolationCategory.ExecutionContext ? Agreement.Permissive : Agreement.Unsound;
    }
}

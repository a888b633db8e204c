// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Verifier;
using Nectar.Linux.Loading;

namespace Nectar.VerifierCorpus;

/// <summary>Our verdicts beside the kernel's, over a whole corpus.</summary>
internal static class Comparison
{
    /// <summary>What the kernel that judged would be asked.</summary>
    internal static VerifierOptions Options() => RunningVerifier.Options;

    /// <summary>Verifies all cases.</summary>
    internal static Outcome[] Run(IReadOnlyList<CorpusCase> cases, bool inParallel)
    {
        Outcome[] outcomes = new Outcome[cases.Count];
        VerifierOptions options = Options();
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = inParallel ? Environment.ProcessorCount : 1 };
        Parallel.For(0, cases.Count, parallel, i => outcomes[i] = Outcome.Of(cases[i], options));
        return outcomes;
    }

    /// <summary>One line a corpus.</summary>
    internal static void PrintSummary(IReadOnlyList<Outcome> outcomes, TextWriter output)
    {
        output.WriteLine("corpus          cases  agree   %     accept refuse | unsound permissive imprecise budget crash");
        foreach (IGrouping<string, Outcome> corpus in outcomes.GroupBy(o => o.Case.Corpus)) Line(corpus.Key, [.. corpus]);
        Line("all", outcomes);

        void Line(string name, IReadOnlyList<Outcome> some)
        {
            int Count(Agreement kind) => some.Count(o => o.Agreement == kind);
            int agree = some.Count(o => o.Agrees);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name,-15} {some.Count,5} {agree,6} {100.0 * agree / Math.Max(1, some.Count),6:F1} {Count(Agreement.Accept),6} {Count(Agreement.Refuse),6} | {Count(Agreement.Unsound),7} {Count(Agreement.Permissive),10} {Count(Agreement.Imprecise),9} {Count(Agreement.OverBudget),6} {Count(Agreement.Crash),5}"));
        }
    }

    /// <summary>Every disagreement, by class, our kind of refusal and the kernel's words; the largest groups first.</summary>
    internal static void PrintDisagreements(IReadOnlyList<Outcome> outcomes, TextWriter output)
    {
        foreach (IGrouping<Agreement, Outcome> kind in outcomes.Where(o => !o.Agrees).GroupBy(o => o.Agreement).OrderBy(g => g.Key))
        {
            output.WriteLine($"\n=== {kind.Key}: {kind.Count()}");
            foreach (var group in kind.GroupBy(o => (o.Ours, o.Kernels)).OrderByDescending(g => g.Count()))
            {
                output.WriteLine($"-- {group.Count(),4}  ours: {group.Key.Ours}   kernel: {group.Key.Kernels}");
                foreach (Outcome one in group)
                {
                    output.WriteLine($"        {one.Case}: {(one.Failure is { } failure ? Where(failure) : one.Result!.Refusal is { } refusal ? $"insn {refusal.Slot}: {refusal.Sentence}" : one.Case.Kernel.LastLine)}");
                }
            }
        }
    }

    private static string Where(Exception failure)
    {
        string place = string.Join(" < ", (failure.StackTrace ?? "").Split('\n').Take(4).Select(l => l.Trim()));
        return $"{failure.Message.ReplaceLineEndings(" ")} {place}";
    }
}

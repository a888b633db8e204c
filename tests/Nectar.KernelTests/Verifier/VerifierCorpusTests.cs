// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.KernelTests.Support;
using Nectar.VerifierCorpus;
using Xunit;
using Xunit.Abstractions;

namespace Nectar.KernelTests.Verifier;

/// <summary>
/// Our verdicts beside this kernel's: its own verifier tests of two versions, the programs of Debian's tools, the benchmarks' programs.
/// The corpus is made once a kernel and kept outside of the repository.
/// </summary>
public sealed class VerifierCorpusTests(ITestOutputHelper output)
{
    private static readonly Lazy<Outcome[]> s_outcomes = new(() =>
    {
        Generator.Run(_ => { });
        return Comparison.Run(Corpus.Read(), inParallel: true);
    });

    [CorpusFact]
    public void Verdicts_OverThePromisedCorpora_AgreeWithTheKernels()
    {
        Outcome[] outcomes = [.. s_outcomes.Value.Where(o => Bars.IsPromised(o.Case))];
        StringWriter summary = new();
        Comparison.PrintSummary(outcomes, summary);
        output.WriteLine(summary.ToString());
        Assert.True(outcomes.Length > 2500, $"only {outcomes.Length} cases");
        AssertNone(Texts(outcomes, o => o.Agreement is Agreement.Unsound or Agreement.Crash));
        foreach (IGrouping<string, Outcome> corpus in outcomes.GroupBy(o => o.Case.Corpus))
        {
            double share = (double)corpus.Count(o => o.Agrees) / corpus.Count();
            Assert.True(share >= 0.97, $"{corpus.Key}: {share:P1} agree: {Texts(corpus, o => !o.Agrees)}");
        }
    }

    [CorpusFact]
    public void Disagreements_AreKnownWithAReason()
    {
        KnownDisagreements known = KnownDisagreements.Read();
        AssertNone(Texts(s_outcomes.Value, o => !o.Agrees && known.Find(o.Case) is null));
    }

    [CorpusFact]
    public void ProgramsOfToolsAndBenchmarks_AreAccepted_AsTheKernelDoes()
    {
        Outcome[] outcomes = [.. s_outcomes.Value.Where(o => o.Case.Corpus is "tools" or "packages" or "benchmarks")];
        AssertNone(Texts(outcomes, o => o.Case.Kernel.IsAccepted && !o.Agrees));
    }

    [CorpusFact]
    public void Refusals_HaveCategorySentencePlaceAndSuggestion()
    {
        Outcome[] refused = [.. s_outcomes.Value.Where(o => o.Result is { IsAccepted: false })];
        Assert.NotEmpty(refused);
        AssertNone(Texts(refused, o => !Bars.IsExplained(o)));
    }

    private static void AssertNone(string texts) => Assert.True(texts.Length == 0, texts);

    private static string Texts(IEnumerable<Outcome> outcomes, Func<Outcome, bool> isBad) =>
        string.Join('\n', outcomes.Where(isBad).Select(o => $"{o.Agreement} {o.Case}: ours {o.Ours} {o.Failure?.Message ?? o.Result?.Refusal?.Sentence}, the kernel: {o.Kernels}").Take(60));
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Verifier;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Linux.Refusals;

namespace Nectar.VerifierCorpus;

/// <summary>What is promised of the verifier, measured: agreement, time beside the kernel's in the same run, memory, refusals that explain themselves.</summary>
internal static class Bars
{
    private const string Largest = "http_match";

    /// <summary>The corpora that the promise is about.</summary>
    internal static bool IsPromised(CorpusCase @case) => @case.Corpus is "progs-6.12" or "verifier-6.1" or "verifier-6.12";

    internal static void Print(TextWriter output)
    {
        List<CorpusCase> cases = Corpus.Read();
        Outcome[] warm = Comparison.Run(cases, inParallel: true);
        Comparison.PrintSummary(warm, output);
        PrintExplained(warm, output);
        PrintTime(cases, output);
        PrintHttpMatch(output);
        PrintMemory(warm, output);
    }

    /// <summary>A refusal says enough if it has a category, a sentence, a place and advice.</summary>
    internal static bool IsExplained(Outcome outcome)
    {
        if (outcome.Result?.Explanation is not { } explanation) return false;
        return explanation.Title.Length > 0 && explanation.Reason.Length > 0 && explanation.Suggestion.Length > 0 && (explanation.Instruction is not null || explanation.Category == ViolationCategory.Policy || explanation.Category == ViolationCategory.ProgramStructure);
    }

    /// <summary>True if the table of the kernel's messages has a row for what it said.</summary>
    internal static bool IsMapped(KernelVerdict kernel) => VerifierMessages.Find(VerifierLog.Parse(kernel.Log.Length > 0 ? kernel.Log : kernel.Message).Messages) is not null;

    private static void PrintExplained(Outcome[] outcomes, TextWriter output)
    {
        Outcome[] refused = [.. outcomes.Where(o => o.Result is { IsAccepted: false })];
        output.WriteLine(Invariant($"refusals with category, sentence, place and suggestion: {refused.Count(IsExplained)} of {refused.Length}"));
        IGrouping<string, Outcome>[] texts = [.. outcomes.Where(o => !o.Case.Kernel.IsAccepted).GroupBy(o => o.Kernels)];
        string[] unmapped = [.. texts.Where(g => !IsMapped(g.First().Case.Kernel)).Select(g => g.Key)];
        output.WriteLine(Invariant($"distinct texts of the kernel that the table of messages knows: {texts.Length - unmapped.Length} of {texts.Length}"));
        foreach (string text in unmapped) output.WriteLine($"  not known: {text}");
    }

    /// <summary>The kernel's own figures are taken again, so that both ran on the same busy or quiet machine.</summary>
    private static void PrintTime(List<CorpusCase> cases, TextWriter output)
    {
        Dictionary<string, long> kernel = Generator.JudgeAgain();
        CorpusCase[] promised = [.. cases.Where(c => IsPromised(c) && kernel.ContainsKey(c.ToString()))];
        Outcome[] first = Comparison.Run(promised, inParallel: false), second = Comparison.Run(promised, inParallel: false);
        double ours = 0, theirs = 0;
        for (int i = 0; i < promised.Length; i++)
        {
            ours += Math.Min(first[i].Time.TotalMilliseconds, second[i].Time.TotalMilliseconds);
            theirs += kernel[promised[i].ToString()] / 1000.0;
        }

        output.WriteLine(Invariant($"time over {promised.Length} programs: ours {ours:F0} ms, the kernel's {theirs:F0} ms, ratio {ours / theirs:F2}"));
    }

    private static void PrintHttpMatch(TextWriter output)
    {
        CorpusCase? match = Corpus.Read(c => c.Corpus == "benchmarks" && c.Name.Contains(Largest, StringComparison.Ordinal)).FirstOrDefault();
        if (match is null) return;
        Outcome best = Enumerable.Range(0, 3).Select(_ => Outcome.Of(match, Comparison.Options())).MinBy(o => o.Time)!;
        output.WriteLine(Invariant($"{match.Name}: {best.Ours} by {best.Result?.DecidedBy}, {best.Result?.Statistics.InstructionsWalked} instructions in {best.Time.TotalMilliseconds:F1} ms; the kernel {match.Kernel.Instructions} in {match.Kernel.Microseconds / 1000.0:F1} ms"));
    }

    /// <summary>Each of the hungriest is verified in a process of its own, whose peak is compared with that of a process that verifies next to nothing.</summary>
    private static void PrintMemory(Outcome[] outcomes, TextWriter output)
    {
        CorpusCase[] hungry = [.. outcomes.Where(o => o.Result is not null).OrderByDescending(o => o.Result!.Statistics.PeakStates).Take(3).Select(o => o.Case), .. outcomes.Where(o => o.Case.Name.Contains(Largest, StringComparison.Ordinal)).Select(o => o.Case).Take(1)];
        foreach (CorpusCase @case in hungry)
        {
            (int code, string text) = Processes.Run(null, TimeSpan.FromMinutes(2), Environment.ProcessPath!, "memory", @case.ToString());
            output.WriteLine($"memory: {@case}: {(code == 0 ? text.Trim() : "failed")}");
        }
    }

    /// <summary>The verb that the bars run for one case: how much the peak of this process rises while it verifies.</summary>
    internal static void PrintPeak(string name)
    {
        CorpusCase @case = Corpus.Read(c => c.ToString() == name).First();
        VerifierInput input = @case.MakeInput();
        VerifierOptions options = Comparison.Options();
        GC.Collect();
        File.WriteAllText("/proc/self/clear_refs", "5"); // resets the peak
        long before = Peak();
        VerificationResult result = ProgramVerifier.Verify(input, options);
        Console.WriteLine(Invariant($"{(Peak() - before) / 1024.0:F0} MB more than before ({Peak() / 1024.0:F0} MB in all), {result.Statistics.PeakStates} states"));
    }

    private static long Peak() => long.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)).AsSpan(6).Trim().ToString().Split(' ')[0], CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}

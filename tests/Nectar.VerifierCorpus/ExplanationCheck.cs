// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Verifier;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Linux.Refusals;

namespace Nectar.VerifierCorpus;

/// <summary>Every refusal of a corpus, ours and the kernel's, has category, sentence, place and suggestion.</summary>
internal static class ExplanationCheck
{
    private const int Unexplained = 4501, NoLog = 4539;

    /// <summary>Checks all; prints the explanations that lack something, and the shares.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="all">Receives every explanation in full; null for none.</param>
    /// <returns>True if nothing is missing.</returns>
    internal static bool Run(IReadOnlyList<CorpusCase> cases, TextWriter? all)
    {
        VerifierOptions options = Comparison.Options();
        int ours = 0, oursComplete = 0, kernels = 0, kernelsExplained = 0, silent = 0;
        foreach (CorpusCase @case in cases)
        {
            VerifierInput input = @case.MakeInput();
            if (ProgramVerifier.Verify(input, options).Explanation is { } why)
            {
                ours++;
                string lack = Lack(why, input);
                if (lack.Length == 0) oursComplete++;
                else Console.WriteLine($"{@case}: ours lacks {lack}: {why.Code} {why.Reason}");
                all?.WriteLine($"==== {@case}\n{why.ToLongText()}kernel: {@case.Kernel.Message}\n");
            }

            if (@case.Kernel.IsAccepted) continue;
            Explanation kernel = VerifierRefusal.Explain(null, input.Name, @case.Kernel.Log.Length > 0 ? @case.Kernel.Log : @case.Kernel.Message, (Errno)@case.Kernel.Errno).Explanation!;
            if (kernel.Code.Number == NoLog)
            {
                silent++;
                continue;
            }

            kernels++;
            if (kernel.Code.Number != Unexplained) kernelsExplained++;
            else Console.WriteLine($"{@case}: no row for the kernel's words: {@case.Kernel.Message.ReplaceLineEndings(" | ")}");
            all?.WriteLine($"==== {@case} (kernel)\n{kernel.ToLongText()}");
        }

        Console.WriteLine($"our refusals: {oursComplete} of {ours} have category, sentence, place and suggestion");
        Console.WriteLine($"the kernel's: {kernelsExplained} of {kernels} have a row; {silent} were refused without a word");
        return ours == oursComplete && kernels == kernelsExplained;
    }

    /// <summary>What is missing; empty for nothing. Refusals of the program as a whole have no place, and code without line info no source.</summary>
    private static string Lack(Explanation why, VerifierInput input)
    {
        List<string> lacks = [];
        if (string.IsNullOrWhiteSpace(why.Reason) || char.IsUpper(why.Reason[0]) || why.Reason.EndsWith('.')) lacks.Add("a sentence");
        if (string.IsNullOrWhiteSpace(why.Suggestion)) lacks.Add("a suggestion");
        if (string.IsNullOrWhiteSpace(why.Title)) lacks.Add("a title");
        if (why.Instruction is { } slot)
        {
            if (!why.Instructions.Any(line => line.IsMarked)) lacks.Add("the instruction");
            if (input.Lines.Any(line => line.Instruction <= slot && line.Line > 0) && why.Source is null) lacks.Add("the source line");
        }

        return string.Join(", ", lacks);
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.VerifierCorpus;

/// <summary>The verbs of this program.</summary>
internal static class CorpusCommand
{
    internal static int Run(string[] arguments)
    {
        if (CorpusFolder.Unavailable() is { } reason)
        {
            Console.WriteLine($"skipped: {reason}");
            return 0;
        }

        switch (arguments)
        {
            case ["generate"]:
                Generator.Run(Console.WriteLine);
                Console.WriteLine(CorpusFolder.Path);
                return 0;
            case ["compare", .. var rest]:
                Generator.Run(Console.WriteLine);
                Compare(rest);
                return 0;
            case ["show", var text]:
                Generator.Run(Console.WriteLine);
                foreach (CorpusCase @case in Corpus.Read(c => c.ToString().Contains(text, StringComparison.Ordinal))) CaseText.Print(@case, Console.Out);
                return 0;
            case ["explain", .. var rest]:
                Generator.Run(Console.WriteLine);
                return Explain(rest) ? 0 : 1;
            case ["bars"]:
                Generator.Run(Console.Error.WriteLine);
                Bars.Print(Console.Out);
                return 0;
            case ["memory", var name]:
                Bars.PrintPeak(name);
                return 0;
            default:
                Console.Error.WriteLine("usage: generate | compare [TEXT] [--report FILE] | show TEXT | explain [TEXT] [--report FILE] | bars");
                return 2;
        }
    }

    private static bool Explain(string[] arguments)
    {
        (string? text, string? report) = Read(arguments);
        using StreamWriter? file = report is null ? null : File.CreateText(report);
        return ExplanationCheck.Run(Cases(text), file);
    }

    private static (string? Text, string? Report) Read(string[] arguments)
    {
        int at = Array.IndexOf(arguments, "--report");
        return (arguments.Length > 0 && at != 0 ? arguments[0] : null, at >= 0 && at + 1 < arguments.Length ? arguments[at + 1] : null);
    }

    private static List<CorpusCase> Cases(string? text) => Corpus.Read(text is null ? null : c => c.ToString().Contains(text, StringComparison.Ordinal));

    private static void Compare(string[] arguments)
    {
        (string? text, string? report) = Read(arguments);
        Outcome[] outcomes = Comparison.Run(Cases(text), inParallel: true);
        Comparison.PrintSummary(outcomes, Console.Out);
        if (report is null)
        {
            if (text is not null) Comparison.PrintDisagreements(outcomes, Console.Out);
            return;
        }

        using StreamWriter file = File.CreateText(report);
        Comparison.PrintSummary(outcomes, file);
        Comparison.PrintDisagreements(outcomes, file);
    }
}

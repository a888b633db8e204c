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
            default:
                Console.Error.WriteLine("usage: generate | compare [TEXT] [--report FILE] | show TEXT");
                return 2;
        }
    }

    private static void Compare(string[] arguments)
    {
        int at = Array.IndexOf(arguments, "--report");
        string? report = at >= 0 && at + 1 < arguments.Length ? arguments[at + 1] : null;
        string? text = arguments.Length > 0 && at != 0 ? arguments[0] : null;
        Outcome[] outcomes = Comparison.Run(Corpus.Read(text is null ? null : c => c.ToString().Contains(text, StringComparison.Ordinal)), inParallel: true);
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

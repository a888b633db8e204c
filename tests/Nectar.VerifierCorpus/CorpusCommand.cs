// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.VerifierCorpus;

/// <summary>The verbs of this program.</summary>
internal static class CorpusCommand
{
    internal static int Run(string[] arguments)
    {
        switch (arguments)
        {
            case ["generate"]:
                if (CorpusFolder.Unavailable() is { } reason)
                {
                    Console.WriteLine($"skipped: {reason}");
                    return 0;
                }

                Generator.Run(Console.WriteLine);
                Console.WriteLine(CorpusFolder.Path);
                return 0;
            default:
                Console.Error.WriteLine("usage: generate");
                return 2;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Cli;

/// <summary>Where text goes: results to standard output, problems to standard error, colours only to a terminal that wants them.</summary>
internal static class Output
{
    private const string Red = "\e[31m", Yellow = "\e[33m", Bold = "\e[1m", Reset = "\e[0m";

    /// <summary>True if standard error is a terminal and colours are not switched off (no-color.org).</summary>
    private static readonly bool s_colourErrors = !Console.IsErrorRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    /// <summary>Prints one problem with its quoted line and notes.</summary>
    internal static void Problem(Diagnostic diagnostic)
    {
        string text = diagnostic.ToString();
        if (s_colourErrors)
        {
            string word = diagnostic.Severity == Severity.Error ? "error" : "warning";
            string colour = diagnostic.Severity == Severity.Error ? Red : Yellow;
            int at = text.IndexOf(word, StringComparison.Ordinal);
            if (at >= 0) text = $"{text[..at]}{Bold}{colour}{word}{Reset}{text[(at + word.Length)..]}";
        }

        Console.Error.WriteLine(text);
    }
}

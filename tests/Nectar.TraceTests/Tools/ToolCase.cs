// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.RegularExpressions;

namespace Nectar.TraceTests.Tools;

/// <summary>A tool, what makes the events that it shows, and what it must print: one case of <c>tests/golden/trace/tools.txt</c>.</summary>
/// <param name="Name">The tool's name.</param>
/// <param name="Parameters">Behind it.</param>
internal sealed record ToolCase(string Name, string[] Parameters)
{
    /// <summary>Lines of a shell.</summary>
    public string Workload { get; private set; } = "";

    /// <summary>What the output must contain.</summary>
    public List<Regex> Patterns { get; } = [];

    /// <summary>Why nothing is expected; empty if something is. <c>kprobes</c>: the tool needs them; <c>refused</c>: it cannot be attached.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>Where cases and traffic are.</summary>
    public static string Folder { get; } = Path.Combine(Repository.Root, "tests", "golden", "trace");

    // Words between spaces, and what stands in single quotes, as a shell takes them.
    private static readonly Regex s_word = new("'[^']*'|[^ ']+", RegexOptions.CultureInvariant);

    /// <summary>All cases.</summary>
    public static List<ToolCase> ReadAll()
    {
        List<ToolCase> cases = [];
        foreach (string line in File.ReadLines(Path.Combine(Folder, "tools.txt")))
        {
            string rest = line.Length > 3 ? line[3..] : "";
            if (line.StartsWith("# ", StringComparison.Ordinal) || line.StartsWith("#  ", StringComparison.Ordinal)) continue;
            if (line.StartsWith("== ", StringComparison.Ordinal))
            {
                string[] words = [.. s_word.Matches(rest).Select(match => match.Value.Trim('\''))];
                cases.Add(new ToolCase(words[0], words[1..]));
            }
            else if (line.StartsWith("~~ ", StringComparison.Ordinal)) cases[^1].Patterns.Add(new Regex(rest, RegexOptions.Multiline | RegexOptions.CultureInvariant));
            else if (line.StartsWith("!! ", StringComparison.Ordinal)) cases[^1].Reason = rest;
            else cases[^1].Workload += line + "\n";
        }

        return cases;
    }
}

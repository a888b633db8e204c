// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.RegularExpressions;
using Nectar.KernelTests.Support;
using Nectar.Linux.Refusals;
using Nectar.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Nectar.KernelTests.Refusals;

/// <summary>Every text that the kernel's own verifier tests expect of a refusal has a row with category, sentence and suggestion.</summary>
public sealed class KernelTextTests(ITestOutputHelper output)
{
    // what those tests expect of the log beside the refusal: states, steps, statistics and remarks
    private static readonly Regex s_noComplaint = new(@"^(\d+: )?(: )?(R\d+=|\(\w+\) |safe$|\*\()|^(parent state |regs=|mark_precise|last_idx|Func#|Validating |stack depth|processed |from |frame\d)|^\d+: \(", RegexOptions.Compiled);

    [KernelSourceFact]
    public void EveryRefusalText_HasARow()
    {
        SortedSet<string> texts = new(StringComparer.Ordinal);
        foreach (string archive in KernelSourceFactAttribute.Archives()) texts.UnionWith(Texts(archive));
        List<string> missing = [];
        int used = 0;
        foreach (string text in texts)
        {
            VerifierMessage? row = Best(text);
            if (row is null) missing.Add(text);
            else
            {
                used++;
                Assert.NotEmpty(row.Explanation);
                Assert.NotNull(row.Help);
                Assert.NotEmpty(VerifierTitles.Find(row.Code).Title);
            }
        }

        output.WriteLine($"{used} of {texts.Count} distinct texts ({100.0 * used / texts.Count:0.0} %) of {string.Join(", ", KernelSourceFactAttribute.Archives().Select(Path.GetFileName))} have a row");
        Assert.True(texts.Count >= 128, $"{texts.Count} texts");
        Assert.True(missing.Count == 0, "no row for:\n" + string.Join('\n', missing));
    }

    /// <summary>The distinct texts that an archive's tests expect of refusals, with numbers made the same.</summary>
    private static IEnumerable<string> Texts(string archive)
    {
        const string Folder = "tools/testing/selftests/bpf";
        string root = Path.GetFileName(archive)[..^".tar.xz".Length];
        string folder = Directory.CreateTempSubdirectory("nectar-kernel-texts").FullName;
        try
        {
            (int exitCode, _, string error) = TestEnvironment.Run("tar", "-xJf", archive, "-C", folder, $"{root}/{Folder}/verifier", $"{root}/{Folder}/progs");
            if (exitCode != 0) throw new InvalidOperationException(error);
            string tests = Path.Combine(folder, root, Folder);
            foreach (string file in Directory.GetFiles(Path.Combine(tests, "verifier"), "*.c"))
            {
                foreach (Match match in Regex.Matches(File.ReadAllText(file), @"errstr = *""((?:[^""\\]|\\.)*)""")) foreach (string text in Clean(match.Groups[1].Value)) yield return text;
            }

            foreach (string file in Directory.GetFiles(Path.Combine(tests, "progs"), "*.c"))
            {
                // a test's attributes stand in a row; those of a program that is refused have __failure among them
                foreach (Match block in Regex.Matches(File.ReadAllText(file), @"(?:\s*(?:__\w+(?:\((?:[^()""]|""(?:[^""\\]|\\.)*""|\([^()]*\))*\))?|SEC\(""[^""]*""\)))+"))
                {
                    if (!Regex.IsMatch(block.Value, @"__failure\b")) continue;
                    foreach (Match match in Regex.Matches(block.Value, @"__msg\(""((?:[^""\\]|\\.)*)""\)")) foreach (string text in Clean(match.Groups[1].Value)) yield return text;
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<string> Clean(string literal)
    {
        foreach (string line in Regex.Unescape(literal).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string text = Regex.Replace(Regex.Replace(line, @"\{\{\[[^]]*\]\+\}\}", "7"), @"\{\{.*?\}\}", "");
            text = Regex.Replace(text, @"\d+", "7");
            bool isWord = !text.Contains(' ') && !text.StartsWith('!'); // the name of a function or type out of a sentence
            if (text.Length > 3 && !isWord && !s_noComplaint.IsMatch(text)) yield return text;
        }
    }

    /// <summary>The row of which a template has the text, which may be any part of a sentence; null if no third of its letters is in one.</summary>
    private static VerifierMessage? Best(string text)
    {
        if (VerifierMessages.Find([text]) is { } exact) return exact.Message;
        VerifierMessage? best = null;
        int bestScore = text.Count(char.IsLetter) / 3;
        foreach (VerifierMessage row in VerifierMessages.All)
        {
            foreach (MessageTemplate template in row.Templates)
            {
                int score = Score(template.Text, text);
                if (score > bestScore) (best, bestScore) = (row, score);
            }
        }

        return best;
    }

    /// <summary>How many letters of a text stand in a template, the text laid anywhere into it, its holes taking anything; -1 if it does not fit.</summary>
    private static int Score(string template, string text)
    {
        template = Regex.Replace(template, @"\d+", "7");
        List<char?> tokens = [];
        for (int i = 0; i < template.Length; i++)
        {
            if (template[i] == '{' && template.IndexOf('}', i) is var close and > 0)
            {
                tokens.Add(null);
                i = close;
            }
            else tokens.Add(template[i]);
        }

        int[] scores = new int[tokens.Count + 1];
        foreach (char c in text)
        {
            int[] next = new int[scores.Length];
            Array.Fill(next, -1);
            for (int at = 0; at < tokens.Count; at++)
            {
                if (scores[at] < 0) continue;
                if (tokens[at] is null)
                {
                    next[at] = Math.Max(next[at], scores[at]);
                    next[at + 1] = Math.Max(next[at + 1], scores[at]);
                    scores[at + 1] = Math.Max(scores[at + 1], scores[at]);
                }
                else if (tokens[at] == c) next[at + 1] = Math.Max(next[at + 1], scores[at] + (char.IsLetter(c) ? 1 : 0));
            }

            next[tokens.Count] = Math.Max(next[tokens.Count], scores[tokens.Count]); // what stands behind a template is not looked at
            scores = next;
        }

        return scores.Max();
    }
}

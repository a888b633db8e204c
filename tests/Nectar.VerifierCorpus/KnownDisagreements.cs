// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.VerifierCorpus;

/// <summary>Cases where we are known to say something else than the kernel, each with its reason: data/known-disagreements.txt.</summary>
internal sealed class KnownDisagreements
{
    private readonly List<(string Case, string Reason)> _rows = [];

    private KnownDisagreements()
    {
    }

    /// <summary>Lines of the form <c>corpus name | reason</c>; a name stands for all that begin with it.</summary>
    internal static KnownDisagreements Read()
    {
        KnownDisagreements known = new();
        foreach (string line in File.ReadLines(CorpusFolder.Own("data/known-disagreements.txt")))
        {
            if (line.Length == 0 || line[0] == '#') continue;
            int bar = line.IndexOf(" | ", StringComparison.Ordinal);
            if (bar < 0) throw new FormatException($"known-disagreements.txt: no ' | ' in '{line}'");
            known._rows.Add((line[..bar], line[(bar + 3)..]));
        }

        return known;
    }

    /// <summary>The reason; null if the disagreement is not known.</summary>
    internal string? Find(CorpusCase @case)
    {
        string text = @case.ToString();
        foreach ((string name, string reason) in _rows)
        {
            if (text.StartsWith(name, StringComparison.Ordinal)) return reason;
        }

        return null;
    }
}

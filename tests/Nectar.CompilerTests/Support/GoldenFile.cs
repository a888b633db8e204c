// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;

namespace Nectar.CompilerTests.Support;

/// <summary>
/// A golden file: input and every expected output, in sections that begin with <c>-- name</c>. The runner makes every section but the source anew and
/// compares the text; <c>NECTAR_GOLDEN=update</c> writes the file instead.
/// </summary>
internal sealed class GoldenFile
{
    private readonly string _path;
    private readonly List<string> _comments = [];
    private readonly List<(string Heading, string Text)> _sections = [];

    private GoldenFile(string path) => _path = path;

    internal static bool Updates => Environment.GetEnvironmentVariable("NECTAR_GOLDEN") == "update";

    internal string Name => Path.GetFileNameWithoutExtension(_path);

    internal IEnumerable<string> Headings => _sections.Select(s => s.Heading);

    internal static string Folder(string name) => Path.Combine(Repository.Root, "tests", "golden", name);

    /// <summary>The files of a folder below tests/golden, by name.</summary>
    internal static IEnumerable<GoldenFile> All(string folder) => Directory.GetFiles(Folder(folder), "*.golden").Order(StringComparer.Ordinal).Select(Read);

    internal static GoldenFile Read(string path)
    {
        GoldenFile golden = new(path);
        StringBuilder section = new();
        string? heading = null;
        foreach (string line in File.ReadAllLines(path))
        {
            if (line.StartsWith("-- ", StringComparison.Ordinal))
            {
                if (heading is not null) golden._sections.Add((heading, section.ToString()));
                section.Clear();
                heading = line[3..].Trim();
            }
            else if (heading is null) golden._comments.Add(line);
            else section.Append(line).Append('\n');
        }

        if (heading is not null) golden._sections.Add((heading, section.ToString()));
        return golden;
    }

    /// <summary>The text of a section; null if there is none.</summary>
    internal string? this[string heading] => _sections.Where(s => s.Heading == heading).Select(s => s.Text).FirstOrDefault();

    /// <summary>What a heading says behind its first word: <c>cpu=v1</c> of <c>-- options cpu=v1</c>.</summary>
    internal string Option(string name) => _sections.Select(s => s.Heading).FirstOrDefault(h => h.StartsWith("options ", StringComparison.Ordinal)) is { } heading
        && heading.Split(' ').FirstOrDefault(word => word.StartsWith(name + "=", StringComparison.Ordinal)) is { } word ? word[(name.Length + 1)..] : "";

    /// <summary>Compares what the sections that are not input should be now.</summary>
    internal void Check(IEnumerable<(string Heading, string Text)> now)
    {
        (string Heading, string Text)[] made = [.. now.Select(s => (s.Heading, Normal(s.Text)))];
        if (Updates)
        {
            StringBuilder text = new();
            foreach (string comment in _comments) text.Append(comment).Append('\n');
            foreach ((string heading, string body) in _sections.Where(s => IsInput(s.Heading)).Concat(made)) text.Append("-- ").Append(heading).Append('\n').Append(body);
            File.WriteAllText(_path, text.ToString());
            return;
        }

        foreach ((string heading, string text) in made)
        {
            Assert.True(this[heading] is not null, $"{Name}: no section '{heading}' (NECTAR_GOLDEN=update writes it)");
            Assert.True(this[heading] == text, $"{Name}, section '{heading}' (NECTAR_GOLDEN=update accepts it):\n{Difference(this[heading]!, text)}");
        }

        string[] extra = [.. Headings.Where(h => !IsInput(h)).Except(made.Select(s => s.Heading))];
        Assert.True(extra.Length == 0, $"{Name}: no runner knows the sections {string.Join(", ", extra)}");
    }

    private static bool IsInput(string heading) => heading.Split(' ')[0] is "source" or "options" or "inputs";

    private static string Normal(string text)
    {
        StringBuilder normal = new();
        foreach (string line in text.TrimEnd().Split('\n')) normal.Append(line.TrimEnd()).Append('\n');
        return normal.ToString();
    }

    private static string Difference(string expected, string actual)
    {
        string[] old = expected.Split('\n'), now = actual.Split('\n');
        int first = 0;
        while (first < old.Length && first < now.Length && old[first] == now[first]) first++;
        return $"line {first + 1}\n  expected {old.ElementAtOrDefault(first)}\n  actual   {now.ElementAtOrDefault(first)}\n\n{actual}";
    }
}

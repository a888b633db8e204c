// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Build.Sdk;

/// <summary>Reads messages in the form of MSBuild, <c>file(line,column[,line,column]): error CODE: text [project]</c>, as diagnostics.</summary>
internal static class CompilerMessages
{
    /// <summary>All messages of a compiler's or a build's output, each once, in the order in which they were printed.</summary>
    /// <param name="output">What was printed.</param>
    /// <param name="nameOf">What the user calls a file.</param>
    internal static List<Diagnostic> Read(string output, Func<string, string> nameOf)
    {
        List<Diagnostic> messages = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        Dictionary<string, string[]> sources = new(StringComparer.Ordinal);
        foreach (string line in output.Split('\n'))
        {
            string text = line.Trim();
            int project = text.EndsWith(']') ? text.LastIndexOf(" [", StringComparison.Ordinal) : -1;
            if (project > 0) text = text[..project];
            if (!seen.Add(text) || !TrySplit(text, out string place, out Severity severity, out string code, out string message)) continue;
            SourceSpan? span = Place(place, out string file);
            string? source = null;
            if (span is { } at && at.File == file)
            {
                if (!sources.TryGetValue(file, out string[]? lines)) sources.Add(file, lines = File.Exists(file) ? File.ReadAllLines(file) : []);
                source = at.Line <= lines.Length ? lines[at.Line - 1] : null;
                span = at with { File = nameOf(file) };
            }

            // A code of Nectar's own is what a nested build step of ours reported.
            DiagnosticCode number = code.StartsWith("NEC", StringComparison.Ordinal) && int.TryParse(code[3..], CultureInfo.InvariantCulture, out int ours) ? new DiagnosticCode(ours) : BuildCodes.CSharp;
            messages.Add(new Diagnostic(number, severity, number == BuildCodes.CSharp ? $"{code}: {message}" : message, span, null, []) { SourceLine = source });
        }

        return messages;
    }

    private static bool TrySplit(string line, out string place, out Severity severity, out string code, out string message)
    {
        (place, severity, code, message) = ("", Severity.Error, "", "");
        foreach ((string word, Severity meaning) in (ReadOnlySpan<(string, Severity)>)[("error ", Severity.Error), ("warning ", Severity.Warning)])
        {
            int at = line.StartsWith(word, StringComparison.Ordinal) ? 0 : line.IndexOf(": " + word, StringComparison.Ordinal);
            if (at < 0) continue;
            int start = line.IndexOf(word, at, StringComparison.Ordinal) + word.Length, colon = line.IndexOf(": ", start, StringComparison.Ordinal);
            if (colon < 0 || line[start..colon].Any(c => !char.IsAsciiLetterOrDigit(c))) continue;
            (place, severity, code, message) = (line[..at].Trim(), meaning, line[start..colon], line[(colon + 2)..].Trim());
            return true;
        }

        return false;
    }

    private static SourceSpan? Place(string text, out string file)
    {
        file = text;
        int open = text.LastIndexOf('(');
        if (open <= 0 || !text.EndsWith(')')) return null;
        string[] parts = text[(open + 1)..^1].Split(',');
        int[] numbers = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], CultureInfo.InvariantCulture, out numbers[i])) return null;
        }

        file = text[..open];
        return numbers switch
        {
            [int line] => new SourceSpan(file, line, 1, line, 1),
            [int line, int column] => new SourceSpan(file, line, column, line, column + 1),
            [int line, int column, int endLine, int endColumn] => new SourceSpan(file, line, column, endLine, endColumn),
            _ => null,
        };
    }
}

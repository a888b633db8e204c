// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Trace.Tools;

/// <summary>A ready script of <c>tools/</c>; its first comment says what it is for.</summary>
/// <param name="Name">The file's name without <c>.bt</c>.</param>
/// <param name="Purpose">What the first line says behind the name.</param>
internal sealed record Tool(string Name, string Purpose, string Script)
{
    /// <summary>What stands behind the tool's name in its usage line; empty if it takes no parameters.</summary>
    internal string Usage
    {
        get
        {
            string start = $"// usage: nectar tools {Name} ";
            foreach (string line in Script.Split('\n'))
            {
                if (line.StartsWith(start, StringComparison.Ordinal)) return line[start.Length..].Trim();
                if (!line.StartsWith("//", StringComparison.Ordinal)) break;
            }

            return "";
        }
    }

    /// <summary>How many parameters it can make use of: the words of the usage line before the gap that are no options.</summary>
    internal int MostParameters
    {
        get
        {
            string usage = Usage;
            int gap = usage.IndexOf("  ", StringComparison.Ordinal), count = 0;
            string[] words = (gap < 0 ? usage : usage[..gap]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            for (int i = 0; i < words.Length; i++)
            {
                if (words[i].TrimStart('[').StartsWith('-')) i++; // its value
                else if (words[i].EndsWith("...", StringComparison.Ordinal)) return int.MaxValue;
                else count++;
            }

            return count;
        }
    }

    /// <summary>How many parameters it cannot do without: the words of the usage line before the first in brackets, option or gap.</summary>
    internal int RequiredParameters
    {
        get
        {
            string[] words = Usage.Split(' ');
            int count = 0;
            while (count < words.Length && words[count].Length > 0 && words[count][0] is not ('[' or '-')) count++;
            return count;
        }
    }
}

/// <summary>The scripts of <c>tools/</c>, which are part of this library.</summary>
internal static class ToolList
{
    private const string Prefix = "tools/";

    internal static IEnumerable<string> Names
    {
        get
        {
            foreach (string resource in typeof(ToolList).Assembly.GetManifestResourceNames())
            {
                if (resource.StartsWith(Prefix, StringComparison.Ordinal)) yield return resource[Prefix.Length..^3];
            }
        }
    }

    /// <summary>A tool by name; null if there is none.</summary>
    internal static Tool? Find(string name)
    {
        using Stream? stream = typeof(ToolList).Assembly.GetManifestResourceStream(Prefix + name + ".bt");
        if (stream is null) return null;
        using StreamReader reader = new(stream);
        string script = reader.ReadToEnd();
        int end = script.IndexOf('\n');
        string first = end < 0 ? script : script[..end];
        int colon = first.IndexOf(": ", StringComparison.Ordinal);
        return new Tool(name, colon < 0 ? "" : first[(colon + 2)..], script);
    }

    /// <summary>A help line with names that are near, or none.</summary>
    internal static string[] Near(string name) => NearestNames.Help(name, Names);

    /// <summary>The comment at the head of a script, without slashes.</summary>
    internal static IEnumerable<string> Help(string script)
    {
        foreach (string line in script.Split('\n'))
        {
            if (!line.StartsWith("//", StringComparison.Ordinal)) yield break;
            yield return line.Length > 3 ? line[3..] : "";
        }
    }
}

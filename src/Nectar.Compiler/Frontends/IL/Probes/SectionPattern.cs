// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Compiler.Frontends.IL.Metadata;

namespace Nectar.Compiler.Frontends.IL.Probes;

/// <summary>
/// Section names made of an attribute: <c>{X}</c> stands for an argument, <c>{X:text}</c> for text if the argument is true, and a part in
/// brackets is left out if a placeholder in it has no value.
/// </summary>
internal static class SectionPattern
{
    /// <summary>Makes the name; gives what is wrong, or null.</summary>
    public static string? Expand(string pattern, AttributeModel attribute, out string section)
    {
        StringBuilder text = new();
        int optionalStart = -1;
        bool isComplete = true;
        section = "";
        for (int i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '[':
                    (optionalStart, isComplete) = (text.Length, true);
                    break;
                case ']':
                    if (!isComplete) text.Length = optionalStart;
                    (optionalStart, isComplete) = (-1, true);
                    break;
                case '{':
                    int end = pattern.IndexOf('}', i);
                    string[] parts = pattern[(i + 1)..end].Split(':', 2);
                    i = end;
                    object? value = attribute[parts[0]];
                    if (parts.Length == 2)
                    {
                        if (value is true) text.Append(parts[1]);
                    }
                    else if (value is string { Length: > 0 } words)
                    {
                        if (words.AsSpan().ContainsAny('\0', '\n')) return $"has a '{parts[0]}' with control characters";
                        text.Append(words);
                    }
                    else if (optionalStart >= 0)
                    {
                        isComplete = false;
                    }
                    else
                    {
                        return $"needs a value for '{parts[0]}'";
                    }

                    break;
                default:
                    text.Append(pattern[i]);
                    break;
            }
        }

        section = text.ToString();
        return null;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary>Program names out of the text of an argument.</summary>
internal static class ProgramNames
{
    /// <summary>The last identifier of <c>probe.Filter</c>: names are known so without reflection over delegates.</summary>
    internal static string Of(string expression)
    {
        ReadOnlySpan<char> text = expression.AsSpan().Trim();
        int end = text.Length;
        int start = end;
        while (start > 0 && (char.IsLetterOrDigit(text[start - 1]) || text[start - 1] == '_')) start--;
        return start == end ? throw new ArgumentException($"'{expression}' names no program: pass the method itself, as in probe.Filter", nameof(expression)) : text[start..end].ToString();
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;

namespace Nectar.Linux.Refusals;

/// <summary>
/// A message of the kernel with holes: <c>R{r} invalid mem access '{type}'</c>. A hole takes what stands up to the text behind it;
/// text behind the last part of the template is ignored. <c>{r}</c>, <c>{n}</c>, <c>{m}</c>, <c>{i}</c> and <c>{insn}</c> take a number only.
/// </summary>
internal sealed class MessageTemplate
{
    private readonly (string Literal, string? Hole)[] _parts;

    internal MessageTemplate(string text)
    {
        Text = text;
        List<(string, string?)> parts = [];
        int at = 0;
        while (at < text.Length)
        {
            int open = text.IndexOf('{', at);
            if (open < 0)
            {
                parts.Add((text[at..], null));
                break;
            }

            int close = text.IndexOf('}', open);
            parts.Add((text[at..open], text[(open + 1)..close]));
            at = close + 1;
        }

        _parts = [.. parts];
    }

    internal string Text { get; }

    /// <summary>Compares a line from its start on. The holes' contents go into <paramref name="fields"/>, also of a line that does not fit to its end.</summary>
    internal bool TryMatch(ReadOnlySpan<char> line, Dictionary<string, string> fields)
    {
        for (int i = 0; i < _parts.Length; i++)
        {
            (string literal, string? hole) = _parts[i];
            if (!line.StartsWith(literal, StringComparison.Ordinal)) return false;
            line = line[literal.Length..];
            if (hole is null) continue;
            int length = LengthOfHole(line, hole, i + 1 < _parts.Length ? _parts[i + 1].Literal : null);
            if (length < 0) return false;
            fields[hole] = line[..length].ToString();
            line = line[length..];
        }

        return true;
    }

    /// <summary>
    /// Puts fields into a text: <c>{size}</c>; the sum of two numbers as <c>{off+size}</c>; a type of the verifier in words as <c>{type!}</c>.
    /// What is not known stays a question mark.
    /// </summary>
    internal static string Fill(string text, Dictionary<string, string> fields)
    {
        StringBuilder result = new();
        int at = 0;
        for (int open = text.IndexOf('{', StringComparison.Ordinal); open >= 0; open = text.IndexOf('{', at))
        {
            int close = text.IndexOf('}', open);
            if (close < 0) break;
            result.Append(text, at, open - at).Append(Value(text[(open + 1)..close], fields));
            at = close + 1;
        }

        return result.Append(text, at, text.Length - at).ToString();
    }

    private static string Value(string name, Dictionary<string, string> fields)
    {
        if (name.Length == 0) return "{}"; // an initialiser in a piece of C
        if (name.EndsWith('!')) return RegisterWords.OfTypes(fields.GetValueOrDefault(name[..^1], "?"));
        int plus = name.IndexOf('+', StringComparison.Ordinal);
        if (plus < 0) return Trim(fields.GetValueOrDefault(name, "?"));
        return long.TryParse(fields.GetValueOrDefault(name[..plus]), CultureInfo.InvariantCulture, out long a) && long.TryParse(fields.GetValueOrDefault(name[(plus + 1)..]), CultureInfo.InvariantCulture, out long b)
            ? unchecked(a + b).ToString(CultureInfo.InvariantCulture)
            : "?";
    }

    /// <summary>A number without zeros in front.</summary>
    private static string Trim(string text)
    {
        if (text.Length < 2 || text[0] != '0' || text.AsSpan().IndexOfAnyExceptInRange('0', '9') >= 0) return text;
        string digits = text.TrimStart('0');
        return digits.Length == 0 ? "0" : digits;
    }

    private static int LengthOfHole(ReadOnlySpan<char> line, string hole, string? next)
    {
        if (hole is "r" or "n" or "m" or "i" or "insn")
        {
            int digits = 0;
            while (digits < line.Length && digits < 10 && char.IsAsciiDigit(line[digits])) digits++;
            return digits > 0 ? digits : -1;
        }

        if (string.IsNullOrEmpty(next)) return line.Length;
        int end = line.IndexOf(next, StringComparison.Ordinal);
        return end;
    }
}

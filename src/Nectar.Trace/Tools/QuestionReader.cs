// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Runtime;

namespace Nectar.Trace.Tools;

/// <summary>Takes the parts of a <see cref="HookQuestion"/> from its text.</summary>
internal sealed class QuestionReader(string text)
{
    private static readonly DiagnosticCode s_malformed = new(5376);

    private int _at;

    /// <summary>A text that cannot be read, and why.</summary>
    public static TraceException Problem(string text, string why) =>
        new(Diagnostic.Error(s_malformed, $"'{text}': {why}", "help: HOOK [(FILTER)] [\"FORMAT\", VALUE, ...], for example 'p:c:open (arg2 == 0) \"%s\", arg1'"));

    /// <summary>Up to white space or a parenthesis.</summary>
    public string Word()
    {
        SkipSpace();
        int start = _at;
        while (_at < text.Length && !char.IsWhiteSpace(text[_at]) && text[_at] is not ('(' or '"')) _at++;
        return text[start.._at];
    }

    /// <summary>What stands between the next parentheses; null if none come next.</summary>
    public string? TryParenthesized(bool skipsSpace)
    {
        if (skipsSpace) SkipSpace();
        if (_at >= text.Length || text[_at] != '(') return null;
        int start = ++_at;
        for (int depth = 1; _at < text.Length; _at++)
        {
            if (text[_at] is '"' or '\'') _at = EndOfQuoted(text, _at);
            else if (text[_at] == '(') depth++;
            else if (text[_at] == ')' && --depth == 0) return text[start.._at++];
        }

        throw Problem(text, "a parenthesis is not closed");
    }

    /// <summary>What stands between the next double quotes, escapes as they are; null if none come next.</summary>
    public string? TryQuoted()
    {
        SkipSpace();
        if (_at >= text.Length || text[_at] != '"') return null;
        int end = EndOfQuoted(text, _at);
        if (end >= text.Length) throw Problem(text, "a quote is not closed");
        string inside = text[(_at + 1)..end];
        _at = end + 1;
        return inside;
    }

    /// <summary>Takes a character if it comes next.</summary>
    public bool TryTake(char character)
    {
        int at = _at;
        if (character == ',') SkipSpace();
        if (_at < text.Length && text[_at] == character)
        {
            _at++;
            return true;
        }

        _at = at;
        return false;
    }

    /// <summary>What is left.</summary>
    public string Rest() => text[_at..].Trim();

    /// <summary>Parts between separators that stand in no parentheses, brackets and quotes.</summary>
    public static string[] Split(string text, char separator)
    {
        List<string> parts = [];
        int start = 0, depth = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is '"' or '\'') i = EndOfQuoted(text, i);
            else if (text[i] is '(' or '[' or '{') depth++;
            else if (text[i] is ')' or ']' or '}') depth--;
            else if (text[i] == separator && depth == 0)
            {
                parts.Add(text[start..i]);
                start = i + 1;
            }
        }

        parts.Add(text[start..]);
        return [.. parts];
    }

    /// <summary>Where the quote that begins here ends; the text's length if it does not.</summary>
    public static int EndOfQuoted(string text, int start)
    {
        int i = start + 1;
        while (i < text.Length && text[i] != text[start]) i += text[i] == '\\' ? 2 : 1;
        return Math.Min(i, text.Length);
    }

    private void SkipSpace()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at])) _at++;
    }
}

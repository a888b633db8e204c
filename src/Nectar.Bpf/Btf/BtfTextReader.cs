// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;

namespace Nectar.Bpf.Btf;

/// <summary>The words of a value's text. Failures are <see cref="FormatException"/>s, which <see cref="BtfValueParser"/> turns into a problem with a position.</summary>
internal sealed class BtfTextReader(string text)
{
    private int _at;

    /// <summary>Where the last word began.</summary>
    internal int Start { get; private set; }

    internal bool Peek(char c)
    {
        Skip();
        return _at < text.Length && text[_at] == c;
    }

    internal void Open(char bracket)
    {
        if (!Take(bracket)) throw new FormatException($"expected '{bracket}'{Found()}");
    }

    /// <summary>Takes a character if it is next.</summary>
    internal bool Take(char c)
    {
        Skip();
        Start = Math.Min(_at, text.Length);
        if (!Peek(c)) return false;
        _at++;
        return true;
    }

    /// <summary>What stands between elements: a comma, which may follow the last one; nothing before the end.</summary>
    internal void Separator(char end)
    {
        if (Take(',') || Peek(end)) return;
        throw new FormatException($"expected ',' or '{end}'{Found()}");
    }

    /// <summary>A member's name: <c>.name =</c>, <c>name:</c> or <c>"name":</c>; takes nothing if there is none.</summary>
    internal bool TryName(out string name)
    {
        Skip();
        int begin = Start = _at;
        name = "";
        if (_at < text.Length && text[_at] == '"')
        {
            string quoted = Text();
            if (Take(':')) name = quoted;
        }
        else
        {
            bool dotted = Take('.');
            int from = _at;
            while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '_' or '.' or '$')) _at++;
            string word = text[from.._at];
            if (word.Length > 0 && !char.IsAsciiDigit(word[0]) && (Take('=') || (!dotted && Take(':')))) name = word;
            else if (dotted) throw new FormatException("expected '.NAME ='");
        }

        if (name.Length == 0) _at = begin;
        Start = begin;
        return name.Length > 0;
    }

    /// <summary>A word without quotes: a number, an enumerator, an address. Quotes around it are allowed, as JSON needs them.</summary>
    internal string Word(string expected)
    {
        Skip();
        if (Peek('"')) return Text();
        Start = _at;
        while (_at < text.Length && !char.IsWhiteSpace(text[_at]) && text[_at] is not (',' or '}' or ']' or '{' or '[' or '"')) _at++;
        return _at > Start ? text[Start.._at] : throw new FormatException($"expected {expected}{Found()}");
    }

    /// <summary>A string in quotes.</summary>
    internal string Text()
    {
        Open('"');
        int begin = Start;
        StringBuilder result = new();
        while (_at < text.Length && text[_at] != '"')
        {
            char c = text[_at++];
            if (c != '\\' || _at == text.Length)
            {
                result.Append(c);
                continue;
            }

            c = text[_at++];
            result.Append(c switch { 'n' => '\n', 't' => '\t', 'r' => '\r', '0' => '\0', 'u' => Hexadecimal(), _ => c });
        }

        Start = begin;
        if (_at == text.Length) throw new FormatException("the string does not end");
        _at++;
        return result.ToString();
    }

    internal void ExpectEnd()
    {
        Skip();
        Start = _at;
        if (_at < text.Length) throw new FormatException($"expected the end{Found()}");
    }

    private char Hexadecimal()
    {
        if (_at + 4 > text.Length || !ushort.TryParse(text.AsSpan(_at, 4), System.Globalization.NumberStyles.AllowHexSpecifier, null, out ushort code)) throw new FormatException("expected four hexadecimal digits");
        _at += 4;
        return (char)code;
    }

    private string Found()
    {
        Start = _at;
        return _at < text.Length ? $", found '{text[_at]}'" : ", found the end";
    }

    private void Skip()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at])) _at++;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Language.Declarations;

/// <summary>Takes C apart into tokens.</summary>
internal static class CLexer
{
    private static readonly string[] Signs = ["<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "->", "...", "##", "++", "--"];

    public static List<CToken> Read(SourceText source, int start, int end)
    {
        string text = source.Text;
        List<CToken> tokens = [];
        bool isLineStart = true, hasSpace = false;
        int i = start;
        while (i < end)
        {
            char c = text[i];
            if (c == '\\' && i + 1 < end && (text[i + 1] == '\n' || (text[i + 1] == '\r' && i + 2 < end && text[i + 2] == '\n')))
            {
                i += text[i + 1] == '\n' ? 2 : 3;
                hasSpace = true;
            }
            else if (char.IsWhiteSpace(c))
            {
                isLineStart |= c == '\n';
                hasSpace = true;
                i++;
            }
            else if (c == '/' && i + 1 < end && text[i + 1] is '/' or '*' && c == '/')
            {
                string close = text[i + 1] == '/' ? "\n" : "*/";
                int found = text.IndexOf(close, i + 2, end - i - 2, StringComparison.Ordinal);
                i = found < 0 ? end : close == "\n" ? found : found + 2;
                hasSpace = true;
            }
            else
            {
                int next = TokenEnd(text, i, end, out CTokenKind kind);
                tokens.Add(new CToken(kind, text[i..next], new TextSpan(source, i, next)) { IsLineStart = isLineStart, HasSpace = hasSpace });
                (isLineStart, hasSpace) = (false, false);
                i = next;
            }
        }

        return tokens;
    }

    private static int TokenEnd(string text, int i, int end, out CTokenKind kind)
    {
        char c = text[i];
        int next = i + 1;
        if (char.IsAsciiLetter(c) || c == '_')
        {
            kind = CTokenKind.Word;
            while (next < end && (char.IsAsciiLetterOrDigit(text[next]) || text[next] == '_')) next++;
        }
        else if (char.IsAsciiDigit(c))
        {
            kind = CTokenKind.Number;
            while (next < end && (char.IsAsciiLetterOrDigit(text[next]) || text[next] is '_' or '.')) next++;
        }
        else if (c is '"' or '\'')
        {
            kind = c == '"' ? CTokenKind.Text : CTokenKind.Character;
            while (next < end && text[next] != c && text[next] != '\n') next += text[next] == '\\' ? 2 : 1;
            next = Math.Min(end, next + 1);
        }
        else
        {
            kind = CTokenKind.Sign;
            foreach (string sign in Signs)
            {
                if (i + sign.Length <= end && string.CompareOrdinal(text, i, sign, 0, sign.Length) == 0) return i + sign.Length;
            }
        }

        return next;
    }
}

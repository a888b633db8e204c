// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Syntax;

// Where the pieces of C begin and end; Declarations/ reads them.
internal sealed partial class Parser
{
    /// <summary>A directive or a declaration of C, if one is here.</summary>
    private bool TryC(out TextSpan span)
    {
        int start = _position;
        span = default;
        if (Peek() == '#' && Peek(1) != '!')
        {
            SkipDirective();
        }
        else if (PeekWord() is "typedef" && IsFollowedByWord())
        {
            SkipDeclaration();
        }
        else if (PeekWord() is "struct" or "union" or "enum" && LooksLikeC())
        {
            SkipDeclaration();
        }
        else
        {
            return false;
        }

        span = From(start);
        return true;
    }

    /// <summary>To the end of the line, and of those that <c>\</c> continues it with.</summary>
    private void SkipDirective()
    {
        do
        {
            SkipLine();
            int last = _position - 1;
            if (At(last) == '\r') last--;
            if (At(last) != '\\' || AtEnd) break;
            _position++;
        }
        while (!AtEnd);
    }

    /// <summary>To the <c>;</c> outside of braces; a struct's may be left out, as bpftrace allows.</summary>
    private void SkipDeclaration()
    {
        bool isTypedef = PeekWord() is "typedef";
        int depth = 0;
        while (true)
        {
            SkipLayout();
            if (AtEnd)
            {
                if (depth > 0) Error("expected '}'");
                return;
            }

            char c = Peek();
            _position++;
            if (c is '{' or '(') depth++;
            else if (c == ')') depth--;
            else if (c == ';' && depth <= 0) return;
            else if (c == '}' && --depth <= 0 && !isTypedef) break;
        }

        // layout behind the end is not part of it
        int end = _position;
        while (Match("__attribute__"))
        {
            SkipLayout();
            if (!IsAt('(', '('))
            {
                Error("__attribute__ syntax error, expected '(('");
                return;
            }

            end = ScanBalanced(_position, '(', ')');
            if (end < 0)
            {
                Error("__attribute__ syntax error, mismatched '(' and ')'");
                return;
            }

            _position = end;
        }

        if (!Match(';')) _position = end;
    }

    /// <summary>Behind the bracket that closes the one here; negative without one.</summary>
    private int ScanBalanced(int position, char open, char close)
    {
        int depth = 0;
        for (; position < _text.Length; position++)
        {
            if (_text[position] == open) depth++;
            else if (_text[position] == close && --depth == 0) return position + 1;
        }

        return -1;
    }

    /// <summary><c>struct x {</c> or <c>struct x;</c>, perhaps with attributes; not a probe of that name.</summary>
    private bool LooksLikeC()
    {
        int position = ScanLayout(WordEnd(_position));
        while (position < _text.Length)
        {
            char c = _text[position];
            if (c == '{') return true;
            if (IsWordStart(c)) position = WordEnd(position);
            else if (c == '(') position = ScanBalanced(position, '(', ')');
            else if (c == '[') position = ScanBalanced(position, '[', ']');
            else return c == ';';
            if (position < 0) return false;
            position = ScanLayout(position);
        }

        return false;
    }
}

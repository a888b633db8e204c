// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Language.Declarations;

/// <summary>Values of constant expressions of C: sizes of arrays, enumerators, conditions of <c>#if</c>.</summary>
/// <param name="tokens">The expression; more may follow.</param>
/// <param name="valueOf">Value of a name; null if it has none.</param>
/// <param name="sizeOf">What <c>sizeof</c> of the tokens in its parentheses is; null if it is not known.</param>
internal sealed class CConstant(IReadOnlyList<CToken> tokens, Func<string, long?> valueOf, Func<List<CToken>, long?> sizeOf)
{
    private const int MaxDepth = 200;

    private static readonly string[][] Levels = [["||"], ["&&"], ["|"], ["^"], ["&"], ["==", "!="], ["<", ">", "<=", ">="], ["<<", ">>"], ["+", "-"], ["*", "/", "%"]];

    private int _at, _depth;
    private bool _isWrong;

    /// <summary>Where reading ended.</summary>
    public int Position => _at;

    private CToken Token => _at < tokens.Count ? tokens[_at] : new CToken(CTokenKind.End, "", default);

    public bool TryEvaluate(out long value, int start = 0)
    {
        _at = start;
        value = Conditional();
        return !_isWrong;
    }

    private bool Take(string sign)
    {
        if (!Token.Is(sign)) return false;
        _at++;
        return true;
    }

    private long Wrong()
    {
        _isWrong = true;
        return 0;
    }

    private long Conditional()
    {
        if (++_depth > MaxDepth) return Wrong();
        long value = Binary(0);
        if (Take("?"))
        {
            long then = Conditional();
            if (!Take(":")) return Wrong();
            long otherwise = Conditional();
            value = value != 0 ? then : otherwise;
        }

        _depth--;
        return value;
    }

    private long Binary(int level)
    {
        if (level == Levels.Length) return Unary();
        long left = Binary(level + 1);
        while (!_isWrong && Token.Kind == CTokenKind.Sign && Array.IndexOf(Levels[level], Token.Text) >= 0)
        {
            string sign = Token.Text;
            _at++;
            long right = Binary(level + 1);
            if (sign is "/" or "%" && right == 0) return Wrong();
            left = sign switch
            {
                "||" => left != 0 || right != 0 ? 1 : 0,
                "&&" => left != 0 && right != 0 ? 1 : 0,
                "|" => left | right,
                "^" => left ^ right,
                "&" => left & right,
                "==" => left == right ? 1 : 0,
                "!=" => left != right ? 1 : 0,
                "<" => left < right ? 1 : 0,
                ">" => left > right ? 1 : 0,
                "<=" => left <= right ? 1 : 0,
                ">=" => left >= right ? 1 : 0,
                "<<" => left << (int)right,
                ">>" => left >> (int)right,
                "+" => left + right,
                "-" => left - right,
                "*" => left * right,
                "/" => right == -1 ? -left : left / right,
                _ => right == -1 ? 0 : left % right,
            };
        }

        return left;
    }

    private long Unary()
    {
        if (++_depth > MaxDepth) return Wrong();
        long value = Primary();
        _depth--;
        return value;
    }

    private long Primary()
    {
        if (Take("-")) return -Unary();
        if (Take("+")) return Unary();
        if (Take("~")) return ~Unary();
        if (Take("!")) return Unary() == 0 ? 1 : 0;
        CToken token = Token;
        _at++;
        switch (token.Kind)
        {
            case CTokenKind.Number:
                return IntegerText.TryParse(token.Text.ToLowerInvariant().Replace("lu", "ul", StringComparison.Ordinal), out ulong number, out _) ? (long)number : Wrong();
            case CTokenKind.Character:
                return Character(token.Text);
            case CTokenKind.Word when token.Text == "sizeof" && Token.Is("("):
                return sizeOf(Parenthesized()) ?? Wrong();
            case CTokenKind.Word:
                return valueOf(token.Text) ?? Wrong();
            case CTokenKind.Sign when token.Text == "(":
                // (type)value: casts do not change what sizes are made of
                if (Token.Kind == CTokenKind.Word && valueOf(Token.Text) is null)
                {
                    _at--;
                    Parenthesized();
                    return Unary();
                }

                long value = Conditional();
                return Take(")") ? value : Wrong();
            default:
                return Wrong();
        }
    }

    private List<CToken> Parenthesized()
    {
        List<CToken> inside = [];
        int depth = 0;
        for (; _at < tokens.Count; _at++)
        {
            if (Token.Is("(") && depth++ == 0) continue;
            if (Token.Is(")") && --depth == 0) break;
            inside.Add(Token);
        }

        _at++;
        return inside;
    }

    private long Character(string text) => text switch
    {
        ['\'', '\\', 'n', '\''] => '\n',
        ['\'', '\\', 't', '\''] => '\t',
        ['\'', '\\', 'r', '\''] => '\r',
        ['\'', '\\', '0', '\''] => 0,
        ['\'', '\\', char c, '\''] => c,
        ['\'', char c, '\''] => c,
        _ => Wrong(),
    };
}

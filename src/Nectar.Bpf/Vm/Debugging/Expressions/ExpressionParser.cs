// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>Reads expressions as C has them.</summary>
internal sealed class ExpressionParser
{
    private const int MaxDepth = 100;
    private static readonly string[][] s_levels = [["||"], ["&&"], ["|"], ["^"], ["&"], ["==", "!="], ["<", ">", "<=", ">="], ["<<", ">>"], ["+", "-"], ["*", "/", "%"]];

    private readonly ExpressionScanner _scanner;
    private readonly BtfTypes? _types;
    private int _depth;

    private ExpressionParser(string text, BtfTypes? types)
    {
        _scanner = new ExpressionScanner(text);
        _types = types;
    }

    internal static Expression Parse(string text, BtfTypes? types)
    {
        ExpressionParser parser = new(text, types);
        Expression result = parser.Binary(0);
        return parser._scanner.Piece.Length == 0 ? result : throw parser._scanner.Wrong("expected an operator");
    }

    private Expression Binary(int level)
    {
        if (level == s_levels.Length) return Unary();
        Expression left = Binary(level + 1);
        while (Array.IndexOf(s_levels[level], _scanner.Piece) >= 0)
        {
            string sign = _scanner.Piece;
            _scanner.Next();
            left = new Expression.Operation(sign, left, Binary(level + 1));
        }

        return left;
    }

    private Expression Unary()
    {
        if (++_depth > MaxDepth) throw _scanner.Wrong("expected fewer nested parts");
        try
        {
            foreach (string sign in (ReadOnlySpan<string>)["-", "!", "~", "*", "&"])
            {
                if (_scanner.Take(sign)) return new Expression.Prefix(sign, Unary());
            }

            if (_scanner.Piece == "(")
            {
                int at = _scanner.At;
                _scanner.Next();
                if (TryType() is { } type)
                {
                    _scanner.Expect(")");
                    return new Expression.Cast(type, Unary());
                }

                _scanner.Return(at);
            }

            return Postfix(Primary());
        }
        finally
        {
            _depth--;
        }
    }

    private Expression Postfix(Expression value)
    {
        while (true)
        {
            if (_scanner.Take("["))
            {
                value = new Expression.Index(value, Binary(0));
                _scanner.Expect("]");
            }
            else if (_scanner.Piece is "." or "->")
            {
                _scanner.Next();
                if (!_scanner.IsName) throw _scanner.Wrong("expected a member's name");
                value = new Expression.Member(value, _scanner.Piece);
                _scanner.Next();
            }
            else
            {
                return value;
            }
        }
    }

    private Expression Primary()
    {
        if (_scanner.Number is { } number)
        {
            _scanner.Next();
            return new Expression.Literal(number);
        }

        if (_scanner.Take("("))
        {
            Expression inner = Binary(0);
            _scanner.Expect(")");
            return inner;
        }

        if (!_scanner.IsName) throw _scanner.Wrong("expected a value");
        string name = _scanner.Piece;
        _scanner.Next();
        return new Expression.Name(name.TrimStart('$'));
    }

    /// <summary>A type's name behind an opening bracket; null if it is a value.</summary>
    private DebugType? TryType()
    {
        int at = _scanner.At;
        List<string> words = [];
        while (_scanner.IsName && words.Count < 4)
        {
            if (_scanner.Piece is not ("const" or "volatile")) words.Add(_scanner.Piece);
            _scanner.Next();
        }

        DebugType? type = words.Count > 0 && _scanner.Piece is "*" or ")" ? DebugType.Find(string.Join(' ', words), _types) : null;
        if (type is null && words.Count > 1 && words[0] is "struct" or "union" or "enum") throw new DebugException(DebugCodes.UnknownName, $"the object has no type '{string.Join(' ', words)}'");
        if (type is null)
        {
            _scanner.Return(at);
            return null;
        }

        while (_scanner.Take("*")) type = DebugType.PointerTo(type);
        return type;
    }
}

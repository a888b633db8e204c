// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Syntax;

internal sealed partial class Parser
{
    private Expression ParseExpression()
    {
        Expression result = Enter() ? ParseConditional(ParseBinary(0, ParseUnary())) : Missing();
        Leave();
        return result;
    }

    /// <summary><c>? :</c> behind a condition.</summary>
    private Expression ParseConditional(Expression condition)
    {
        int end = _position;
        SkipLayout();
        if (Peek() != '?')
        {
            _position = end;
            return condition;
        }

        _position++;
        SkipLayout();
        Expression? then = Peek() == ':' ? null : ParseExpression();
        if (!Expect(':')) return condition;
        Expression otherwise = ParseExpression();
        return new Conditional { Condition = condition, Then = then, Otherwise = otherwise, Span = From(condition.Span.Start) };
    }

    // By precedence; of operators that begin alike the longer first.
    private static readonly (string Text, int Precedence, BinaryOperator Operator)[] BinaryOperators =
    [
        ("||", 1, BinaryOperator.LogicalOr), ("&&", 2, BinaryOperator.LogicalAnd), ("==", 6, BinaryOperator.Equal), ("!=", 6, BinaryOperator.NotEqual),
        ("<=", 7, BinaryOperator.LessOrEqual), (">=", 7, BinaryOperator.GreaterOrEqual), ("<<", 8, BinaryOperator.ShiftLeft), (">>", 8, BinaryOperator.ShiftRight),
        ("|", 3, BinaryOperator.Or), ("^", 4, BinaryOperator.Xor), ("&", 5, BinaryOperator.And), ("<", 7, BinaryOperator.Less), (">", 7, BinaryOperator.Greater),
        ("+", 9, BinaryOperator.Add), ("-", 9, BinaryOperator.Subtract), ("*", 10, BinaryOperator.Multiply), ("/", 10, BinaryOperator.Divide), ("%", 10, BinaryOperator.Remainder),
    ];

    /// <summary>The operator that is here; null for assignments, <c>++</c>, <c>--</c> and the <c>/</c> that closes a predicate.</summary>
    private (string Text, int Precedence, BinaryOperator Operator)? PeekBinary()
    {
        char c = Peek(), next = Peek(1);
        if (c is not ('|' or '&' or '=' or '!' or '<' or '>' or '^' or '+' or '-' or '*' or '/' or '%')) return null;
        if (next == '=' && c is '+' or '-' or '*' or '/' or '%' or '&' or '|' or '^' && next == '=') return null;
        if (c == next && (c is '+' or '-' || (c is '<' or '>' && Peek(2) == '='))) return null;
        if (c == '/' && At(ScanLayout(_position + 1)) == '{') return null;
        foreach ((string Text, int Precedence, BinaryOperator Operator) candidate in BinaryOperators)
        {
            if (c == candidate.Text[0] && (candidate.Text.Length == 1 || next == candidate.Text[1])) return candidate;
        }

        return null;
    }

    private Expression ParseBinary(int least, Expression left)
    {
        for (int chain = 0; ; chain++)
        {
            int end = _position;
            SkipLayout();
            if (_isPanicking || PeekBinary() is not { } op || op.Precedence < least)
            {
                _position = end;
                return left;
            }

            if (chain > MaxChain)
            {
                Error($"more than {MaxChain} operators one after another", "help: split the expression with variables");
                return left;
            }

            _position += op.Text.Length;
            Expression right = ParseBinary(op.Precedence + 1, ParseUnary());
            left = new Binary { Operator = op.Operator, Left = left, Right = right, Span = From(left.Span.Start) };
        }
    }

    private Expression ParseUnary()
    {
        SkipLayout();
        int start = _position;
        char c = Peek(), next = Peek(1);
        UnaryOperator? op = c switch
        {
            '+' when next == '+' => UnaryOperator.PreIncrement,
            '-' when next == '-' => UnaryOperator.PreDecrement,
            '&' => UnaryOperator.AddressOf,
            '*' => UnaryOperator.Dereference,
            '!' when next != '=' => UnaryOperator.Not,
            '~' => UnaryOperator.Complement,
            '-' => UnaryOperator.Negate,
            _ => null,
        };
        if (op is null) return ParsePostfix(ParsePrimary());
        _position += op is UnaryOperator.PreIncrement or UnaryOperator.PreDecrement ? 2 : 1;
        Expression operand;
        if (op == UnaryOperator.AddressOf)
        {
            SkipLayout();
            if (Peek() is not ('$' or '@')) Error("address-of operator (&) can only be used on a map or variable");
            operand = Peek() == '$' ? Variable() : Peek() == '@' ? MapName() : Missing();
        }
        else
        {
            operand = Enter() ? ParseUnary() : Missing();
            Leave();
        }

        if (op is UnaryOperator.PreIncrement or UnaryOperator.PreDecrement && !CanIncrement(operand))
        {
            ErrorAt("increment/decrement requires a variable or map", operand.Span);
        }

        return new Unary { Operator = op.Value, Operand = operand, Span = From(start) };
    }

    private static bool CanIncrement(Expression operand) => operand is VariableReference or MapReference or MapAccess;

    private Expression ParsePostfix(Expression target)
    {
        for (int chain = 0; !_isPanicking; chain++)
        {
            int end = _position;
            SkipLayout();
            int start = target.Span.Start;
            char c = Peek(), next = Peek(1);
            if (chain > MaxChain)
            {
                Error($"more than {MaxChain} operators one after another", "help: split the expression with variables");
                break;
            }

            if (c == '.' && next != '.')
            {
                _position++;
                SkipLayout();
                if (char.IsAsciiDigit(Peek()))
                {
                    IntegerLiteral index = Number();
                    target = new TupleAccess { Target = target, Index = (int)Math.Min(index.Value, int.MaxValue), Span = From(start) };
                }
                else if (Word("expected field name after '.'") is { } name)
                {
                    target = new FieldAccess { Target = target, Name = name, Span = From(start) };
                }
            }
            else if (c == '-' && next == '>')
            {
                _position += 2;
                if (Word("expected field name after '->'") is { } name) target = new FieldAccess { Target = target, Name = name, IsArrow = true, Span = From(start) };
            }
            else if (c == '[')
            {
                _position++;
                Expression index = ParseExpression();
                Expect(']');
                target = new ArrayAccess { Target = target, Index = index, Span = From(start) };
            }
            else if (c == next && c is '+' or '-' && c == next)
            {
                int at = _position;
                _position += 2;
                if (!CanIncrement(target)) ErrorAt("increment/decrement requires a variable or map", at, _position);
                else target = new Unary { Operator = c == '+' ? UnaryOperator.PostIncrement : UnaryOperator.PostDecrement, Operand = target, Span = From(start) };
            }
            else
            {
                _position = end;
                break;
            }
        }

        return target;
    }

    private Expression ParseMap()
    {
        int start = _position;
        MapReference map = MapName();
        int end = _position;
        SkipLayout();
        if (Peek() != '[')
        {
            _position = end;
            return map;
        }

        _position++;
        List<Expression> keys = [ParseExpression()];
        while (Match(','))
        {
            SkipLayout();
            if (Peek() == ']') break;
            keys.Add(ParseExpression());
        }

        Expect(']');
        TextSpan span = From(start);
        return new MapAccess { Target = map, Key = keys.Count == 1 ? keys[0] : new TupleLiteral { Items = keys, IsKeyList = true, Span = span }, Span = span };
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Syntax;

internal sealed partial class Parser
{
    /// <summary>What stands in braces: statements, and a value where the last has no <c>;</c>.</summary>
    private sealed class Body
    {
        public List<Statement> Statements { get; } = [];

        public Expression? Value { get; set; }

        public TextSpan Span { get; set; }

        public Block ToBlock()
        {
            List<Statement> statements = Statements;
            if (Value is not null) statements = [.. statements, AsStatement(Value)];
            return new Block { Statements = statements, Span = Span };
        }

        public BlockExpression ToExpression() => new() { Statements = Statements, Value = Value!, Span = Span };
    }

    /// <summary>An <c>if</c> of which it is not known yet whether it is used as a value.</summary>
    private sealed class IfSyntax
    {
        public required Expression Condition { get; init; }

        public required Body Then { get; init; }

        public Body? Else { get; init; }

        public IfSyntax? ElseIf { get; init; }

        public bool IsComptime { get; init; }

        public TextSpan Span { get; init; }

        public bool HasValue => Then.Value is not null && (Else?.Value is not null || ElseIf is { HasValue: true });

        public If ToStatement() => new()
        {
            Condition = Condition, Then = Then.ToBlock(), Otherwise = Else is not null ? Else.ToBlock() : ElseIf?.ToStatement(), IsComptime = IsComptime, Span = Span,
        };

        public Expression ToExpression() => new Conditional
        {
            Condition = Condition, Then = Then.ToExpression(), Otherwise = Else is not null ? Else.ToExpression() : ElseIf!.ToExpression(), IsIf = true, IsComptime = IsComptime, Span = Span,
        };
    }

    /// <summary>A value that nobody uses: <c>if</c> and blocks become the statements that they are.</summary>
    private static Statement AsStatement(Expression value) => value switch
    {
        BlockExpression block => new Block { Statements = [.. block.Statements, AsStatement(block.Value)], Span = block.Span },
        Conditional { IsIf: true } c => new If
        {
            Condition = c.Condition, Then = AsBlock(c.Then!), Otherwise = AsStatement(c.Otherwise), IsComptime = c.IsComptime, Span = c.Span,
        },
        _ => new ExpressionStatement { Value = value, Span = value.Span },
    };

    private static Block AsBlock(Expression value) => AsStatement(value) is Block block ? block : new Block { Statements = [AsStatement(value)], Span = value.Span };

    private Body? ParseBody()
    {
        SkipLayout();
        int start = _position;
        if (!Expect('{')) return null;
        Body body = new();
        if (!Enter())
        {
            Leave();
            return null;
        }

        SkipLayout();
        while (!AtEnd && Peek() != '}')
        {
            int before = _position;
            ParseBodyItem(body);
            if (_position == before && !_isPanicking) Error("unexpected input in block");
            if (_depth > MaxDepth) break;
            if (_isPanicking) LeaveStatement();
            if (_position == before && Peek() != '}') _position++;
            SkipLayout();
        }

        Leave();
        if (!Expect('}')) return null;
        body.Span = From(start);
        return body;
    }

    private void ParseBodyItem(Body body)
    {
        int start = _position;
        Statement? statement = PeekWord() switch
        {
            "import" when At(ScanLayout(WordEnd(_position))) == '"' => ParseStatementImport(),
            "while" or "unroll" => ParseLoop(),
            "for" => ParseFor(),
            "break" => ParseJump(),
            "continue" => ParseJump(),
            "return" => ParseReturn(),
            "let" => ParseLet(),
            "_" when ScanLayout(_position + 1) is var at && At(at) == '=' && At(at + 1) != '=' => ParseDiscard(),
            _ => null,
        };
        if (statement is not null)
        {
            body.Statements.Add(statement);
            return;
        }

        if (PeekWord() is "if")
        {
            IfSyntax syntax = ParseIf();
            if (_isPanicking) return;
            SkipLayout();
            if (!syntax.HasValue || Peek() is not ('}' or ';' or '.' or '?'))
            {
                body.Statements.Add(syntax.ToStatement());
                Match(';');
                return;
            }

            Finish(body, start, ContinueExpression(syntax.ToExpression()));
        }
        else if (Peek() is '$' or '@' && !(Peek() == '$' && (char.IsAsciiDigit(Peek(1)) || Peek(1) == '#')))
        {
            ParseAssignmentOrValue(body, start);
        }
        else if (Peek() == '{')
        {
            if (ParseBody() is not { } inner) return;
            SkipLayout();
            if (inner.Value is null) body.Statements.Add(inner.ToBlock());
            else Finish(body, start, ContinueExpression(inner.ToExpression()));
            if (inner.Value is null) Match(';');
        }
        else
        {
            Finish(body, start, ParseExpression());
        }
    }

    private Expression ContinueExpression(Expression first) => ParseConditional(ParseBinary(0, ParsePostfix(first)));

    /// <summary>An expression was read: with <c>;</c> it is a statement, before <c>}</c> the body's value.</summary>
    private void Finish(Body body, int start, Expression value)
    {
        TextSpan span = From(start);
        SkipLayout();
        char next = Peek();
        if (next == '}' && !_isPanicking)
        {
            body.Value = value;
            return;
        }

        bool isBlock = value is BlockExpression or Conditional { IsIf: true };
        if (next == ';') _position++;
        else if (!isBlock) Error("expected ';'");
        body.Statements.Add(isBlock ? AsStatement(value) : new ExpressionStatement { Value = value, Span = span });
    }

    private void ParseAssignmentOrValue(Body body, int start)
    {
        Expression target = Peek() == '$' ? Variable() : ParseMap();
        if (_isPanicking) return;
        SkipLayout();
        if (TryAssignmentOperator(out BinaryOperator? op))
        {
            Expression value = ParseExpression();
            TextSpan span = From(start);
            ExpectStatementEnd();
            body.Statements.Add(new Assignment { Target = target, Operator = op, Value = value, Span = span });
            return;
        }

        Expression read = ParsePostfix(target);
        SkipLayout();
        if (Peek() == '=' && Peek(1) != '=')
        {
            _position++;
            ParseExpression();
            ErrorAt(
                read is TupleAccess or FieldAccess
                    ? "Tuples and records are immutable once created. Consider creating a new value and assigning it instead."
                    : "invalid assignment target",
                start, _position);
            return;
        }

        Finish(body, start, ParseConditional(ParseBinary(0, read)));
    }

    private static readonly (string Text, BinaryOperator Operator)[] CompoundOperators =
    [
        ("<<=", BinaryOperator.ShiftLeft), (">>=", BinaryOperator.ShiftRight), ("+=", BinaryOperator.Add), ("-=", BinaryOperator.Subtract),
        ("*=", BinaryOperator.Multiply), ("/=", BinaryOperator.Divide), ("%=", BinaryOperator.Remainder), ("&=", BinaryOperator.And),
        ("|=", BinaryOperator.Or), ("^=", BinaryOperator.Xor),
    ];

    private bool TryAssignmentOperator(out BinaryOperator? op)
    {
        op = null;
        if (Peek() == '=' && Peek(1) != '=')
        {
            _position++;
            return true;
        }

        foreach ((string text, BinaryOperator candidate) in CompoundOperators)
        {
            if (string.CompareOrdinal(_text, _position, text, 0, text.Length) != 0) continue;
            _position += text.Length;
            op = candidate;
            return true;
        }

        return false;
    }

    private void ExpectStatementEnd()
    {
        SkipLayout();
        if (Peek() != '}') Expect(';');
    }

    private Statement ParseStatementImport()
    {
        int start = _position;
        return ParseImport() is { } import && !_options.Expand ? new ImportStatement { Import = import, Span = From(start) } : new Block { Statements = [], Span = From(start) };
    }

    private Statement ParseJump()
    {
        int start = _position;
        bool isBreak = PeekWord() is "break";
        _position = WordEnd(start);
        ExpectStatementEnd();
        return isBreak ? new Break { Span = From(start) } : new Continue { Span = From(start) };
    }

    private Return ParseReturn()
    {
        int start = _position;
        _position = WordEnd(start);
        SkipLayout();
        Expression? value = Peek() is ';' or '}' ? null : ParseExpression();
        ExpectStatementEnd();
        return new Return { Value = value, Span = From(start) };
    }

    private ExpressionStatement ParseDiscard()
    {
        int start = _position;
        _position = ScanLayout(_position + 1) + 1;
        Expression value = ParseExpression();
        TextSpan span = From(start);
        ExpectStatementEnd();
        return new ExpressionStatement { Value = value, IsDiscard = true, Span = span };
    }

    private Statement? ParseLet()
    {
        int start = _position;
        _position = WordEnd(start);
        SkipLayout();
        if (Peek() != '$')
        {
            Error("expected variable after 'let'");
            return null;
        }

        VariableReference variable = Variable();
        TypeName? type = Match(':') ? ParseTypeAnnotation() : null;
        SkipLayout();
        Expression? value = null;
        if (Peek() == '=')
        {
            _position++;
            value = ParseExpression();
        }

        TextSpan span = From(start);
        ExpectStatementEnd();
        return new Let { Variable = variable, DeclaredType = type, Value = value, Span = span };
    }
}

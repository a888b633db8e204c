// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Syntax;

// if, while, unroll, for.
internal sealed partial class Parser
{
    /// <summary>In parentheses anything; without them no operator, because the body's <c>{</c> would belong to it.</summary>
    private Expression ParseCondition()
    {
        SkipLayout();
        if (Peek() != '(') return ParseUnary();
        _position++;
        Expression condition = ParseExpression();
        Expect(')');
        return condition;
    }

    private static readonly Body NoBody = new();

    private IfSyntax ParseIf()
    {
        int start = _position;
        _position = WordEnd(start);
        bool isComptime = Match("comptime");
        Expression condition = ParseCondition();
        if (!isComptime && condition is Comptime comptime) (isComptime, condition) = (true, comptime.Operand);
        Body then = (_isPanicking ? null : ParseBody()) ?? NoBody;
        Body? otherwise = null;
        IfSyntax? next = null;
        int end = _position;
        if (!_isPanicking && Match("else"))
        {
            SkipLayout();
            if (Peek() == '{') otherwise = ParseBody();
            else if (PeekWord() is "if") next = ParseElseIf();
            else Error("expected '{' or 'if' after 'else'");
        }
        else
        {
            _position = end;
        }

        return new IfSyntax { Condition = condition, Then = then, Else = otherwise, ElseIf = next, IsComptime = isComptime, Span = From(start) };
    }

    private IfSyntax ParseElseIf()
    {
        IfSyntax result = Enter() ? ParseIf() : new IfSyntax { Condition = Missing(), Then = NoBody };
        Leave();
        return result;
    }

    private Statement ParseLoop()
    {
        int start = _position;
        bool isWhile = PeekWord() is "while";
        _position = WordEnd(start);
        Expression condition = ParseCondition();
        if (_isPanicking || ParseBody() is not { } body) return SkipLoop(start);
        return isWhile
            ? new While { Condition = condition, Body = body.ToBlock(), Span = From(start) }
            : new Unroll { Count = condition, Body = body.ToBlock(), Span = From(start) };
    }

    private Statement ParseFor()
    {
        int start = _position;
        _position = WordEnd(start);
        bool hasParenthesis = Match('(');
        SkipLayout();
        if (Peek() != '$')
        {
            Error("expected variable in for loop");
            return SkipLoop(start);
        }

        VariableReference variable = Variable();
        if (!Expect(':'))
        {
            return SkipLoop(start);
        }

        Expression first = ParseUnary();
        SkipLayout();
        Expression? last = null;
        if (IsAt('.', '.'))
        {
            _position += 2;
            last = ParseUnary();
        }

        if (_isPanicking || (hasParenthesis && !Expect(')')))
        {
            return SkipLoop(start);
        }

        if (last is null && first is not MapReference)
        {
            Error("expected map or range in for loop");
            return SkipLoop(start);
        }

        if (_isPanicking || ParseBody() is not { } body) return SkipLoop(start);
        return last is null
            ? new ForMap { Variable = variable, Map = (MapReference)first, Body = body.ToBlock(), Span = From(start) }
            : new ForRange { Variable = variable, From = first, To = last, Body = body.ToBlock(), Span = From(start) };
    }

    /// <summary>After an error in a loop's head: goes behind its body.</summary>
    private Block SkipLoop(int start)
    {
        while (!AtEnd && Peek() is not ('{' or '}' or ';')) _position++;
        if (Peek() == '{')
        {
            int end = ScanBalanced(_position, '{', '}');
            _position = end < 0 ? _text.Length : end;
            _isPanicking = false;
        }

        return new Block { Statements = [], Span = From(start) };
    }
}

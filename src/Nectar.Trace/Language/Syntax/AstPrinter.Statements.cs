// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Syntax;

internal sealed partial class AstPrinter
{
    private void WriteBody(List<Statement> statements, Expression? value, TextSpan span)
    {
        _text.Append("{\n");
        _depth++;
        _lastEnd = Math.Max(_lastEnd, span.Start);
        foreach (Statement statement in statements) Write(statement);
        if (value is not null)
        {
            BeforeNode(value.Span);
            Write(value);
            AfterNode(value.Span.End);
        }

        if (span.Source is not null) RemainingComments(span.End);
        _depth--;
        _text.Append(' ', _depth * Indent).Append('}');
    }

    private void Write(Statement statement)
    {
        BeforeNode(statement.Span);
        WriteStatement(statement);
        AfterNode(EndOf(statement.Span));
    }

    /// <summary>Behind the <c>;</c> that ends a statement, so that the comment behind it is found.</summary>
    private int EndOf(TextSpan span)
    {
        if (_script is null || span.Source != _script.Source) return span.End;
        int end = span.End;
        string text = _script.Source.Text;
        while (end < text.Length && text[end] is ' ' or '\t') end++;
        return end < text.Length && text[end] == ';' ? end + 1 : span.End;
    }

    private void WriteStatement(Statement statement)
    {
        switch (statement)
        {
            case Block s:
                WriteBody(s.Statements, null, s.Span);
                return;
            case If s:
                WriteIf(s);
                return;
            case Unroll s:
                _text.Append("unroll (");
                WriteLoop(s.Count, s.Body);
                return;
            case While s:
                _text.Append("while (");
                WriteLoop(s.Condition, s.Body);
                return;
            case ForMap s:
                _text.Append("for (").Append(s.Variable.Name).Append(" : ");
                WriteLoop(s.Map, s.Body);
                return;
            case ForRange s:
                _text.Append("for (").Append(s.Variable.Name).Append(" : ");
                Write(s.From, UnaryLevel);
                _text.Append("..");
                WriteLoop(s.To, s.Body, UnaryLevel);
                return;
            case ExpressionStatement s:
                if (s.IsDiscard) _text.Append("_ = ");
                Write(s.Value);
                break;
            case Let s:
                _text.Append("let ").Append(s.Variable.Name);
                if (s.DeclaredType is not null) _text.Append(": ").Append(Describe(s.DeclaredType));
                if (s.Value is not null)
                {
                    _text.Append(" = ");
                    Write(s.Value);
                }

                break;
            case Assignment s:
                Write(s.Target);
                _text.Append(' ').Append(s.Operator is { } op ? Sign(op) : "").Append("= ");
                Write(s.Value);
                break;
            case Break:
                _text.Append("break");
                break;
            case Continue:
                _text.Append("continue");
                break;
            case Return s:
                _text.Append("return");
                if (s.Value is not null)
                {
                    _text.Append(' ');
                    Write(s.Value);
                }

                break;
            case ImportStatement s:
                _text.Append("import ").Append(Quote(s.Import.Path));
                break;
        }

        _text.Append(';');
    }

    private void WriteLoop(Expression head, Block body, int level = 0)
    {
        Write(head, level);
        _text.Append(") ");
        WriteBody(body.Statements, null, body.Span);
    }

    private void WriteIf(If s)
    {
        _text.Append(s.IsComptime ? "if comptime (" : "if (");
        WriteLoop(s.Condition, s.Then);
        if (s.Otherwise is null) return;
        _text.Append(" else ");
        if (s.Otherwise is If next) WriteIf(next);
        else WriteBody(((Block)s.Otherwise).Statements, null, s.Otherwise.Span);
    }
}

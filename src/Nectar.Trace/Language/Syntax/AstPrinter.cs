// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;

namespace Nectar.Trace.Language.Syntax;

/// <summary>Writes trees as scripts (<c>--fmt</c>): read again they give the same tree. Comments stay with what stands behind them.</summary>
internal sealed partial class AstPrinter
{
    private const int Indent = 2;

    private readonly StringBuilder _text = new();
    private readonly Script? _script;
    private int _depth, _comment, _lastEnd;

    private AstPrinter(Script? script) => _script = script;

    /// <summary>A script that was read without expansion (<see cref="ParseOptions.Expand"/> false) in canonical form.</summary>
    public static string Format(Script script)
    {
        AstPrinter printer = new(script);
        printer.Write(script);
        return printer._text.ToString();
    }

    /// <summary>A statement as text, for messages and dumps.</summary>
    public static string Describe(Statement statement)
    {
        AstPrinter printer = new(null);
        printer.Write(statement);
        return printer._text.ToString().TrimEnd();
    }

    public static string Describe(Expression expression)
    {
        AstPrinter printer = new(null);
        printer.Write(expression);
        return printer._text.ToString();
    }

    /// <summary>A type as written: <c>struct x *</c> is <c>struct x*</c>.</summary>
    public static string Describe(TypeName type)
    {
        StringBuilder text = new();
        if (type.OfValue is not null) text.Append("typeof(").Append(Describe(type.OfValue)).Append(')');
        else if (type.Members.Count > 0 || type.Name.Length == 0) text.Append('(').AppendJoin(", ", type.Members.Select(Describe)).Append(')');
        else text.Append(type.Name);
        foreach (int suffix in type.Suffixes)
        {
            if (suffix < 0) text.Append('*');
            else if (suffix == 0) text.Append("[]");
            else text.Append('[').Append(suffix).Append(']');
        }

        return text.ToString();
    }

    private void Write(Script script)
    {
        if (script.Header.Source is not null)
        {
            _text.Append(script.Header.Text.TrimEnd()).Append("\n\n");
            _lastEnd = script.Header.End;
        }

        foreach (TextSpan c in script.C)
        {
            BeforeNode(c, keepsBlank: _text.Length > 0);
            SkipComments(c);
            _text.Append(c.Text.TrimEnd());
            AfterNode(c.End);
        }

        // config and imports may be mixed: in the order of the text
        List<(TextSpan Span, Action Write)> heads = [.. script.Imports.Where(i => !IsInside(script, i.Span)).Select(i => (i.Span, (Action)(() => _text.Append("import ").Append(Quote(i.Path)).Append(';'))))];
        if (script.ConfigSpan is { } config) heads.Add((config, () => WriteConfig(script)));
        foreach ((TextSpan span, Action write) in heads.OrderBy(h => h.Span.Start))
        {
            Separate();
            BeforeNode(span, keepsBlank: false);
            write();
            AfterNode(span.End);
        }

        foreach (Node definition in script.Definitions)
        {
            Separate();
            BeforeNode(definition.Span, keepsBlank: false);
            WriteDefinition(definition);
        }

        RemainingComments(int.MaxValue);
    }

    private static bool IsInside(Script script, TextSpan span) => script.Definitions.Count > 0 && span.Start > script.Definitions[0].Span.Start;

    /// <summary>One empty line between definitions.</summary>
    private void Separate()
    {
        if (_text.Length > 0 && !EndsWith("\n\n")) _text.Append('\n');
    }

    private bool EndsWith(string end) => _text.Length >= end.Length && _text.ToString(_text.Length - end.Length, end.Length) == end;

    private void WriteConfig(Script script)
    {
        _text.Append("config = {\n");
        _depth++;
        foreach (ConfigAssignment assignment in script.Config)
        {
            BeforeNode(assignment.Span, keepsBlank: false);
            _text.Append(assignment.Key).Append(" = ");
            Write(assignment.Value);
            _text.Append(';');
            AfterNode(assignment.Span.End);
        }

        RemainingComments(script.ConfigSpan!.Value.End);
        _depth--;
        _text.Append('}');
    }

    private void WriteDefinition(Node definition)
    {
        switch (definition)
        {
            case Probe probe:
                for (int i = 0; i < probe.AttachPoints.Count; i++)
                {
                    AttachPoint point = probe.AttachPoints[i];
                    _text.Append(i == 0 ? "" : ",\n").Append(point.Span.Source is null ? point.Text : point.Span.Text);
                }

                if (probe.Predicate is { } predicate)
                {
                    _text.Append("\n/");
                    Write(predicate);
                    _text.Append('/');
                }

                _lastEnd = probe.Body.Span.Start;
                _text.Append('\n');
                WriteBody(probe.Body.Statements, null, probe.Body.Span);
                AfterNode(probe.Body.Span.End);
                break;
            case Macro macro:
                _text.Append("macro ").Append(macro.Name).Append('(');
                WriteList(macro.Parameters);
                _text.Append(")\n");
                _lastEnd = macro.Body.Span.Start;
                if (macro.Body is BlockExpression value) WriteBody(value.Statements, value.Value, value.Span);
                else WriteBody(((Block)macro.Body).Statements, null, macro.Body.Span);
                AfterNode(macro.Body.Span.End);
                break;
            case Subprogram f:
                _text.Append("fn ").Append(f.Name).Append('(').AppendJoin(", ", f.Parameters.Select(p => $"{p.Variable.Name} : {Describe(p.Type)}")).Append(") : ").Append(Describe(f.Result)).Append('\n');
                _lastEnd = f.Body.Span.Start;
                WriteBody(f.Body.Statements, null, f.Body.Span);
                AfterNode(f.Body.Span.End);
                break;
            case MapDeclaration map:
                _text.Append("let ").Append(map.Name).Append(" = ").Append(map.Kind).Append('(');
                if (map.MaxEntries is not null) Write(map.MaxEntries);
                _text.Append(");");
                AfterNode(map.Span.End);
                break;
        }
    }

    /// <summary>Comments before a node, its indentation, and the empty line that was before it.</summary>
    private void BeforeNode(TextSpan span, bool keepsBlank = true)
    {
        if (_script is not null && span.Source == _script.Source)
        {
            while (NextComment() is { } comment && comment.Start < span.Start) WriteComment(comment);
            if (keepsBlank && HasBlankLine(_lastEnd, span.Start) && !EndsWith("\n\n") && !EndsWith("{\n")) _text.Append('\n');
        }

        _text.Append(' ', _depth * Indent);
    }

    /// <summary>Ends a node's line, with the comment that stands behind it there.</summary>
    private void AfterNode(int end)
    {
        if (_script is not null && NextComment() is { } comment && comment.Start >= end && !_script.Source.Text.AsSpan(end, comment.Start - end).Contains('\n'))
        {
            _comment++;
            _text.Append(' ').Append(CommentText(comment));
            end = comment.End;
        }

        _lastEnd = Math.Max(_lastEnd, end);
        _text.Append('\n');
    }

    private TextSpan? NextComment() => _script is not null && _comment < _script.Comments.Count ? _script.Comments[_comment] : null;

    private void SkipComments(TextSpan span)
    {
        while (NextComment() is { } comment && comment.Start < span.End && comment.Start >= span.Start) _comment++;
    }

    private void RemainingComments(int end)
    {
        while (NextComment() is { } comment && comment.Start < end) WriteComment(comment);
    }

    private void WriteComment(TextSpan comment)
    {
        if (HasBlankLine(_lastEnd, comment.Start) && _text.Length > 0 && !EndsWith("\n\n") && !EndsWith("{\n")) _text.Append('\n');
        _text.Append(' ', _depth * Indent).Append(CommentText(comment)).Append('\n');
        _lastEnd = comment.End;
        _comment++;
    }

    private static string CommentText(TextSpan comment) => comment.Text.TrimEnd();

    private bool HasBlankLine(int from, int to)
    {
        if (_script is null || from >= to) return false;
        int lines = 0;
        foreach (char c in _script.Source.Text.AsSpan(from, to - from))
        {
            if (c == '\n') lines++;
            else if (!char.IsWhiteSpace(c)) lines = 0;
        }

        return lines >= 2;
    }
}

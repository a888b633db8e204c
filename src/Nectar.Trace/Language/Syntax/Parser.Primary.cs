// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.Trace.Language.Syntax;

// What expressions are made of.
internal sealed partial class Parser
{
    private static readonly HashSet<string> Reserved =
    [
        "args", "ctx", "kstack", "nsecs", "pid", "tid", "ustack",
        "__builtin_comm", "__builtin_cpid", "__builtin_cpu", "__builtin_dw_ustack", "__builtin_elapsed", "__builtin_func",
        "__builtin_ncpus", "__builtin_probe", "__builtin_retval", "__builtin_usermode",
    ];

    /// <summary>A builtin that no parameter of a macro and no field of a record may hide.</summary>
    private static bool IsReservedName(string name) =>
        Reserved.Contains(name) ||
        (name.StartsWith("arg", StringComparison.Ordinal) && name.Length > 3 && name.AsSpan(3).IndexOfAnyExceptInRange('0', '9') < 0) ||
        (name.StartsWith("sarg", StringComparison.Ordinal) && name.Length > 4 && name.AsSpan(4).IndexOfAnyExceptInRange('0', '9') < 0);

    private Expression ParsePrimary()
    {
        SkipLayout();
        int start = _position;
        char c = Peek();
        if (c == '(') return ParseParentheses();
        if (c == '@') return ParseMap();
        if (c == '$') return ParseDollar();
        if (char.IsAsciiDigit(c)) return Number();
        if (c == '"') return new StringLiteral { Value = QuotedText(), Span = From(start) };
        if (c == '{')
        {
            if (ParseBody() is not { } body) return Missing();
            if (body.Value is not null) return body.ToExpression();
            // what follows without a ';' is the likelier mistake
            if (At(ScanLayout(_position)) is var next && (IsWordStart(next) || next is '$' or '@')) return Missing();
            ErrorAt("this block is used as a value but has none: its last expression must be without ';'", start, start + 1);
            return Missing();
        }

        if (!IsWordStart(c))
        {
            Error("expected expression");
            return Missing();
        }

        switch (PeekWord())
        {
            case "if":
                IfSyntax syntax = ParseIf();
                if (_isPanicking) return Missing();
                if (syntax.HasValue) return syntax.ToExpression();
                ErrorAt("this if is used as a value but not all of its branches have one", start, start + 2);
                return Missing();
            case "sizeof" when IsCallHere(): return ParseSizeOf();
            case "offsetof" when IsCallHere(): return ParseOffsetOf(isQuestion: false);
            case "field_exists" when IsCallHere(): return ParseOffsetOf(isQuestion: true);
            case "typeinfo" when IsCallHere(): return ParseTypeInfo();
            case "comptime": return ParseComptime();
            case "true" or "false":
                _position = WordEnd(start);
                return new BooleanLiteral { Value = _text[start] == 't', Span = From(start) };
        }

        _position = WordEnd(start);
        string name = _text[start.._position];
        int end = _position;
        SkipLayout();
        if (Peek() == '!' && Peek(1) == '(') _position++; // bpftrace's documentation writes calls of macros so
        if (Peek() == '(') return ParseCall(name, start);
        _position = end;
        return new Identifier { Name = name, Span = From(start) };
    }

    private bool IsCallHere() => At(ScanLayout(WordEnd(_position))) == '(';

    private Comptime ParseComptime()
    {
        int start = _position;
        _position = WordEnd(start);
        Expression operand = Enter() ? ParseUnary() : Missing();
        Leave();
        return new Comptime { Operand = operand, Span = From(start) };
    }

    private Expression ParseDollar()
    {
        int start = _position;
        if (Peek(1) == '#')
        {
            _position += 2;
            return new PositionalParameter { Number = 0, Span = From(start) };
        }

        if (!char.IsAsciiDigit(Peek(1))) return Variable();
        _position++;
        while (char.IsAsciiDigit(Peek())) _position++;
        ReadOnlySpan<char> digits = _text.AsSpan((start + 1).._position);
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number) || number < 1)
        {
            ErrorAt($"param ${digits} is out of integer range [1, {long.MaxValue}]", start, _position);
        }

        return new PositionalParameter { Number = (int)Math.Clamp(number, 1, int.MaxValue), Span = From(start) };
    }

    private Expression ParseParentheses()
    {
        int start = _position++;
        SkipLayout();
        if (Match(')')) return new TupleLiteral { Items = [], Span = From(start) };
        if (TryRecord(start) is { } record) return record;
        if (TryCast(start) is { } cast) return cast;
        Expression first = ParseExpression();
        SkipLayout();
        if (Peek() != ',')
        {
            Expect(')');
            return first;
        }

        List<Expression> items = [first];
        while (Match(','))
        {
            SkipLayout();
            if (Peek() == ')') break;
            items.Add(ParseExpression());
        }

        Expect(')');
        return new TupleLiteral { Items = items, Span = From(start) };
    }

    /// <summary><c>(name = value, …)</c></summary>
    private TupleLiteral? TryRecord(int start)
    {
        if (!IsWordStart(Peek())) return null;
        int end = WordEnd(_position), at = ScanLayout(end);
        if (At(at) != '=' || At(at + 1) == '=' || IsReservedName(_text[_position..end])) return null;
        List<Expression> items = [];
        List<string> names = [];
        do
        {
            SkipLayout();
            int item = _position;
            if (Word("expected identifier") is not { } name || !Expect('=')) break;
            Expression value = ParseExpression();
            if (names.Contains(name)) ErrorAt($"Named argument list already contains name: {name}", item, _position);
            names.Add(name);
            items.Add(value);
        }
        while (Match(','));
        Expect(')');
        return new TupleLiteral { Items = items, Names = names, Span = From(start) };
    }

    private Expression ParseCall(string name, int start)
    {
        Expect('(');
        List<Expression> arguments = [];
        SkipLayout();
        while (!AtEnd && Peek() != ')' && !_isPanicking)
        {
            arguments.Add(IsAtWord("typeof") ? ParseTypeArgument() : ParseExpression());
            if (!Match(',')) break;
            SkipLayout();
            if (Peek() == ')') Error("expected expression");
        }

        Expect(')');
        return new Call { Name = name, Arguments = arguments, Span = From(start) };
    }

    private TypeArgument ParseTypeArgument()
    {
        SkipLayout();
        int start = _position;
        TypeName type = ParseTypeAnnotation() ?? new TypeName { Name = "" };
        return new TypeArgument { OfType = type, Span = From(start) };
    }
}

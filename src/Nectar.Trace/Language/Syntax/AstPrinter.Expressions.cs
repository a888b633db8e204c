// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;

namespace Nectar.Trace.Language.Syntax;

internal sealed partial class AstPrinter
{
    // As the parser's: 1 to 10 are binary operators.
    private const int ConditionalLevel = 0, UnaryLevel = 11, PostfixLevel = 12;

    private static readonly (string Sign, int Level)[] Operators =
    [
        ("+", 9), ("-", 9), ("*", 10), ("/", 10), ("%", 10), ("&", 5), ("|", 3), ("^", 4), ("<<", 8), (">>", 8),
        ("==", 6), ("!=", 6), ("<", 7), ("<=", 7), (">", 7), (">=", 7), ("&&", 2), ("||", 1),
    ];

    private static string Sign(BinaryOperator op) => Operators[(int)op].Sign;

    private static readonly string[] Prefixes = ["-", "+", "!", "~", "*", "&", "++", "--"];

    private static int Level(Expression e) => e switch
    {
        Conditional => ConditionalLevel,
        Binary b => Operators[(int)b.Operator].Level,
        Unary { Operator: UnaryOperator.PostIncrement or UnaryOperator.PostDecrement } => PostfixLevel,
        Unary or Cast or Comptime => UnaryLevel,
        _ => PostfixLevel,
    };

    /// <summary>In parentheses where its own level is lower than the one that its place needs.</summary>
    private void Write(Expression e, int level)
    {
        bool needsParentheses = Level(e) < level;
        if (needsParentheses) _text.Append('(');
        Write(e);
        if (needsParentheses) _text.Append(')');
    }

    private void Write(Expression expression)
    {
        TreeDepth.Check(expression);
        switch (expression)
        {
            case IntegerLiteral e:
                string written = e.Span.Text;
                bool isAsWritten = written.Length > 0 && char.IsAsciiDigit(written[0]) && IntegerText.TryParse(written, out ulong value, out _) && value == e.Value;
                _text.Append(isAsWritten ? written : e.Value.ToString(CultureInfo.InvariantCulture));
                break;
            case StringLiteral e: _text.Append(Quote(e.Value)); break;
            case BooleanLiteral e: _text.Append(e.Value ? "true" : "false"); break;
            case Identifier e: _text.Append(e.Name); break;
            case PositionalParameter e: _text.Append(e.Number == 0 ? "$#" : $"${e.Number}"); break;
            case VariableReference e: _text.Append(e.Name); break;
            case MapReference e: _text.Append(e.Name); break;
            case MapAccess e:
                _text.Append(e.Target.Name).Append('[');
                if (e.Key is TupleLiteral { IsKeyList: true } keys) WriteList(keys.Items);
                else Write(e.Key);
                _text.Append(']');
                break;
            case Call e:
                _text.Append(e.Name).Append('(');
                WriteList(e.Arguments);
                _text.Append(')');
                break;
            case Unary e: WriteUnary(e); break;
            case Binary e: WriteBinary(e); break;
            case Conditional e: WriteConditional(e); break;
            case FieldAccess e:
                Write(e.Target, PostfixLevel);
                _text.Append(e.IsArrow ? "->" : ".").Append(e.Name);
                break;
            case TupleAccess e:
                Write(e.Target, PostfixLevel);
                _text.Append('.').Append(e.Index);
                break;
            case ArrayAccess e:
                // @m[a] would be read as the map's element
                bool isMap = e.Target is MapReference;
                if (isMap) _text.Append('(');
                Write(e.Target, PostfixLevel);
                _text.Append(isMap ? ")[" : "[");
                Write(e.Index);
                _text.Append(']');
                break;
            case Cast e:
                _text.Append('(').Append(Describe(e.Target)).Append(')');
                Write(e.Operand, UnaryLevel);
                break;
            case SizeOf e: WriteTypeQuestion("sizeof", e.OfType, e.OfValue, null); break;
            case TypeInfo e: WriteTypeQuestion("typeinfo", e.OfType, e.OfValue, null); break;
            case OffsetOf e: WriteTypeQuestion(e.IsQuestion ? "field_exists" : "offsetof", e.OfType, e.OfValue, e.Path); break;
            case TypeArgument e: _text.Append(e.OfType.OfValue is null ? $"typeof({Describe(e.OfType)})" : Describe(e.OfType)); break;
            case TupleLiteral e: WriteTuple(e); break;
            case BlockExpression e: WriteBody(e.Statements, e.Value, e.Span); break;
            case Comptime e:
                _text.Append("comptime ");
                Write(e.Operand, UnaryLevel);
                break;
        }
    }

    private void WriteList(List<Expression> items)
    {
        for (int i = 0; i < items.Count; i++)
        {
            if (i > 0) _text.Append(", ");
            Write(items[i]);
        }
    }

    private void WriteUnary(Unary e)
    {
        bool isPostfix = e.Operator >= UnaryOperator.PostIncrement;
        if (!isPostfix) _text.Append(Prefixes[(int)e.Operator]);
        // - -x must not become --x
        bool clashes = e.Operand is Unary { Operator: UnaryOperator.Negate or UnaryOperator.PreDecrement } && e.Operator is UnaryOperator.Negate;
        if (clashes) _text.Append('(');
        Write(e.Operand, isPostfix ? PostfixLevel : UnaryLevel);
        if (clashes) _text.Append(')');
        if (isPostfix) _text.Append(e.Operator == UnaryOperator.PostIncrement ? "++" : "--");
    }

    // Chains lean left and may be long: no recursion down their spine.
    private void WriteBinary(Binary e)
    {
        List<Binary> spine = [e];
        while (spine[^1].Left is Binary left && Level(left) >= Level(spine[^1])) spine.Add(left);
        Write(spine[^1].Left, Level(spine[^1]));
        for (int i = spine.Count - 1; i >= 0; i--)
        {
            _text.Append(' ').Append(Sign(spine[i].Operator)).Append(' ');
            Write(spine[i].Right, Level(spine[i]) + 1);
        }
    }

    private void WriteConditional(Conditional e)
    {
        if (e.IsIf)
        {
            _text.Append(e.IsComptime ? "if comptime (" : "if (");
            Write(e.Condition);
            _text.Append(") ");
            Write(e.Then!);
            _text.Append(" else ");
            Write(e.Otherwise);
            return;
        }

        Write(e.Condition, 1);
        _text.Append(e.Then is null ? " ?" : " ? ");
        if (e.Then is not null)
        {
            Write(e.Then);
            _text.Append(' ');
        }

        _text.Append(": ");
        Write(e.Otherwise);
    }

    private void WriteTypeQuestion(string name, TypeName? type, Expression? value, List<string>? path)
    {
        _text.Append(name).Append('(');
        if (type is not null) _text.Append(Describe(type));
        else if (LooksLikeType(value!)) _text.Append('(').Append(Describe(value!)).Append(')');
        else Write(value!);
        if (path is not null) _text.Append(", ").AppendJoin('.', path);
        _text.Append(')');
    }

    /// <summary><c>x[2]</c>: without parentheses it would be read as an array of the type x.</summary>
    private static bool LooksLikeType(Expression value)
    {
        bool hasIndex = value is ArrayAccess;
        while (value is ArrayAccess { Index: IntegerLiteral } access) value = access.Target;
        return hasIndex && value is Identifier;
    }

    private void WriteTuple(TupleLiteral e)
    {
        _text.Append('(');
        for (int i = 0; i < e.Items.Count; i++)
        {
            if (i > 0) _text.Append(", ");
            if (e.Names.Count > 0) _text.Append(e.Names[i]).Append(" = ");
            Write(e.Items[i]);
        }

        _text.Append(e.Items.Count == 1 && e.Names.Count == 0 ? ",)" : ")");
    }

    private static string Quote(string value)
    {
        StringBuilder text = new("\"");
        foreach (char c in value)
        {
            switch (c)
            {
                case '"': text.Append("\\\""); break;
                case '\\': text.Append("\\\\"); break;
                case '\n': text.Append("\\n"); break;
                case '\t': text.Append("\\t"); break;
                case '\r': text.Append("\\r"); break;
                case < ' ' or '\x7f': text.Append("\\x").Append(((int)c).ToString("x2", CultureInfo.InvariantCulture)); break;
                case >= (char)0xdc80 and <= (char)0xdcff when text.Length == 0 || !char.IsHighSurrogate(text[^1]):
                    text.Append("\\x").Append((c - ScriptText.ByteBase).ToString("x2", CultureInfo.InvariantCulture));
                    break;
                default: text.Append(c); break;
            }
        }

        return text.Append('"').ToString();
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Language.Declarations;
using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Language.Macros;

// #define, container_of.
internal sealed partial class MacroExpander
{
    private TextSpan _valueUse;

    /// <summary>The value of a <c>#define</c>, its parameters replaced, in turn with everything replaced.</summary>
    private Expression ValueOf(CMacro macro, Expression use, List<Expression> arguments)
    {
        // as headers do it for enumerators: #define A A
        if (use is Identifier && macro.Value is [var only] && only.IsWord(macro.Name)) return AstCloner.Clone(use);
        if (_openValues.Contains(macro.Name))
        {
            _report.Error(use.Span, $"Macro recursion: {string.Join("->", _openValues)}");
            _report.Error(_valueUse, "expanded from");
            return AstCloner.Clone(use);
        }

        if (!MayExpand(_openValues.Count == 0 ? use.Span : _valueUse, _openValues.Count)) return AstCloner.Clone(use);
        if (macro.Parameters is { } parameters && parameters.Count != arguments.Count && !(parameters.Count == 0 && arguments.Count == 0))
        {
            _report.Error(use.Span, $"macro {macro.Name} takes {parameters.Count} arguments, but there are {arguments.Count}");
            return AstCloner.Clone(use);
        }

        if (!_values.TryGetValue(macro.Name, out Expression? value))
        {
            value = Parser.ParseExpression(new SourceText(macro.Name, macro.Text), new DiagnosticBag());
            _values.Add(macro.Name, value);
        }

        if (value is null)
        {
            _report.Error(use.Span, $"unable to expand macro as an expression: {macro.Text}");
            return AstCloner.Clone(use);
        }

        // What stands in the value are names of C: neither the script macro's arguments nor its variables.
        Frame? outer = _frame;
        _frame = null;
        if (macro.Parameters is { Count: > 0 } names)
        {
            _frame = new Frame { Macro = new Macro { Name = macro.Name, Parameters = [], Body = use, Span = use.Span }, Depth = 0, Place = use.Span };
            for (int i = 0; i < names.Count; i++) _frame.Arguments[names[i]] = arguments[i];
        }

        if (_openValues.Count == 0) _valueUse = use.Span;
        _openValues.Add(macro.Name);
        Expression result = Relocate(Visit(value), use.Span);
        _openValues.RemoveAt(_openValues.Count - 1);
        _frame = outer;
        return result;
    }

    /// <summary>The root of a value is where it is used, so that errors about it quote the script.</summary>
    private static Expression Relocate(Expression value, TextSpan span) => value switch
    {
        IntegerLiteral e => new IntegerLiteral { Value = e.Value, Span = span },
        StringLiteral e => new StringLiteral { Value = e.Value, Span = span },
        Identifier e => new Identifier { Name = e.Name, Span = span },
        Binary e => new Binary { Operator = e.Operator, Left = Relocate(e.Left, span), Right = Relocate(e.Right, span), Span = span },
        Unary e => new Unary { Operator = e.Operator, Operand = Relocate(e.Operand, span), Span = span },
        _ => value,
    };

    /// <summary><c>(type *)((void *)pointer - offsetof(type, member))</c></summary>
    private static Expression ContainerOf(Call call, List<Expression> arguments)
    {
        TypeName? type = arguments[1] switch
        {
            TypeArgument t => t.OfType,
            Identifier name => new TypeName { Name = name.Name, Span = name.Span },
            _ => null,
        };
        List<string>? path = PathOf(arguments[2]);
        if (type is null || path is null) return new Call { Name = call.Name, Arguments = arguments, Span = call.Span };
        TypeName pointer = new() { Name = type.Name, OfValue = type.OfValue, Members = type.Members, Suffixes = [.. type.Suffixes, -1], Span = type.Span };
        Expression bytes = new Cast { Target = new TypeName { Name = "void", Suffixes = [-1], Span = call.Span }, Operand = arguments[0], Span = call.Span };
        Expression offset = new OffsetOf { OfType = type, Path = path, Span = call.Span };
        return new Cast { Target = pointer, Operand = new Binary { Operator = BinaryOperator.Subtract, Left = bytes, Right = offset, Span = call.Span }, Span = call.Span };
    }

    /// <summary><c>a.b.c</c> as names; null if it is anything else.</summary>
    private static List<string>? PathOf(Expression expression)
    {
        List<string> path = [];
        while (expression is FieldAccess field)
        {
            path.Add(field.Name);
            expression = field.Target;
        }

        if (expression is not Identifier first) return null;
        path.Add(first.Name);
        path.Reverse();
        return path;
    }
}

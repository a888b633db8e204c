// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Functions;
using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Language.Binding;

internal sealed partial class NameBinder
{
    private Expression Visit(Expression expression)
    {
        TreeDepth.Check(expression);
        switch (expression)
        {
            case Identifier e:
                return VisitIdentifier(e);
            case VariableReference e:
                e.Symbol = _scopes.Read(e);
                break;
            case MapReference e:
                UseMap(e, MapForm.Scalar, e);
                break;
            case MapAccess e:
                UseMap(e.Target, MapForm.Keyed, e);
                e.Key = Visit(e.Key);
                break;
            case Call e:
                return VisitCall(e);
            case Unary { Operator: UnaryOperator.AddressOf } e:
                VisitAddressOf(e);
                break;
            case Unary e:
                e.Operand = Visit(e.Operand);
                break;
            case Binary e:
                e.Left = Visit(e.Left);
                e.Right = Visit(e.Right);
                break;
            case Conditional e:
                e.Condition = Visit(e.Condition);
                bool? taken = e.IsComptime || e.Condition is Comptime ? decide(e, e.Condition) : null;
                if (taken != false && e.Then is { } then) e.Then = Visit(then);
                if (taken != true) e.Otherwise = Visit(e.Otherwise);
                break;
            case FieldAccess e:
                e.Target = Visit(e.Target);
                break;
            case TupleAccess e:
                e.Target = Visit(e.Target);
                break;
            case ArrayAccess e:
                e.Target = Visit(e.Target);
                e.Index = Visit(e.Index);
                break;
            case Cast e:
                VisitType(e.Target);
                e.Operand = Visit(e.Operand);
                break;
            case SizeOf e:
                e.OfValue = Introspect(e.OfType, e.OfValue, "sizeof");
                break;
            case OffsetOf e:
                e.OfValue = Introspect(e.OfType, e.OfValue, "offsetof");
                break;
            case TypeInfo e:
                e.OfValue = Introspect(e.OfType, e.OfValue, "typeof or typeinfo");
                break;
            case TupleLiteral e:
                VisitAll(e.Items);
                break;
            case BlockExpression e:
                _scopes.Enter();
                VisitStatements(e.Statements);
                e.Value = Visit(e.Value);
                _scopes.Leave();
                break;
            case Comptime e:
                e.Operand = Visit(e.Operand);
                break;
        }

        return expression;
    }

    private void VisitAll(List<Expression> items)
    {
        for (int i = 0; i < items.Count; i++) items[i] = Visit(items[i]);
    }

    private void VisitType(TypeName type)
    {
        if (type.OfValue is { } value)
        {
            // the node keeps its value: only what is inside of it can be brought into form
            Introspect(null, value, "typeof or typeinfo");
        }

        foreach (TypeName member in type.Members) VisitType(member);
    }

    private Expression? Introspect(TypeName? type, Expression? value, string what)
    {
        if (type is not null) VisitType(type);
        if (value is null) return null;
        TreeWalk.Visit(value, node =>
        {
            if (node is Assignment { Target: MapReference or MapAccess }) context.Report.Error(TraceCodes.MapUse, node, $"Map assignments not allowed inside of {what}");
            return true;
        });
        _scopes.IntrospectionDepth++;
        // typeof(@m) of a map with keys is the keys' type
        if (value is MapReference map) UseMap(map, MapForm.Unknown, map);
        else value = Visit(value);
        _scopes.IntrospectionDepth--;
        return value;
    }

    private void VisitAddressOf(Unary e)
    {
        switch (e.Operand)
        {
            case VariableReference variable:
                _scopes.IntrospectionDepth++;
                variable.Symbol = _scopes.Read(variable);
                _scopes.IntrospectionDepth--;
                if (variable.Symbol is not { } symbol) return;
                symbol.NeedsMemory = true;
                _scopes.Assign(variable, e);
                break;
            case MapReference map:
                UseMap(map, MapForm.Unknown, map);
                break;
            default:
                e.Operand = Visit(e.Operand);
                break;
        }
    }

    private static Expression VisitIdentifier(Identifier e) => BuiltinTable.Canonical(e.Name) is var name && name != e.Name ? new Identifier { Name = name, Span = e.Span } : e;

    private Expression VisitCall(Call call)
    {
        string name = context.Functions.ContainsKey(call.Name) ? call.Name : BuiltinTable.Canonical(call.Name);
        if (call.Arguments.Count == 0 && !context.Functions.ContainsKey(name) && BuiltinTable.Find(name) is not null) return new Identifier { Name = name, Span = call.Span };
        if (name == "delete" && call.Arguments is [MapAccess access])
            call = new Call { Name = name, Span = call.Span, Arguments = [access.Target, access.Key] };
        else if (name != call.Name) call = new Call { Name = name, Span = call.Span, Arguments = call.Arguments };
        if (context.Functions.TryGetValue(name, out Subprogram? function)) call.Target = function;

        int first = 0;
        if (call.Arguments.Count > 0 && call.Arguments[0] is MapReference map && call.Target is null && FunctionTable.Find(name) is { TakesMap: true } info)
        {
            UseMap(map, name is "delete" && call.Arguments.Count == 2 ? MapForm.Keyed : MapForm.Unknown, map);
            first = 1;
        }

        for (int i = first; i < call.Arguments.Count; i++)
        {
            if (name == "find" && i == 2 && call.Arguments[i] is VariableReference result) result.Symbol = _scopes.Assign(result, call);
            else call.Arguments[i] = Visit(call.Arguments[i]);
        }

        return call;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Functions;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Language.Inference;

internal sealed partial class TypeInference
{
    private void Visit(Block block)
    {
        foreach (Statement statement in block.Statements) Visit(statement);
    }

    private void Visit(Statement statement)
    {
        TreeDepth.Check(statement);
        switch (statement)
        {
            case Block s: Visit(s); break;
            case ExpressionStatement s: VisitValue(s); break;
            case Let s: VisitLet(s); break;
            case Assignment s: VisitAssignment(s); break;
            case If s: VisitIf(s); break;
            case Unroll s: VisitUnroll(s); break;
            case While s:
                VisitCondition(s.Condition, s.Condition.Span);
                VisitLoop(s.Body);
                break;
            case ForMap s: VisitFor(s); break;
            case ForRange s: VisitFor(s); break;
            case Return s: VisitReturn(s); break;
        }
    }

    private void VisitLoop(Block body)
    {
        _loopDepth++;
        Visit(body);
        _loopDepth--;
    }

    private void VisitValue(ExpressionStatement s)
    {
        TraceType type = Visit(s.Value);
        if (!_isLast || s.IsDiscard || type.Kind is TypeKind.None or TypeKind.Void) return;
        if (type.IsAggregation && s.Value is Call { } call && FunctionTable.Find(call.Name) is { IsAggregation: true }) return; // has said so itself
        if (s.Value is Unary { Operator: UnaryOperator.PreIncrement or UnaryOperator.PreDecrement or UnaryOperator.PostIncrement or UnaryOperator.PostDecrement }) return;
        if (s.Value is Call { Name: "delete" or "find" }) return;
        context.Report.Warning(TraceCodes.Unused, s, "Return value discarded.");
    }

    private void VisitLet(Let s)
    {
        TraceType declared = s.DeclaredType is { } name ? Resolve(name) : TraceType.None;
        TraceType given = s.Value is { } value ? Visit(value) : TraceType.None;
        if (s.Variable.Symbol is not { } symbol) return;
        if (s.DeclaredType is not null)
        {
            if (_isLast && declared.IsNone) context.Report.Error(TraceCodes.UnknownType, s.DeclaredType, "Type cannot be resolved: still none");
            else if (declared.IsAggregation || declared.Kind == TypeKind.Void) context.Report.Error(TraceCodes.UnknownType, s.DeclaredType, $"Invalid variable declaration type: {declared}");
            // a type without a size gets it from what is assigned
            if (declared.Size != 0) _declared.Add(symbol);
            if (_declared.Contains(symbol) || symbol.Type.IsNone) Set(symbol, declared);
        }

        if (s.Value is not null) Assign(symbol, given, s, s.Value);
        s.Variable.Type = symbol.Type;
    }

    private void VisitAssignment(Assignment s)
    {
        if (s.Operator is null && s.Target is MapReference or MapAccess && AggregationCall(s.Value) is { } aggregation) _assigned.Add(aggregation);
        TraceType value = Visit(s.Value);
        switch (s.Target)
        {
            case VariableReference target when target.Symbol is { } symbol:
                if (s.Operator is { } operation) value = Combine(s, operation, target, symbol.Type, s.Value, value);
                Assign(symbol, value, s, s.Operator is null ? s.Value : null);
                target.Type = symbol.Type;
                break;
            case MapReference { Map: { } map } target:
                if (!CheckForm(target, target)) break;
                if (s.Operator is { } scalar) value = Combine(s, scalar, target, map.ValueType, s.Value, value);
                Assign(map, value, s, s.Operator is null ? s.Value : null);
                target.Type = map.ValueType;
                break;
            case MapAccess { Target.Map: { } map } target:
                if (!CheckForm(target, target)) break;
                UseKey(map, target.Key, target);
                if (s.Operator is { } keyed) value = Combine(s, keyed, target, map.ValueType, s.Value, value);
                Assign(map, value, s, s.Operator is null ? s.Value : null);
                target.Type = target.Target.Type = map.ValueType;
                break;
            case Unary { Operator: UnaryOperator.Dereference } target:
                Visit(target);
                break;
            case VariableReference:
                break;
            default:
                Visit(s.Target);
                context.Report.Error(TraceCodes.Operator, s, "only variables and maps can be assigned to: what arrays, structs and tuples hold cannot be changed");
                break;
        }
    }

    /// <summary>The type of <c>target operator value</c>.</summary>
    private TraceType Combine(Assignment s, BinaryOperator operation, Expression target, TraceType left, Expression value, TraceType right) =>
        left.IsNone || right.IsNone ? TraceType.None : OperatorType(s, operation, target, left, value, right);

    /// <summary>A map is given something.</summary>
    private void Assign(TraceMap map, TraceType type, Assignment where, Expression? value)
    {
        if (type.IsNone) return;
        TraceType current = map.ValueType;
        if (value is not null && AggregationCall(value) is { } call)
        {
            AssignAggregation(map, type, call);
            return;
        }

        if (type.Kind == TypeKind.Void || (type.IsAggregation && !(type.IsCountable && current.IsInteger)))
        {
            if (current.IsNone) _refused.Add(map);
            ReportUnassignable(map, type, where, value);
            return;
        }

        string mismatch = $"Type mismatch for {map.Name}: trying to assign value of type '{type}' when map already has a ";
        if (current.IsAggregation || Grow(map, current, type, where, map.Name) is not { } grown)
        {
            if (!_locked.ContainsKey(map)) context.Report.Error(TraceCodes.TypeMismatch, where, $"{mismatch}type '{current}'");
            return;
        }

        Set(map, TypeRules.Kept(grown));
        if (_isLast && value is not null && !Converts(value, type, map.ValueType)) context.Report.Error(TraceCodes.TypeMismatch, where, $"{mismatch}value type '{map.ValueType}'");
    }

    private void Set(TraceMap map, TraceType type)
    {
        if (type.IsNone || map.ValueType.IsIdentical(type)) return;
        map.ValueType = type;
        _changed = true;
    }

    private void ReportUnassignable(TraceMap map, TraceType type, Node where, Expression? value)
    {
        string? example = type.Kind switch
        {
            TypeKind.Count => "count()", TypeKind.Sum => "sum(retval)", TypeKind.Minimum => "min(retval)", TypeKind.Maximum => "max(retval)", TypeKind.Average => "avg(retval)",
            TypeKind.Statistics => "stats(arg2)", TypeKind.Histogram => "hist(retval)", TypeKind.LinearHistogram => "lhist(rand %10, 0, 10, 1)", TypeKind.TimeSeries => "tseries(rand %10, 10s, 1)", _ => null,
        };
        if (example is null)
        {
            context.Report.Error(TraceCodes.TypeMismatch, where, $"Value '{type}' cannot be assigned to a map.");
            return;
        }

        string message = $"Map value '{type}' cannot be assigned from one map to another. The function that returns this type must be called directly e.g. `{map.Name} = {example};`.";
        string? source = value is MapAccess access ? access.Target.Name : (value as MapReference)?.Name;
        if (type.IsCountable && source is not null)
            context.Report.Error(TraceCodes.TypeMismatch, where, message, $"help: Add a cast to integer if you want the value of the aggregate, e.g. `{map.Name} = (int64){source};`.");
        else context.Report.Error(TraceCodes.TypeMismatch, where, message);
    }

    private static Call? AggregationCall(Expression value) => value switch
    {
        Call call when FunctionTable.Find(call.Name) is { IsAggregation: true } && call.Target is null => call,
        BlockExpression block => AggregationCall(block.Value),
        _ => null,
    };

    private void AssignAggregation(TraceMap map, TraceType type, Call call)
    {
        TraceType current = map.ValueType;
        if (current.IsNone || (current.Kind == type.Kind && TypeRules.Promote(current, type) is not null))
        {
            if (_isLast && current.Shape is { } shape && type.Shape is { } other && shape != other)
                context.Report.Error(TraceCodes.Arguments, call, $"Different {(type.Kind == TypeKind.Histogram ? "bits" : "bounds")} in a single {call.Name} unsupported");
            else Set(map, current.IsNone ? type : TypeRules.Promote(current, type)!);
            return;
        }

        context.Report.Error(TraceCodes.TypeMismatch, call, $"Type mismatch for {map.Name}: trying to assign value of type '{type}' when map already has a type '{current}'");
    }

    private void VisitIf(If s)
    {
        if (s.IsComptime || s.Condition is Comptime)
        {
            if (DecideNow(s, s.Condition) is not { } taken) return;
            if (taken) Visit(s.Then);
            else if (s.Otherwise is { } other) Visit(other);
            return;
        }

        VisitCondition(s.Condition, s.Condition.Span);
        Visit(s.Then);
        if (s.Otherwise is { } otherwise) Visit(otherwise);
    }

    /// <summary>Which branch of a choice is taken while compiling; null if that is not known yet.</summary>
    private bool? DecideNow(Node node, Expression condition)
    {
        bool before = _usedIntrospection;
        _usedIntrospection = false;
        Visit(condition);
        bool depends = _usedIntrospection;
        _usedIntrospection |= before;
        if (_decisions.TryGetValue(node, out bool decided))
        {
            condition.Constant = new IntegerConstant(decided ? 1 : 0);
            return decided;
        }

        if (!depends && Truth(condition) is { } truth)
        {
            _decisions.Add(node, truth);
            return truth;
        }

        _waiting.Add((node, condition));
        return null;
    }

    private void VisitCondition(Expression condition, TextSpan where)
    {
        TraceType type = Visit(condition);
        if (type.Kind is not (TypeKind.Integer or TypeKind.Pointer or TypeKind.Boolean or TypeKind.None) && !type.IsCountable && !IsLiteral(condition))
            context.Report.Error(TraceCodes.TypeMismatch, where, $"Invalid condition: {TypeNames.DescribeKind(type)}");
    }

    private void VisitUnroll(Unroll s)
    {
        Visit(s.Count);
        if (Number(s.Count) is not { } count) context.Report.Error(TraceCodes.Constant, s.Count, "invalid unroll value");
        else if (count > 100) context.Report.Error(TraceCodes.Constant, s.Count, "unroll maximum value is 100");
        else if (count < 1) context.Report.Error(TraceCodes.Constant, s.Count, "unroll minimum value is 1");
        Visit(s.Body);
    }

    private void VisitFor(ForMap s)
    {
        if (CheckForm(s, s.Map) && s.Map.Map is { } map && s.Variable.Symbol is { } symbol)
        {
            if (!map.KeyType.IsNone && !map.ValueType.IsNone)
            {
                if (map.ValueType.IsHistogram || (map.ValueType.IsAggregation && !map.ValueType.IsCountable))
                    context.Report.Error(TraceCodes.MapUse, s.Map, $"Loop expression does not support type: {map.ValueType}");
                // what each processor has is added up for each element: the loop sees the number
                TraceType value = !map.ValueType.IsCountable ? map.ValueType : map.ValueType.IsSigned ? TraceType.Int64 : TraceType.UInt64;
                Set(symbol, TraceType.Tuple([("", map.KeyType), ("", value)]));
            }
            else if (_isLast) ReportUndefined(s.Map);
            s.Variable.Type = symbol.Type;
        }

        VisitLoop(s.Body);
    }

    private void VisitFor(ForRange s)
    {
        TraceType from = Visit(s.From), to = Visit(s.To);
        if (!from.IsNone && !from.IsInteger) context.Report.Error(TraceCodes.TypeMismatch, PlaceOf.Range(s), "Loop range requires an integer for the start value");
        if (!to.IsNone && !to.IsInteger) context.Report.Error(TraceCodes.TypeMismatch, PlaceOf.Range(s), "Loop range requires an integer for the end value");
        if (s.Variable.Symbol is { } symbol)
        {
            if (from.IsInteger && to.IsInteger) Set(symbol, from.Size == to.Size ? from : TypeRules.PromoteIntegers(from, to));
            s.Variable.Type = symbol.Type;
        }

        VisitLoop(s.Body);
    }

    private void VisitReturn(Return s)
    {
        TraceType type = s.Value is { } value ? Visit(value) : TraceType.Void;
        if (_function is { } function)
        {
            TraceType result = function.Result.Resolved;
            if (!_isLast || result.IsNone || type.IsNone) return;
            if (s.Value is null ? result.Kind != TypeKind.Void : !Converts(s.Value, type, result))
                context.Report.Error(TraceCodes.TypeMismatch, s, $"Function {function.Name} is of type {result}, cannot return {type}");
        }
        else if (s.Value is not null && !type.IsNone && !type.IsInteger)
        {
            context.Report.Error(TraceCodes.TypeMismatch, s, $"Probe return values can only be integers. Found {type}");
        }
    }
}

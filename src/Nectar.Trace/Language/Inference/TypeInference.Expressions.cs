// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Language.Inference;

internal sealed partial class TypeInference
{
    /// <summary>Finds an expression's type and, where it has one, its value; gives the type.</summary>
    private TraceType Visit(Expression expression)
    {
        TreeDepth.Check(expression);
        TraceType type = expression switch
        {
            IntegerLiteral e => Literal(e, (long)e.Value, e.Value > long.MaxValue),
            StringLiteral e => Literal(e, e.Value),
            BooleanLiteral e => Literal(e, e.Value),
            PositionalParameter e => VisitParameter(e),
            Identifier e => VisitIdentifier(e),
            VariableReference e => VisitVariable(e),
            MapReference e => VisitMap(e),
            MapAccess e => VisitMap(e),
            Call e => VisitCall(e),
            Unary e => VisitUnary(e),
            Binary e => VisitBinary(e),
            Conditional e => VisitConditional(e),
            FieldAccess e => VisitField(e),
            TupleAccess e => VisitTupleAccess(e),
            ArrayAccess e => VisitElement(e),
            Cast e => VisitCast(e),
            SizeOf e => VisitSizeOf(e),
            OffsetOf e => VisitOffsetOf(e),
            TypeInfo e => VisitTypeInfo(e),
            TupleLiteral e => VisitTuple(e),
            BlockExpression e => VisitBlock(e),
            Comptime e => VisitComptime(e),
            _ => TraceType.None,
        };
        expression.Type = type;
        return type;
    }

    private TraceType VisitVariable(VariableReference e)
    {
        if (e.Symbol is not { } symbol) return TraceType.None;
        if (_introspection > 0) _introspected.Add(symbol);
        if (_isLast && symbol.Type.IsNone) context.Report.Error(TraceCodes.TypeMismatch, e, "Could not resolve the type of this variable");
        return symbol.Type;
    }

    private TraceType VisitMap(MapReference e)
    {
        if (!CheckForm(e, e) || e.Map is not { } map) return TraceType.None;
        if (_introspection > 0) _introspected.Add(map);
        return map.ValueType;
    }

    private TraceType VisitMap(MapAccess e)
    {
        if (!CheckForm(e, e) || e.Target.Map is not { } map) return TraceType.None;
        if (_introspection > 0) _introspected.Add(map);
        UseKey(map, e.Key, e);
        return e.Target.Type = map.ValueType;
    }

    /// <summary>A map is asked with a key: its key type grows to hold it.</summary>
    private void UseKey(TraceMap map, Expression key, Node where)
    {
        TraceType type = Visit(key);
        if (type.IsNone || context.FormOf(map) == MapForm.Scalar) return;
        if (type.Kind == TypeKind.Void || (type.IsAggregation && !(type.IsCountable && map.KeyType.IsNone | map.KeyType.IsInteger)))
        {
            context.Report.Error(TraceCodes.MapUse, where, $"Value '{type}' cannot be used as a map key.");
            return;
        }

        if (Grow(map, map.KeyType, type, where, map.Name, isKey: true) is not { } grown)
        {
            if (!_lockedKeys.ContainsKey(map))
                context.Report.Error(TraceCodes.MapUse, where, $"Argument mismatch for {map.Name}: trying to access with arguments: '{type}' when map expects arguments: '{map.KeyType}'");
            return;
        }

        grown = TypeRules.Kept(grown);
        if (!map.KeyType.IsIdentical(grown))
        {
            map.KeyType = grown;
            _changed = true;
        }

        if (!_isLast) return;
        CheckKey(key, type);
        if (!Converts(key, type, map.KeyType))
            context.Report.Error(TraceCodes.MapUse, where, $"Type mismatch for {map.Name}: trying to assign key of type '{type}' when map already has a key type '{map.KeyType}'");
    }

    private void CheckKey(Expression key, TraceType type)
    {
        if (type.Kind == TypeKind.Pointer && type.IsContext) context.Report.Error(TraceCodes.MapUse, key, "context cannot be part of a map key");
        if (type.IsHistogram || type.Kind == TypeKind.Statistics) context.Report.Error(TraceCodes.MapUse, key, $"{type} cannot be part of a map key");
        if (type.Kind != TypeKind.Tuple) return;
        foreach (TupleField field in type.Fields) CheckKey(key, field.Type);
    }

    private TraceType VisitConditional(Conditional e)
    {
        TraceType then, otherwise;
        if (e.IsComptime || e.Condition is Comptime)
        {
            if (DecideNow(e, e.Condition) is not { } taken) return TraceType.None;
            Expression chosen = taken ? e.Then ?? e.Condition : e.Otherwise;
            TraceType only = Visit(chosen);
            e.Constant = chosen.Constant;
            return only;
        }

        VisitCondition(e.Condition, e.Condition.Span);
        then = e.Then is { } first ? Visit(first) : e.Condition.Type;
        otherwise = Visit(e.Otherwise);
        Expression left = e.Then ?? e.Condition;
        if (Truth(e.Condition) is { } truth && IsLiteral(left) && IsLiteral(e.Otherwise))
        {
            Expression chosen = truth ? left : e.Otherwise;
            e.Constant = chosen.Constant;
            return chosen.Type;
        }

        e.Constant = null;
        if (then.Kind == TypeKind.Void && otherwise.Kind == TypeKind.Void) return TraceType.Void;
        if (then.IsNone) return otherwise;
        if (otherwise.IsNone) return then;
        if (TypeRules.Promote(TypeRules.Promote(TraceType.None, then)!, otherwise) is { } promoted) return promoted;
        context.Report.Error(TraceCodes.TypeMismatch, e, $"Branches must return the same type or compatible types: have '{then}' and '{otherwise}'");
        return TraceType.None;
    }

    private TraceType VisitElement(ArrayAccess e)
    {
        TraceType type = Visit(e.Target), index = Visit(e.Index);
        if (type.IsNone || index.IsNone) return TraceType.None;
        e.Constant = null;
        if (e.Target.Constant is StringConstant text && Number(e.Index) is { } at && at >= 0 && at <= text.Text.Length)
        {
            long character = at == text.Text.Length ? 0 : (sbyte)text.Text[(int)at];
            e.Constant = new IntegerConstant(character);
            return TypeRules.OfNumber(character, isUnsigned: false);
        }

        TraceType element;
        int count = 0;
        switch (type.Kind)
        {
            case TypeKind.Array:
                (element, count) = (type.Element!, type.Count);
                break;
            case TypeKind.Pointer:
                element = type.Element!;
                if (element.Size == 0) context.Report.Error(TraceCodes.Operator, e, "The array index operator [] cannot be used on a pointer to an unsized type (void *).");
                break;
            case TypeKind.String:
                (element, count) = (TraceType.Int8, type.Size);
                break;
            case TypeKind.Tuple:
                return VisitTupleIndex(e, type);
            default:
                context.Report.Error(TraceCodes.Operator, e, $"The array index operator [] can only be used on arrays, pointers, and tuples, found {type}.");
                return TraceType.None;
        }

        if (Number(e.Index) is { } number && IsLiteral(e.Index))
        {
            if (number < 0 && index.IsSigned && !index.IsFlexible) BadIndex(e, index);
            else if (count != 0 && (ulong)number >= (ulong)count) context.Report.Error(TraceCodes.Operator, e, $"the index {number} is out of bounds for array of size {count}");
        }
        else if (!index.IsInteger || (index.IsSigned && !index.IsFlexible))
        {
            BadIndex(e, index);
        }

        bool isContext = type.IsContext && element.Kind is TypeKind.Struct or TypeKind.Array;
        return WithPlace(element, type.Space, type.Kind != TypeKind.Pointer && isContext);
    }

    private void BadIndex(ArrayAccess e, TraceType index) => context.Report.Error(TraceCodes.Operator, e, $"The array index operator [] only accepts non-negative integer indices. Got: {index}");

    private TraceType VisitTupleIndex(ArrayAccess e, TraceType type)
    {
        if (Number(e.Index) is not { } number)
        {
            BadIndex(e, e.Index.Type);
            return TraceType.None;
        }

        if (number >= 0 && number < type.Fields.Count) return type.Fields[(int)number].Type;
        context.Report.Error(TraceCodes.Operator, e, $"Invalid tuple index: {number}. Found {type.Fields.Count} elements in tuple.");
        return TraceType.None;
    }

    /// <summary>A value found in some memory: pointers, structs and arrays say which.</summary>
    private static TraceType WithPlace(TraceType type, AddressSpace space, bool isContext = false) =>
        type.Kind is TypeKind.Pointer or TypeKind.Struct or TypeKind.Array or TypeKind.Integer or TypeKind.String && (type.Space != space || type.IsContext != isContext)
            ? type with { Space = space, IsContext = isContext }
            : type;

    private TraceType VisitTupleAccess(TupleAccess e)
    {
        TraceType type = Visit(e.Target);
        if (type.IsNone) return TraceType.None;
        e.Constant = null;
        if (type.Kind != TypeKind.Tuple || type.IsRecord)
        {
            context.Report.Error(TraceCodes.Operator, e, $"Can not access index '{e.Index}' on expression of type '{type}'");
            return TraceType.None;
        }

        if (e.Index >= type.Fields.Count)
        {
            context.Report.Error(TraceCodes.Operator, e, $"Invalid tuple index: {e.Index}. Found {type.Fields.Count} elements in tuple.");
            return TraceType.None;
        }

        if (e.Target is TupleLiteral tuple && IsLiteral(tuple))
        {
            e.Constant = tuple.Items[e.Index].Constant;
            return tuple.Items[e.Index].Type;
        }

        return type.Fields[e.Index].Type;
    }

    private TraceType VisitTuple(TupleLiteral e)
    {
        (string Name, TraceType Type)[] items = new (string, TraceType)[e.Items.Count];
        bool isKnown = true;
        for (int i = 0; i < items.Length; i++)
        {
            TraceType type = Visit(e.Items[i]);
            isKnown &= !type.IsNone;
            if (type.IsHistogram || type.Kind == TypeKind.Void || type.Kind == TypeKind.Statistics)
                context.Report.Error(TraceCodes.TypeMismatch, e.Items[i], $"Map type {type} cannot exist inside a {(e.Names.Count > 0 ? "record" : "tuple")}.");
            if (type.IsCountable) type = type.IsSigned ? TraceType.Int64 : TraceType.UInt64;
            items[i] = (e.Names.Count > 0 ? e.Names[i] : "", TypeRules.Kept(type));
        }

        return isKnown ? TraceType.Tuple(items) : TraceType.None;
    }

    private TraceType VisitBlock(BlockExpression e)
    {
        foreach (Statement statement in e.Statements) Visit(statement);
        TraceType type = Visit(e.Value);
        e.Constant = e.Statements.Count == 0 ? e.Value.Constant : null;
        return type;
    }

    private TraceType VisitComptime(Comptime e)
    {
        TraceType type = Visit(e.Operand);
        e.Constant = e.Operand.Constant;
        if (_isLast && !IsLiteral(e.Operand)) context.Report.Error(TraceCodes.Comptime, e, "Unable to resolve comptime expression");
        return type;
    }

    private void ReportUndefined(MapReference map) => context.Report.Error(TraceCodes.UnknownName, map, $"Undefined map: {map.Name}");
}

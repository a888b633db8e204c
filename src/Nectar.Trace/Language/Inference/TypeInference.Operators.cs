// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Language.Inference;

internal sealed partial class TypeInference
{
    private static readonly string[] s_binary = ["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "==", "!=", "<", "<=", ">", ">=", "&&", "||"];
    private static readonly string[] s_unary = ["-", "+", "!", "~", "*", "&", "++", "--", "++", "--"];

    private TraceType VisitBinary(Binary e)
    {
        TraceType left = Visit(e.Left), right = Visit(e.Right);
        e.Constant = null;
        if (Fold(e) is { } folded) return folded;
        if (left.IsNone || right.IsNone) return TraceType.None;
        TraceType type = OperatorType(e, e.Operator, e.Left, left, e.Right, right);
        if (_isLast)
        {
            Adopt(e.Left, right);
            Adopt(e.Right, left);
        }

        return type;
    }

    /// <summary>A literal takes the sign of what it meets: whoever makes code sees that the other side decides.</summary>
    private static void Adopt(Expression e, TraceType other)
    {
        if (e.Type.IsFlexible && other.IsInteger && !other.IsFlexible) e.Type = e.Type with { IsSigned = other.IsSigned, IsFlexible = false };
    }

    private TraceType OperatorType(Node where, BinaryOperator operation, Expression leftExpression, TraceType left, Expression rightExpression, TraceType right)
    {
        bool compares = operation >= BinaryOperator.Equal;
        if (left.Kind == TypeKind.Boolean && right.Kind == TypeKind.Boolean) return TraceType.Boolean;
        if (left.Kind == TypeKind.Pointer || right.Kind == TypeKind.Pointer) return PointerOperatorType(where, operation, left, right);
        if (IsNumber(left) && IsNumber(right)) return IntegerOperatorType(where, operation, left, right);
        string symbol = s_binary[(int)operation];
        if (left.Kind == TypeKind.Array && right.Kind == TypeKind.Array)
        {
            if (operation is not (BinaryOperator.Equal or BinaryOperator.NotEqual)) context.Report.Error(TraceCodes.Operator, where, $"The {symbol} operator cannot be used on arrays.");
            else if (left.Count != right.Count) context.Report.Error(TraceCodes.Operator, where, "Only arrays of same size support comparison operators.");
            else if (!left.Element!.IsInteger || !left.Equals(right)) context.Report.Error(TraceCodes.Operator, where, "Only arrays of same sized integer support comparison operators.");
        }
        else if (!TypeRules.IsCompatible(left, right))
        {
            context.Report.Error(TraceCodes.Operator, where, $"Type mismatch for '{symbol}': comparing {left} with {right}", $"note: left ({left}): {leftExpression.Span.Text}", $"note: right ({right}): {rightExpression.Span.Text}");
        }
        else if (operation is not (BinaryOperator.Equal or BinaryOperator.NotEqual))
        {
            context.Report.Error(TraceCodes.Operator, where, $"The {symbol} operator can not be used on expressions of types {left}, {right}");
        }

        return compares ? TraceType.Boolean : TraceType.Int64;
    }

    private static bool IsNumber(TraceType type) => type.IsInteger || type.Kind == TypeKind.Boolean || type.IsCountable;

    private TraceType IntegerOperatorType(Node where, BinaryOperator operation, TraceType left, TraceType right)
    {
        if (left.Space != right.Space && left.Space != AddressSpace.None && right.Space != AddressSpace.None) context.Report.Warning(TraceCodes.Doubtful, where, "Addrspace mismatch");
        AddressSpace space = left.Space == AddressSpace.None ? right.Space : right.Space == AddressSpace.None || right.Space == left.Space ? left.Space : AddressSpace.None;
        if (operation >= BinaryOperator.Equal) return TraceType.Boolean;
        bool isSignedLeft = left.IsFlexible && !right.IsFlexible ? right.IsSigned : left.IsSigned, isSignedRight = right.IsFlexible && !left.IsFlexible ? left.IsSigned : right.IsSigned;
        bool differs = left.Size != right.Size || isSignedLeft != isSignedRight || left.Kind != right.Kind;
        if (differs && operation is BinaryOperator.Divide or BinaryOperator.Remainder && (isSignedLeft || isSignedRight) && differs)
            context.Report.Warning(TraceCodes.Doubtful, where, $"signed operands for '{s_binary[(int)operation]}' can lead to undefined behavior (cast to unsigned to silence warning)");
        bool isSigned = isSignedLeft || isSignedRight || operation == BinaryOperator.Subtract;
        return (isSigned ? TraceType.Int64 : TraceType.UInt64) with { Space = space };
    }

    private TraceType PointerOperatorType(Node where, BinaryOperator operation, TraceType left, TraceType right)
    {
        bool compares = operation is >= BinaryOperator.Equal and < BinaryOperator.LogicalAnd, isLogical = operation >= BinaryOperator.LogicalAnd;
        bool isLeft = left.Kind == TypeKind.Pointer;
        TraceType pointer = isLeft ? left : right, other = isLeft ? right : left;
        if (other.Kind == TypeKind.Pointer && (compares || isLogical))
        {
            if (compares && !left.Element!.Equals(right.Element))
                context.Report.Warning(TraceCodes.Doubtful, where, $"comparison of distinct pointer types: {left.Element}, {right.Element}", $"note: left ({left.Element})", $"note: right ({right.Element})");
            return TraceType.Boolean;
        }

        if (other.Kind is TypeKind.Integer or TypeKind.Boolean)
        {
            if (operation == BinaryOperator.Add || (operation == BinaryOperator.Subtract && isLeft)) return TraceType.Pointer(pointer.Element!, pointer.Space);
            if (compares || isLogical) return TraceType.Boolean;
        }

        context.Report.Error(TraceCodes.Operator, where, $"The {s_binary[(int)operation]} operator can not be used on expressions of types {left}, {right}");
        return TraceType.None;
    }

    private TraceType VisitUnary(Unary e)
    {
        if (e.Operator == UnaryOperator.AddressOf) return VisitAddressOf(e);
        TraceType type = Visit(e.Operand);
        e.Constant = null;
        if (e.Operator >= UnaryOperator.PreIncrement) return VisitStep(e, type);
        if (type.IsNone) return TraceType.None;
        if (FoldUnary(e) is { } folded) return folded;
        bool isAllowed = type.Kind switch
        {
            TypeKind.Boolean => e.Operator == UnaryOperator.Not,
            TypeKind.Integer => true,
            TypeKind.Pointer => e.Operator == UnaryOperator.Dereference,
            TypeKind.Struct => e.Operator == UnaryOperator.Dereference && type.IsContext,
            _ => type.IsCountable && e.Operator != UnaryOperator.Dereference,
        };
        if (!isAllowed)
        {
            context.Report.Error(TraceCodes.Operator, e, $"The {s_unary[(int)e.Operator]} operator can not be used on expressions of type '{type}'");
            return TraceType.None;
        }

        switch (e.Operator)
        {
            case UnaryOperator.Not:
                return TraceType.Boolean;
            case UnaryOperator.Dereference when type.Kind == TypeKind.Pointer:
                TraceType element = type.Element!;
                return WithPlace(element, type.Space, type.IsContext && element.Kind is TypeKind.Struct or TypeKind.Array);
            case UnaryOperator.Dereference when type.Kind == TypeKind.Struct:
                return type;
            case UnaryOperator.Dereference:
                return TraceType.UInt64;
            default:
                return type.IsSigned ? TraceType.Int64 : TraceType.UInt64;
        }
    }

    private TraceType? FoldUnary(Unary e)
    {
        if (!IsLiteral(e.Operand) || e.Operand.Constant is not IntegerConstant { Bits: var bits }) return null;
        bool isUnsigned = !e.Operand.Type.IsSigned;
        if (e.Operator == UnaryOperator.Not) return Literal(e, bits == 0);
        if (e.Operand.Type.Kind != TypeKind.Integer) return null;
        switch (e.Operator)
        {
            case UnaryOperator.Complement:
                return Literal(e, ~bits, isUnsigned || bits >= 0 || ~bits >= 0);
            case UnaryOperator.Plus:
                return Literal(e, bits, isUnsigned);
            case UnaryOperator.Negate:
                if (isUnsigned && (ulong)bits > 1UL << 63)
                {
                    context.Report.Error(TraceCodes.Constant, e, "negative value will underflow");
                    return TraceType.None;
                }

                return bits == long.MinValue && !isUnsigned ? Literal(e, bits, true) : Literal(e, unchecked(-bits), false);
            default:
                return null;
        }
    }

    private TraceType VisitAddressOf(Unary e)
    {
        switch (e.Operand)
        {
            case VariableReference variable:
                TraceType type = variable.Symbol?.Type ?? TraceType.None;
                variable.Type = type;
                if (_isLast && type.IsNone && variable.Symbol is not null) context.Report.Error(TraceCodes.TypeMismatch, e, $"No type available for variable {variable.Name}");
                return type.IsNone ? TraceType.None : TraceType.Pointer(type, AddressSpace.Kernel);
            case MapReference { Map: { } map } reference:
                reference.Type = map.ValueType;
                CheckDefined(reference);
                return map.ValueType.IsNone ? TraceType.None : TraceType.Pointer(map.ValueType, AddressSpace.Kernel);
            default:
                Visit(e.Operand);
                context.Report.Error(TraceCodes.Operator, e, "the & operator takes the address of variables and maps only");
                return TraceType.None;
        }
    }

    /// <summary><c>++</c> and <c>--</c>: also an assignment.</summary>
    private TraceType VisitStep(Unary e, TraceType type)
    {
        bool isDecrement = e.Operator is UnaryOperator.PreDecrement or UnaryOperator.PostDecrement;
        VariableSymbol? symbol = (e.Operand as VariableReference)?.Symbol;
        TraceMap? map = (e.Operand as MapReference)?.Map ?? (e.Operand as MapAccess)?.Target.Map;
        if (e.Operand is not (VariableReference or MapReference or MapAccess))
        {
            context.Report.Error(TraceCodes.Operator, e, $"The {s_unary[(int)e.Operator]} operator must be applied to a map or variable");
            return TraceType.None;
        }

        if (type.IsNone) return TraceType.None;
        if (type.Kind == TypeKind.Pointer) return type;
        if (symbol is not null && _declared.Contains(symbol) && type.IsInteger) return type;
        TraceType result = type.IsSigned || isDecrement ? TraceType.Int64 : TraceType.UInt64;
        TraceType? grown = type.IsAggregation ? null : Grow((object?)symbol ?? map!, type, result, e, symbol?.Name ?? map!.Name);
        if (grown is null)
        {
            context.Report.Error(TraceCodes.TypeMismatch, e, symbol is not null
                ? $"Type mismatch for {symbol.Name}: trying to assign value of type '{result}' when variable already has a type '{type}'"
                : $"Type mismatch for {map!.Name}: trying to assign value of type '{result}' when map already has a type '{type}'");
            return TraceType.None;
        }

        if (symbol is not null) Set(symbol, grown);
        else Set(map!, grown);
        return result;
    }

    /// <summary>
    /// Whether a value can be put where another type is kept. Literals have to fit, strings may not be cut; other integers are converted, with a
    /// warning where something could get lost.
    /// </summary>
    private bool Converts(Expression value, TraceType from, TraceType to)
    {
        if (from.Equals(to) || (from.Kind == to.Kind && from.IsCountable)) return true;
        if ((from.IsInteger || from.IsCountable) && (to.IsInteger || to.IsCountable)) return ConvertsInteger(value, from, to);
        if (from.Kind != to.Kind) return false;
        switch (to.Kind)
        {
            case TypeKind.String:
                return from.Size <= to.Size;
            case TypeKind.Tuple:
                if (!TypeRules.IsCompatible(from, to)) return false;
                for (int i = 0; i < from.Fields.Count; i++)
                {
                    TupleField field = from.Fields[i];
                    TraceType target = field.Name.Length == 0 ? to.Fields[i].Type : to.Fields.First(f => f.Name == field.Name).Type;
                    Expression item = value is TupleLiteral literal ? literal.Items[i] : value;
                    if (!Converts(item, field.Type, target)) return false;
                }

                return true;
            case TypeKind.Pointer:
                return true;
            case TypeKind.Buffer:
                return from.Size <= to.Size;
            case TypeKind.Array:
                return TypeRules.IsCompatible(from, to);
            default:
                return false;
        }
    }

    private bool ConvertsInteger(Expression value, TraceType from, TraceType to)
    {
        bool isLiteral = IsLiteral(value) && value is not TupleLiteral;
        if (isLiteral && Number(value) is { } number && to.IsInteger)
        {
            Int128 exact = value.Type.IsSigned || number >= 0 ? number : (ulong)number;
            int bits = (to.Size * 8) - (to.IsSigned ? 1 : 0);
            return to.IsSigned ? exact >= -(Int128.One << bits) && exact < Int128.One << bits : exact >= 0 && exact < Int128.One << bits;
        }

        if (!isLiteral && !TypeRules.FitsInto(from, to) && !from.IsCountable)
            context.Report.Warning(TraceCodes.Conversion, value, $"Expression of type: {from} being cast to type: {to}. This may cause unexpected results. Use an explicit cast to suppress this warning.");
        return true;
    }
}

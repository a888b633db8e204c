// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Language.Inference;

internal sealed partial class TypeInference
{
    private static TraceType Literal(Expression e, long bits, bool isUnsigned)
    {
        if (e.Constant is not IntegerConstant known || known.Bits != bits) e.Constant = new IntegerConstant(bits);
        return TypeRules.OfNumber(bits, isUnsigned);
    }

    private static TraceType Literal(Expression e, string text)
    {
        if (e.Constant is not StringConstant known || known.Text != text) e.Constant = new StringConstant(text);
        return TraceType.String(ScriptText.Encode(text).Length + 1) with { Space = AddressSpace.Kernel };
    }

    private static TraceType Literal(Expression e, bool value)
    {
        e.Constant = new IntegerConstant(value ? 1 : 0);
        return TraceType.Boolean;
    }

    /// <summary>Known before the program runs, and written or computed from what is written.</summary>
    private static bool IsLiteral(Expression e) => e switch
    {
        TupleLiteral tuple => tuple.Items.TrueForAll(IsLiteral),
        _ => e.Constant is not null && e.Type.Enum is null,
    };

    /// <summary>The number of a literal; null if it is none.</summary>
    private static long? Number(Expression e) => e.Constant is IntegerConstant constant && e.Type.Kind == TypeKind.Integer ? constant.Bits : null;

    private static string? Text(Expression e) => (e.Constant as StringConstant)?.Text;

    /// <summary>Below zero: unsigned ones never are.</summary>
    private static bool IsNegative(Expression e) => Number(e) is < 0 && e.Type.IsSigned;

    private static bool? Truth(Expression e) => e.Constant switch
    {
        IntegerConstant number => number.Bits != 0,
        StringConstant text => text.Text.Length > 0,
        _ => null,
    };

    private TraceType VisitParameter(PositionalParameter e)
    {
        if (e.Number == 0) return Literal(e, context.Options.PositionalParameters.Length, false);
        string text = ParameterText(e.Number);
        if (text.Length == 0)
        {
            context.Report.Warning(TraceCodes.Doubtful, e, $"Positional parameter ${e.Number} is empty or not provided.");
            return Literal(e, 0, false);
        }

        if (text[0] == '-' ? IntegerText(text[1..]) is { } negative && negative <= 1UL << 63 : IntegerText(text) is not null)
            return text[0] == '-' ? Literal(e, unchecked(-(long)IntegerText(text[1..])!.Value), false) : Literal(e, (long)IntegerText(text)!.Value, IntegerText(text)!.Value > long.MaxValue);
        return Literal(e, text);
    }

    private string ParameterText(int number) => number >= 1 && number <= context.Options.PositionalParameters.Length ? context.Options.PositionalParameters[number - 1] : "";

    /// <summary>Decimal, <c>0x</c> and octal numbers as words of the command line; null for other text.</summary>
    private static ulong? IntegerText(string text)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            return ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong hexadecimal) ? hexadecimal : null;
        if (text.Length > 1 && text[0] == '0')
        {
            ulong octal = 0;
            foreach (char c in text)
            {
                if (c is < '0' or > '7') return null;
                octal = (octal * 8) + (ulong)(c - '0');
            }

            return octal;
        }

        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : null;
    }

    /// <summary>Folds an operator between literals; null where it is none between literals.</summary>
    private TraceType? Fold(Binary e)
    {
        if (e.Left is TupleLiteral || e.Right is TupleLiteral) return FoldTuples(e);
        if (!IsLiteral(e.Left) && !IsLiteral(e.Right)) return null;
        if (e.Left.Constant is TypeConstant leftType && e.Right.Constant is TypeConstant rightType && e.Operator is BinaryOperator.Equal or BinaryOperator.NotEqual)
            return Literal(e, TypesAgree(leftType.Of, rightType.Of) == (e.Operator == BinaryOperator.Equal));
        string? left = Text(e.Left), right = Text(e.Right);
        if (left is not null || right is not null) return FoldText(e, left, right);
        if (!IsLiteral(e.Left) || !IsLiteral(e.Right)) return null;
        if (e.Left.Constant is not IntegerConstant || e.Right.Constant is not IntegerConstant) return null;
        long a = ((IntegerConstant)e.Left.Constant!).Bits, b = ((IntegerConstant)e.Right.Constant!).Bits;
        bool isBoolean = e.Left.Type.Kind == TypeKind.Boolean || e.Right.Type.Kind == TypeKind.Boolean;
        if (isBoolean)
        {
            if (e.Operator is BinaryOperator.LogicalAnd) return Literal(e, a != 0 && b != 0);
            if (e.Operator is BinaryOperator.LogicalOr) return Literal(e, a != 0 || b != 0);
            if (e.Left.Type.Kind != e.Right.Type.Kind) return null;
            return FoldBooleans(e, a != 0, b != 0);
        }

        if (e.Left.Type.Kind != TypeKind.Integer || e.Right.Type.Kind != TypeKind.Integer) return null;
        bool isUnsignedLeft = !e.Left.Type.IsSigned, isUnsignedRight = !e.Right.Type.IsSigned;
        ConstantMath.Result result = ConstantMath.Apply(e.Operator, new ConstantMath.Number(a, isUnsignedLeft), new ConstantMath.Number(b, isUnsignedRight));
        if (result.IsBoolean) return Literal(e, result.Value.Bits != 0);
        if (!result.IsError) return Literal(e, result.Value.Bits, result.Value.IsUnsigned);
        context.Report.Error(TraceCodes.Constant, e, "unable to fold literals due to overflow or underflow");
        return TraceType.None;
    }

    private static bool TypesAgree(TraceType left, TraceType right) => left.Kind == right.Kind && left.ToString() == right.ToString();

    private TraceType FoldBooleans(Binary e, bool a, bool b)
    {
        if (e.Operator is BinaryOperator.Divide or BinaryOperator.Remainder && !b) context.Report.Error(TraceCodes.Constant, e, "unable to fold literals due to overflow or underflow");
        return Literal(e, e.Operator switch
        {
            BinaryOperator.Equal => a == b,
            BinaryOperator.NotEqual or BinaryOperator.Xor or BinaryOperator.Subtract => a != b,
            BinaryOperator.LessOrEqual => !a || b,
            BinaryOperator.GreaterOrEqual => a || !b,
            BinaryOperator.Less or BinaryOperator.ShiftLeft => !a && b,
            BinaryOperator.Greater or BinaryOperator.ShiftRight => a && !b,
            BinaryOperator.Add or BinaryOperator.Or => a || b,
            BinaryOperator.Remainder => false,
            _ => a && b,
        });
    }

    private TraceType? FoldText(Binary e, string? left, string? right)
    {
        if (left is null || right is null)
        {
            Expression other = left is null ? e.Left : e.Right;
            string text = left ?? right!;
            if (e.Operator == BinaryOperator.Add && Number(other) is { } skip && !IsNegative(other) && IsLiteral(other))
            {
                if ((ulong)skip < (ulong)text.Length) return Literal(e, text[(int)skip..]);
                context.Report.Warning(TraceCodes.Doubtful, e, "literal string will always be empty");
                return Literal(e, "");
            }

            if (other.Type.Kind != TypeKind.Boolean || Truth(other) is not { } truth) return null;
            return e.Operator switch
            {
                BinaryOperator.LogicalAnd => Literal(e, text.Length > 0 && truth),
                BinaryOperator.LogicalOr => Literal(e, text.Length > 0 || truth),
                _ => null,
            };
        }

        int order = string.CompareOrdinal(left, right);
        switch (e.Operator)
        {
            case BinaryOperator.Equal: return Literal(e, order == 0);
            case BinaryOperator.NotEqual: return Literal(e, order != 0);
            case BinaryOperator.Less: return Literal(e, order < 0);
            case BinaryOperator.LessOrEqual: return Literal(e, order <= 0);
            case BinaryOperator.Greater: return Literal(e, order > 0);
            case BinaryOperator.GreaterOrEqual: return Literal(e, order >= 0);
            case BinaryOperator.LogicalAnd: return Literal(e, left.Length > 0 && right.Length > 0);
            case BinaryOperator.LogicalOr: return Literal(e, left.Length > 0 || right.Length > 0);
            case BinaryOperator.Add: return Literal(e, left + right);
            default:
                context.Report.Error(TraceCodes.Constant, e, "illegal literal operation with strings");
                return TraceType.None;
        }
    }

    private static TraceType? FoldTuples(Binary e)
    {
        if (e.Operator is not (BinaryOperator.Equal or BinaryOperator.NotEqual) || SameLiterals(e.Left, e.Right) is not { } same) return null;
        return Literal(e, same == (e.Operator == BinaryOperator.Equal));
    }

    /// <summary>Whether two literals are the same; null where that only shows when the program runs.</summary>
    private static bool? SameLiterals(Expression left, Expression right)
    {
        if (left is TupleLiteral a && right is TupleLiteral b)
        {
            if (a.Names.Count > 0 != b.Names.Count > 0) return null;
            if (a.Items.Count != b.Items.Count) return a.Names.Count > 0 || IsLiteral(a) && IsLiteral(b) ? false : null;
            for (int i = 0; i < a.Items.Count; i++)
            {
                int other = a.Names.Count > 0 ? b.Names.IndexOf(a.Names[i]) : i;
                if (other < 0) return null;
                if (SameLiterals(a.Items[i], b.Items[other]) is not true and var result) return result;
            }

            return true;
        }

        if (!IsLiteral(left) || !IsLiteral(right) || left is TupleLiteral || right is TupleLiteral) return null;
        return left.Type.Kind == right.Type.Kind && left.Constant == right.Constant;
    }
}

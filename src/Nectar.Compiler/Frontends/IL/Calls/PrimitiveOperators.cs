// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Translation;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Calls;

/// <summary>Translates a static member that generic code calls on an integer type.</summary>
internal delegate Value PrimitiveOperator(Translator t, TypeModel type, Value[] values);

/// <summary>Generic arithmetic: <c>a + b</c> of <c>T : IBinaryInteger&lt;T&gt;</c> is a call that the type argument decides.</summary>
internal static class PrimitiveOperators
{
    private static readonly Dictionary<string, PrimitiveOperator> s_table = new(StringComparer.Ordinal)
    {
        ["op_Addition"] = Binary(Op.Add),
        ["op_Subtraction"] = Binary(Op.Subtract),
        ["op_Multiply"] = Binary(Op.Multiply),
        ["op_BitwiseAnd"] = Binary(Op.And),
        ["op_BitwiseOr"] = Binary(Op.Or),
        ["op_ExclusiveOr"] = Binary(Op.Xor),
        ["op_Division"] = (t, type, values) => t.Divide(type.IsSigned ? Op.DivideSigned : Op.DivideUnsigned, type.IsSigned, values[0], values[1]),
        ["op_Modulus"] = (t, type, values) => t.Divide(type.IsSigned ? Op.RemainderSigned : Op.RemainderUnsigned, type.IsSigned, values[0], values[1]),
        ["op_OnesComplement"] = (t, type, values) => t.Arithmetic(Op.Xor, values[0], Number(t, type, -1)),
        ["op_UnaryNegation"] = (t, type, values) => t.Arithmetic(Op.Subtract, Number(t, type, 0), values[0]),
        ["op_UnaryPlus"] = (_, _, values) => values[0],
        ["op_Increment"] = (t, type, values) => t.Arithmetic(Op.Add, values[0], Number(t, type, 1)),
        ["op_Decrement"] = (t, type, values) => t.Arithmetic(Op.Subtract, values[0], Number(t, type, 1)),
        ["op_LeftShift"] = (t, type, values) => t.Shift(Op.ShiftLeft, values[0], Count(t, type, values[1])),
        ["op_RightShift"] = (t, type, values) => t.Shift(type.IsSigned ? Op.ShiftRightSigned : Op.ShiftRight, values[0], Count(t, type, values[1])),
        ["op_UnsignedRightShift"] = (t, type, values) => t.Shift(Op.ShiftRight, Bits(t, type, values[0]), Count(t, type, values[1])),
        ["get_Zero"] = (t, type, _) => Number(t, type, 0),
        ["get_One"] = (t, type, _) => Number(t, type, 1),
        ["get_AllBitsSet"] = (t, type, _) => Number(t, type, -1),
        ["get_AdditiveIdentity"] = (t, type, _) => Number(t, type, 0),
        ["get_MultiplicativeIdentity"] = (t, type, _) => Number(t, type, 1),
        ["get_MinValue"] = (t, type, _) => Number(t, type, type.IsSigned ? -1L << ((type.Size * 8) - 1) : 0),
        ["get_MaxValue"] = (t, type, _) => Number(t, type, type.IsSigned ? ~(-1L << ((type.Size * 8) - 1)) : -1),
        ["CreateTruncating"] = (t, type, values) => values[0],
    };

    private static readonly Dictionary<string, (Op Signed, Op Unsigned)> s_comparisons = new(StringComparer.Ordinal)
    {
        ["op_Equality"] = (Op.Equal, Op.Equal),
        ["op_Inequality"] = (Op.NotEqual, Op.NotEqual),
        ["op_LessThan"] = (Op.LessSigned, Op.LessUnsigned),
        ["op_LessThanOrEqual"] = (Op.LessOrEqualSigned, Op.LessOrEqualUnsigned),
        ["op_GreaterThan"] = (Op.GreaterSigned, Op.GreaterUnsigned),
        ["op_GreaterThanOrEqual"] = (Op.GreaterOrEqualSigned, Op.GreaterOrEqualUnsigned),
    };

    /// <summary>Calls a static member of an integer type; null if it is none that is known here.</summary>
    public static Operand? Call(Translator t, TypeModel type, MethodReference method, Operand[] arguments)
    {
        if (!type.IsInteger) return null;
        if (s_comparisons.TryGetValue(method.Name, out (Op Signed, Op Unsigned) ops) && arguments.Length == 2)
            return Operand.Of(t.Compare(type.IsSigned ? ops.Signed : ops.Unsigned, t.Scalar(arguments[0]), t.Scalar(arguments[1])));
        if (!s_table.TryGetValue(method.Name, out PrimitiveOperator? known)) return null;
        Value[] values = new Value[arguments.Length];
        for (int i = 0; i < values.Length; i++) values[i] = t.Scalar(arguments[i]);
        if (method.Name == "CreateTruncating") values[0] = t.Convert(values[0], StackKinds.Register(type), method.Arguments[0].IsSigned);
        Value result = known(t, type, values);
        if (t.IsDead) return default(Operand);
        return type.Size < 4 ? t.Narrowed(result, type) : Operand.Of(result);
    }

    private static PrimitiveOperator Binary(Op op) => (t, _, values) => t.Arithmetic(op, values[0], values[1]);

    private static Value Number(Translator t, TypeModel type, long number) => t.Builder.Constant(StackKinds.Register(type), number);

    /// <summary>Shift counts are taken modulo the bits of the type.</summary>
    private static Value Count(Translator t, TypeModel type, Value count) => t.Arithmetic(Op.And, count, t.Builder.I32((type.Size * 8) - 1));

    /// <summary>A narrow negative number without the copies of its sign.</summary>
    private static Value Bits(Translator t, TypeModel type, Value value) => type.Size < 4 ? t.Builder.ZeroExtend(value, type.Size, IrType.I32) : value;
}

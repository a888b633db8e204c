// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Lowering;

/// <summary>
/// Signed division for instruction sets without it (cpu v1 to v3): by shifts for powers of two, else by the unsigned division of the
/// magnitudes with the signs put back. Never refused, unlike in compilers that know v4's instruction only.
/// </summary>
internal static class DivisionLowering
{
    public static bool Run(IrFunction function, PassContext context)
    {
        if (context.Target.HasSignedDivision) return false;
        bool changed = false;
        foreach (Block block in function.Blocks)
        {
            foreach (Value value in block.Values.ToArray())
            {
                if (value.Op is not (Op.DivideSigned or Op.RemainderSigned)) continue;
                IrBuilder builder = new(function) { Before = value, Location = value.Location };
                Value result = Expand(builder, value);
                value.ReplaceUsesWith(result);
                value.Remove();
                changed = true;
            }
        }

        return changed;
    }

    private static Value Expand(IrBuilder builder, Value value)
    {
        (Value dividend, Value divisor) = (value[0], value[1]);
        bool isRemainder = value.Op == Op.RemainderSigned;
        int bits = value.Type == IrType.I32 ? 32 : 64;
        Value Number(long number) => builder.Constant(value.Type, number);
        Value sign = builder.Binary(Op.ShiftRightSigned, dividend, Number(bits - 1));
        if (divisor.IsConstant && divisor.Immediate > 0 && BitOperations.IsPow2(divisor.Immediate))
        {
            int shift = BitOperations.Log2((ulong)divisor.Immediate);
            if (shift == 0) return isRemainder ? Number(0) : dividend;
            Value bias = builder.Binary(Op.ShiftRight, sign, Number(bits - shift));
            Value sum = builder.Binary(Op.Add, dividend, bias);
            if (!isRemainder) return builder.Binary(Op.ShiftRightSigned, sum, Number(shift));
            return builder.Binary(Op.Subtract, builder.Binary(Op.And, sum, Number(divisor.Immediate - 1)), bias);
        }

        Value magnitude = Signed(builder, dividend, sign);
        if (divisor.IsConstant)
        {
            long positive = value.Type == IrType.I32 ? Math.Abs((long)(int)divisor.Immediate) : divisor.Immediate == long.MinValue ? long.MinValue : Math.Abs(divisor.Immediate);
            Value result = builder.Binary(isRemainder ? Op.RemainderUnsigned : Op.DivideUnsigned, magnitude, Number(positive));
            result = Signed(builder, result, sign);
            return isRemainder || divisor.Immediate > 0 ? result : builder.Negate(result);
        }

        Value divisorSign = builder.Binary(Op.ShiftRightSigned, divisor, Number(bits - 1));
        Value unsigned = builder.Binary(isRemainder ? Op.RemainderUnsigned : Op.DivideUnsigned, magnitude, Signed(builder, divisor, divisorSign));
        return Signed(builder, unsigned, isRemainder ? sign : builder.Binary(Op.Xor, sign, divisorSign));
    }

    /// <summary>Negated where the mask is all ones, as it is where it is zero.</summary>
    private static Value Signed(IrBuilder builder, Value value, Value mask) =>
        builder.Binary(Op.Subtract, builder.Binary(Op.Xor, value, mask), mask);
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Domain;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Simplification;

/// <summary>Which bits of a number are known without looking at ways through the program. An I32 is seen zero-extended.</summary>
internal static class KnownBits
{
    private const int Deepest = 5;

    public static Tnum Of(Value value) => Of(value, 0);

    /// <summary>The largest number, unsigned.</summary>
    public static ulong Max(Value value) => Of(value).Max;

    /// <summary>Whether it is 0 or 1.</summary>
    public static bool IsBoolean(Value value) => value.Op.IsComparison() || Max(value) <= 1;

    private static Tnum Of(Value value, int depth)
    {
        if (depth > Deepest || value.Type == IrType.Pointer) return All(value);
        Tnum bits = value.Op switch
        {
            Op.Constant => Tnum.Const((ulong)value.Immediate),
            Op.Load when !value.IsSigned && value.Width < 8 => new Tnum(0, Folding.Mask(value.Width)),
            >= Op.Equal and <= Op.GreaterOrEqualSigned or Op.MemoryEqual => new Tnum(0, 1),
            Op.And => Tnum.And(Of(value[0], depth + 1), Of(value[1], depth + 1)),
            Op.Or => Tnum.Or(Of(value[0], depth + 1), Of(value[1], depth + 1)),
            Op.Xor => Tnum.Xor(Of(value[0], depth + 1), Of(value[1], depth + 1)),
            Op.Add => Tnum.Add(Of(value[0], depth + 1), Of(value[1], depth + 1)),
            Op.Subtract => Tnum.Sub(Of(value[0], depth + 1), Of(value[1], depth + 1)),
            // In the order of the instruction: the verifiers' product is more exact in the other one.
            Op.Multiply when value[1].IsConstant => Tnum.Mul(Of(value[0], depth + 1), Tnum.Const((ulong)value[1].Immediate)),
            Op.ShiftLeft when value[1].IsConstant => Of(value[0], depth + 1).Lsh(Count(value)),
            Op.ShiftRight when value[1].IsConstant => Of(value[0], depth + 1).Rsh(Count(value)),
            // Nothing is known of quotients and remainders: the kernel does not look into them, and a mask that bounds one has to stay.
            Op.ZeroExtend => Of(value[0], depth + 1).Cast(value.Width),
            Op.SignExtend when Of(value[0], depth + 1).Cast(value.Width) is var inner && inner.Max <= Folding.Mask(value.Width) >> 1 => inner,
            Op.Truncate => Of(value[0], depth + 1),
            Op.ByteSwap => Swap(Of(value[0], depth + 1), value.Width),
            Op.Phi => Join(value, depth),
            _ => All(value),
        };
        return value.Type == IrType.I32 ? bits.Cast(4) : bits;
    }

    private static Tnum Join(Value phi, int depth)
    {
        if (phi.Operands.Count is 0 or > 8) return All(phi);
        Tnum all = default;
        bool any = false;
        foreach (Value operand in phi.Operands)
        {
            if (operand == phi || operand.Op == Op.Undefined) continue;
            Tnum bits = Of(operand, depth + 2);
            all = any ? Tnum.Union(all, bits) : bits;
            any = true;
            if (all.IsUnknown) break;
        }

        return any ? all : All(phi);
    }

    private static Tnum All(Value value) => value.Type == IrType.I32 ? new Tnum(0, uint.MaxValue) : Tnum.Unknown;

    private static int Count(Value shift) => (int)shift[1].Immediate & (shift.Type == IrType.I32 ? 31 : 63);

    private static Tnum Swap(Tnum bits, int width) => new((ulong)Folding.Swap((long)bits.Value, width), (ulong)Folding.Swap((long)bits.Mask, width));
}

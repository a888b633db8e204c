// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Codegen.Selection;

/// <summary>
/// For each integer how many low bits of its register can be set, as the selected code leaves it there: what is above is zero. More than 32
/// for a 32-bit value means that its upper half is not known to be zero. Optimistic over phis, so that loops keep what they start with.
/// </summary>
internal sealed class SignificantBits
{
    private const int Patience = 3;

    private readonly byte[] _bits;

    public SignificantBits(IrFunction function, Dominance dominance)
    {
        _bits = new byte[function.ValueCount];
        byte[] growth = new byte[function.ValueCount];
        for (bool changed = true; changed;)
        {
            changed = false;
            foreach (Block block in dominance.ReversePostorder)
            {
                foreach (Value value in block.Values)
                {
                    int bits = Compute(value);
                    if (bits <= _bits[value.Id]) continue;
                    if (value.Op == Op.Phi && ++growth[value.Id] > Patience) bits = bits <= 32 ? 32 : 64; // a counter would climb bit by bit
                    _bits[value.Id] = (byte)bits;
                    changed = true;
                }
            }
        }
    }

    public int Of(Value value) => value.Id < _bits.Length ? _bits[value.Id] : 64;

    /// <summary>True if the upper half of the register is zero.</summary>
    public bool IsNarrow(Value value) => value.IsConstant ? (ulong)value.Immediate <= uint.MaxValue || value.Type == IrType.I32 : Of(value) <= 32;

    /// <summary>Bits of a number that is an operand.</summary>
    public static int OfNumber(IrType type, long number) => type == IrType.I32 ? 32 - BitOperations.LeadingZeroCount((uint)number) : 64 - BitOperations.LeadingZeroCount((ulong)number);

    private int Compute(Value value)
    {
        int limit = value.Type == IrType.I32 ? 32 : 64;
        switch (value.Op)
        {
            case Op.Constant:
                return OfNumber(value.Type, value.Immediate);
            case Op.Undefined:
                return 0;
            case Op.CoreConstant:
                return limit;
            case Op.Add:
                return Math.Min(limit, Math.Max(Left(value), Right(value)) + 1);
            // Of quotients and remainders the kernel knows nothing: a mask that bounds one has to stay.
            case Op.DivideUnsigned or Op.RemainderUnsigned:
            case Op.Subtract or Op.Negate or Op.DivideSigned or Op.RemainderSigned or Op.ShiftRightSigned:
                return limit;
            case Op.Multiply:
                return Math.Min(limit, Left(value) + Right(value));
            case Op.And:
                return Math.Min(limit, Math.Min(Left(value), Right(value)));
            case Op.Or or Op.Xor:
                return Math.Min(limit, Math.Max(Left(value), Right(value)));
            case Op.ShiftLeft:
                return value[1].IsConstant ? Math.Min(limit, Left(value) + (int)(value[1].Immediate & (limit - 1))) : limit;
            case Op.ShiftRight:
                return value[1].IsConstant ? Math.Max(0, Math.Min(limit, Left(value)) - (int)(value[1].Immediate & (limit - 1))) : limit;
            case Op.ByteSwap:
                return value.Width * 8;
            case Op.ZeroExtend:
                return Math.Min(value.Width * 8, Left(value));
            case Op.SignExtend:
                return Left(value) < value.Width * 8 ? Left(value) : limit;
            case Op.Truncate:
                return Left(value);
            case >= Op.Equal and <= Op.GreaterOrEqualSigned:
                return 1;
            case Op.Load:
                return value.IsSigned && value.Width < (value.Type == IrType.I32 ? 4 : 8) ? limit : value.Width * 8;
            case Op.Atomic:
                return value.Width * 8;
            case Op.Phi:
                int most = 0;
                foreach (Value operand in value.Operands) most = Math.Max(most, Of(operand));
                return most;
            default:
                return 64;
        }
    }

    private int Left(Value value) => Of(value[0]);

    private int Right(Value value) => Of(value[1]);
}

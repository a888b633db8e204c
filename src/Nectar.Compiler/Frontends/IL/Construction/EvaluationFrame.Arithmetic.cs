// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection.Metadata;

namespace Nectar.Compiler.Frontends.IL.Construction;

/// <summary>Numbers and jumps.</summary>
internal sealed partial class EvaluationFrame
{
    private bool TryJump(ILOpCode op)
    {
        if (!op.IsBranch()) return false;
        bool isShort = op.GetBranchOperandSize() == 1;
        int distance = isShort ? (sbyte)ReadByte() : ReadInt32();
        ILOpCode plain = isShort ? op.GetLongBranch() : op;
        bool isTaken = plain switch
        {
            ILOpCode.Br or ILOpCode.Leave => true,
            ILOpCode.Brtrue => IsTrue(Pop()),
            ILOpCode.Brfalse => !IsTrue(Pop()),
            _ => Compare(plain),
        };
        if (isTaken) _at += distance;
        return true;
    }

    private bool IsTrue(EvaluatedValue value) => value.Kind switch
    {
        EvaluatedKind.Int32 or EvaluatedKind.Int64 => value.Number != 0,
        EvaluatedKind.Reference => value.Object is not null,
        _ => throw Fail($"decides by {(value.Object as UnknownValue)?.Reason ?? "an address"}, which is only known at run time"),
    };

    private bool Compare(ILOpCode op)
    {
        (long right, long left, bool is32) = PopPair(op);
        (ulong r, ulong l) = is32 ? ((uint)right, (uint)left) : ((ulong)right, (ulong)left);
        return op switch
        {
            ILOpCode.Beq or ILOpCode.Ceq => left == right,
            ILOpCode.Bne_un => left != right,
            ILOpCode.Bge => left >= right,
            ILOpCode.Bgt or ILOpCode.Cgt => left > right,
            ILOpCode.Ble => left <= right,
            ILOpCode.Blt or ILOpCode.Clt => left < right,
            ILOpCode.Bge_un => l >= r,
            ILOpCode.Bgt_un or ILOpCode.Cgt_un => l > r,
            ILOpCode.Ble_un => l <= r,
            _ => l < r,
        };
    }

    private (long Right, long Left, bool Is32) PopPair(ILOpCode op)
    {
        EvaluatedValue right = Pop(), left = Pop();
        if (right.Kind > EvaluatedKind.Int64 || left.Kind > EvaluatedKind.Int64)
        {
            string reason = (right.Object as UnknownValue ?? left.Object as UnknownValue)?.Reason ?? "an object";
            throw Fail($"computes with {reason}, which is only known at run time");
        }

        return (right.Number, left.Number, left.Kind == EvaluatedKind.Int32 && (right.Kind == EvaluatedKind.Int32 || op is ILOpCode.Shl or ILOpCode.Shr or ILOpCode.Shr_un));
    }

    private bool TryArithmetic(ILOpCode op)
    {
        switch (op)
        {
            case ILOpCode.Ceq or ILOpCode.Cgt or ILOpCode.Cgt_un or ILOpCode.Clt or ILOpCode.Clt_un:
                if (_stack.Count >= 2 && _stack.Peek() is { Kind: EvaluatedKind.Reference } last)
                {
                    Pop();
                    bool same = ReferenceEquals(last.Object, Pop().Object);
                    Push(EvaluatedValue.Int32(same == (op == ILOpCode.Ceq) ? 1 : 0));
                    return true;
                }

                Push(EvaluatedValue.Int32(Compare(op) ? 1 : 0));
                return true;
            case ILOpCode.Neg or ILOpCode.Not:
                EvaluatedValue value = Pop();
                if (value.Kind > EvaluatedKind.Int64) throw Fail("computes with a value that is only known at run time");
                long result = op == ILOpCode.Neg ? -value.Number : ~value.Number;
                Push(value.Kind == EvaluatedKind.Int32 ? EvaluatedValue.Int32(result) : EvaluatedValue.Int64(result));
                return true;
        }

        return TryConvert(op) || TryBinary(op);
    }

    private bool TryBinary(ILOpCode op)
    {
        if (op is not ((>= ILOpCode.Add and <= ILOpCode.Shr_un) or (>= ILOpCode.Add_ovf and <= ILOpCode.Sub_ovf_un))) return false;
        (long right, long left, bool is32) = PopPair(op);
        int shift = (int)right & (is32 ? 31 : 63);
        ulong l = is32 ? (uint)left : (ulong)left, r = is32 ? (uint)right : (ulong)right;
        if (right == 0 && op is ILOpCode.Div or ILOpCode.Div_un or ILOpCode.Rem or ILOpCode.Rem_un && right == 0) throw Fail("divides by zero");
        Int128 exact = op switch
        {
            ILOpCode.Add or ILOpCode.Add_ovf => (Int128)left + right,
            ILOpCode.Add_ovf_un => (Int128)l + r,
            ILOpCode.Sub or ILOpCode.Sub_ovf => (Int128)left - right,
            ILOpCode.Sub_ovf_un => (Int128)l - r,
            ILOpCode.Mul or ILOpCode.Mul_ovf => (Int128)left * right,
            ILOpCode.Mul_ovf_un => (Int128)((UInt128)l * r),
            ILOpCode.Div => (Int128)left / right,
            ILOpCode.Rem => (Int128)left % right,
            ILOpCode.Div_un => l / r,
            ILOpCode.Rem_un => l % r,
            ILOpCode.And => left & right,
            ILOpCode.Or => left | right,
            ILOpCode.Xor => left ^ right,
            ILOpCode.Shl => left << shift,
            ILOpCode.Shr => left >> shift,
            _ => l >> shift,
        };
        bool isUnsigned = op is ILOpCode.Add_ovf_un or ILOpCode.Sub_ovf_un or ILOpCode.Mul_ovf_un;
        bool isChecked = op is >= ILOpCode.Add_ovf and <= ILOpCode.Sub_ovf_un;
        (Int128 least, Int128 most) = (isUnsigned, is32) switch
        {
            (true, true) => (0, (Int128)uint.MaxValue),
            (true, false) => (0, (Int128)ulong.MaxValue),
            (false, true) => ((Int128)int.MinValue, (Int128)int.MaxValue),
            _ => (long.MinValue, (Int128)long.MaxValue),
        };
        if (isChecked && (exact < least || exact > most)) throw Fail("overflows");
        long bits = unchecked((long)(ulong)(UInt128)exact);
        Push(is32 ? EvaluatedValue.Int32(bits) : EvaluatedValue.Int64(bits));
        return true;
    }

    private bool TryConvert(ILOpCode op)
    {
        if (op is not (ILOpCode.Conv_i1 or ILOpCode.Conv_i2 or ILOpCode.Conv_i4 or ILOpCode.Conv_i8 or ILOpCode.Conv_u1 or ILOpCode.Conv_u2 or ILOpCode.Conv_u4 or ILOpCode.Conv_u8 or ILOpCode.Conv_i or ILOpCode.Conv_u))
            return false;
        EvaluatedValue value = Pop();
        if (value.Kind is EvaluatedKind.Address or EvaluatedKind.Unknown)
        {
            Push(value); // an address stays one
            return true;
        }

        long number = value.Number;
        Push(op switch
        {
            ILOpCode.Conv_i1 => EvaluatedValue.Int32((sbyte)number),
            ILOpCode.Conv_i2 => EvaluatedValue.Int32((short)number),
            ILOpCode.Conv_i4 or ILOpCode.Conv_u4 => EvaluatedValue.Int32(number),
            ILOpCode.Conv_u1 => EvaluatedValue.Int32((byte)number),
            ILOpCode.Conv_u2 => EvaluatedValue.Int32((ushort)number),
            ILOpCode.Conv_u8 or ILOpCode.Conv_u => EvaluatedValue.Int64(value.Kind == EvaluatedKind.Int32 ? (uint)number : number),
            _ => EvaluatedValue.Int64(number),
        });
        return true;
    }
}

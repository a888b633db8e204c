// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>Arithmetic and conversions in <c>checked</c> code: where C# throws, the program is aborted.</summary>
internal sealed partial class Translator
{
    private void CheckedArithmetic(Op op, bool isSigned)
    {
        Value right = AsInteger(PopValue()), left = AsInteger(PopValue());
        Unify(ref left, ref right);
        if (left.Type == IrType.I32)
        {
            // 64 bits hold the exact result.
            Value exact = Arithmetic(op, Convert(left, IrType.I64, isSigned), Convert(right, IrType.I64, isSigned));
            if (Narrow(exact, 4, isSigned) is { } narrow) Push(narrow);
            return;
        }

        Value result = Arithmetic(op, left, right);
        AbortIf(isSigned ? SignedOverflow(op, left, right, result) : op == Op.Add ? Compare(Op.LessUnsigned, result, left) : Compare(Op.LessUnsigned, left, right));
        if (!_isDead) Push(result);
    }

    /// <summary>A sum overflows if both terms have the sign that it has not; a difference likewise with the second term negated.</summary>
    private Value SignedOverflow(Op op, Value left, Value right, Value result)
    {
        Value changed = Arithmetic(Op.Xor, left, result);
        Value other = op == Op.Add ? Arithmetic(Op.Xor, right, result) : Arithmetic(Op.Xor, left, right);
        return Compare(Op.LessSigned, Arithmetic(Op.And, changed, other), _builder.I64(0));
    }

    private void CheckedMultiply(bool isSigned)
    {
        Value right = AsInteger(PopValue()), left = AsInteger(PopValue());
        Unify(ref left, ref right);
        if (left.Type == IrType.I32)
        {
            Value exact = Arithmetic(Op.Multiply, Convert(left, IrType.I64, isSigned), Convert(right, IrType.I64, isSigned));
            if (Narrow(exact, 4, isSigned) is { } narrow) Push(narrow);
            return;
        }

        // The high half is calculated from the halves of both factors.
        (Value a, Value b) = isSigned ? (Magnitude(left), Magnitude(right)) : (left, right);
        Value mask = _builder.I64(uint.MaxValue), half = _builder.I64(32);
        Value aLow = Arithmetic(Op.And, a, mask), aHigh = Arithmetic(Op.ShiftRight, a, half), bLow = Arithmetic(Op.And, b, mask), bHigh = Arithmetic(Op.ShiftRight, b, half);
        Value low = Arithmetic(Op.Multiply, aLow, bLow);
        Value middle = Arithmetic(Op.Add, Arithmetic(Op.Multiply, aHigh, bLow), Arithmetic(Op.ShiftRight, low, half));
        Value other = Arithmetic(Op.Add, Arithmetic(Op.Multiply, aLow, bHigh), Arithmetic(Op.And, middle, mask));
        Value high = Arithmetic(Op.Add, Arithmetic(Op.Add, Arithmetic(Op.Multiply, aHigh, bHigh), Arithmetic(Op.ShiftRight, middle, half)), Arithmetic(Op.ShiftRight, other, half));
        AbortIf(Compare(Op.NotEqual, high, _builder.I64(0)));
        if (_isDead) return;
        Value result = Arithmetic(Op.Multiply, left, right);
        if (isSigned)
        {
            // The product of the magnitudes has to fit: its sign is that of the factors, unless it is zero.
            Value wanted = Arithmetic(Op.Xor, left, right);
            Value isWrong = Compare(Op.LessSigned, Arithmetic(Op.Xor, wanted, result), _builder.I64(0));
            AbortIf(Arithmetic(Op.And, isWrong, Compare(Op.NotEqual, result, _builder.I64(0))));
            if (_isDead) return;
        }

        Push(result);
    }

    private Value Magnitude(Value value)
    {
        Value sign = Arithmetic(Op.ShiftRightSigned, value, _builder.I64(63));
        return Arithmetic(Op.Subtract, Arithmetic(Op.Xor, value, sign), sign);
    }

    /// <summary><c>conv.ovf.*</c>: aborts if the number does not fit.</summary>
    private void CheckedConvert(int width, bool toSigned, bool fromUnsigned)
    {
        Value value = AsInteger(PopValue());
        Value exact = Convert(value, IrType.I64, !fromUnsigned);
        if (width < 8)
        {
            bool isWideUnsigned = fromUnsigned && value.Type == IrType.I64;
            if (Narrow(exact, width, toSigned, isWideUnsigned) is { } result) Push(result);
            return;
        }

        // Between long and ulong what does not fit looks negative.
        bool isSafe = toSigned ? !fromUnsigned || value.Type == IrType.I32 : fromUnsigned;
        if (!isSafe) AbortIf(Compare(Op.LessSigned, exact, _builder.I64(0)));
        if (!_isDead) Push(exact);
    }

    /// <summary>A 64-bit number in fewer bytes; aborts if it does not fit. Null if it never fits.</summary>
    private Value? Narrow(Value exact, int width, bool toSigned, bool isUnsigned = false)
    {
        if (toSigned && isUnsigned) AbortIf(Compare(Op.GreaterUnsigned, exact, _builder.I64(width == 4 ? int.MaxValue : (1L << ((width * 8) - 1)) - 1)));
        else if (toSigned) AbortIf(Compare(Op.NotEqual, exact.IsConstant ? _builder.I64(Folding.Extend(exact.Immediate, width, true)) : _builder.SignExtend(exact, width, IrType.I64), exact));
        else AbortIf(Compare(Op.GreaterUnsigned, exact, _builder.I64((1L << (width * 8)) - 1)));
        if (_isDead) return null;
        Value narrow = Convert(exact, IrType.I32, true);
        return width == 4 || narrow.IsConstant ? narrow : toSigned ? _builder.SignExtend(narrow, width, IrType.I32) : _builder.ZeroExtend(narrow, width, IrType.I32);
    }
}

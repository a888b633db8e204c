// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection.Metadata;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>Arithmetic, shifts, comparisons and conversions as the CLR does them.</summary>
internal sealed partial class Translator
{
    internal Value Scalar(in Operand operand)
    {
        if (operand is { Value: { } value, IsStruct: false }) return value;
        if (operand.Object is NullObject) return _builder.Null();
        throw RefuseOperand(operand);
    }

    private void Arithmetic(Op op)
    {
        Value right = PopValue(), left = PopValue();
        Push(Arithmetic(op, left, right));
    }

    internal Value Arithmetic(Op op, Value left, Value right)
    {
        if (left.Type == IrType.Pointer || right.Type == IrType.Pointer)
        {
            switch (op)
            {
                case Op.Add when left.Type == IrType.Pointer && right.Type != IrType.Pointer:
                    return AddBytes(left, Convert(right, IrType.I64, true));
                case Op.Add when left.Type != IrType.Pointer:
                    return AddBytes(right, Convert(left, IrType.I64, true));
                case Op.Subtract when left.Type == IrType.Pointer && right.Type == IrType.Pointer:
                    return _builder.PointerDifference(left, right);
                case Op.Subtract when left.Type == IrType.Pointer:
                    return AddBytes(left, Negate(Convert(right, IrType.I64, true)));
                default:
                    (left, right) = (Convert(left, IrType.I64, true), Convert(right, IrType.I64, true)); // tagged pointers and the like
                    break;
            }
        }

        Unify(ref left, ref right);
        if (left.IsConstant && right.IsConstant && Folding.Compute(op, left.Type, left.Immediate, right.Immediate) is { } known) return _builder.Constant(left.Type, known);
        if (right.IsConstantOf(0) && op is Op.Add or Op.Subtract or Op.Or or Op.Xor) return left;
        if (right.IsConstantOf(1) && op is Op.Multiply or Op.DivideUnsigned or Op.DivideSigned) return left;
        if (left.IsConstantOf(1) && op == Op.Multiply) return right;
        return _builder.Binary(op, left, right);
    }

    private Value AddBytes(Value pointer, Value bytes) => bytes.IsConstant ? Offset(pointer, bytes.Immediate) : _builder.PointerAdd(pointer, bytes);

    private Value Negate(Value value) => value.IsConstant ? _builder.Constant(value.Type, -value.Immediate) : _builder.Negate(value);

    /// <summary>IL lets <c>int</c> and <c>nint</c> be mixed: the smaller one is extended.</summary>
    private void Unify(ref Value left, ref Value right)
    {
        if (left.Type == right.Type) return;
        (left, right) = (Convert(left, IrType.I64, true), Convert(right, IrType.I64, true));
    }

    private void Shift(Op op)
    {
        Value count = PopValue(), value = AsInteger(PopValue());
        Push(Shift(op, value, count));
    }

    internal Value Shift(Op op, Value value, Value count)
    {
        int mask = value.Type == IrType.I64 ? 63 : 31;
        // C# masks the count; the machine does so too.
        if (count is { Op: Op.And } && count[1].IsConstantOf(mask)) count = count[0];
        count = count.IsConstant ? _builder.Constant(value.Type, count.Immediate & mask) : Convert(count, value.Type, false);
        if (count.IsConstantOf(0)) return value;
        if (value.IsConstant && count.IsConstant && Folding.Compute(op, value.Type, value.Immediate, count.Immediate) is { } known) return _builder.Constant(value.Type, known);
        return _builder.Binary(op, value, count);
    }

    private void Unary(bool isNot)
    {
        Value value = AsInteger(PopValue());
        Push(isNot ? Arithmetic(Op.Xor, value, _builder.Constant(value.Type, -1)) : Negate(value));
    }

    /// <summary>Division and remainder: by zero, and of the smallest number by -1, C# throws.</summary>
    private void Divide(Op op, bool isSigned)
    {
        Value right = AsInteger(PopValue()), left = AsInteger(PopValue());
        Value result = Divide(op, isSigned, left, right);
        if (!_isDead) Push(result);
    }

    internal Value Divide(Op op, bool isSigned, Value left, Value right)
    {
        Unify(ref left, ref right);
        AbortIf(Compare(Op.Equal, right, _builder.Constant(right.Type, 0)));
        if (_isDead) return left;
        if (isSigned && !(right.IsConstant && right.Immediate != -1) && !(left.IsConstant && left.Immediate != Folding.Smallest(left.Type)))
        {
            Value isSmallest = Compare(Op.Equal, left, _builder.Constant(left.Type, Folding.Smallest(left.Type)));
            Value isMinusOne = Compare(Op.Equal, right, _builder.Constant(right.Type, -1));
            AbortIf(Arithmetic(Op.And, isSmallest, isMinusOne));
            if (_isDead) return left;
        }

        return Arithmetic(op, left, right);
    }

    private Value AsInteger(Value value) => value.Type == IrType.Pointer ? Convert(value, IrType.I64, false) : value;

    private void Compare(Op op)
    {
        Operand right = Pop(), left = Pop();
        if (left.IsObject || right.IsObject)
        {
            // 'x is not null' is cgt.un
            Push(_builder.I32(SameObject(left, right) == (op == Op.Equal) ? 1 : 0));
            return;
        }

        Push(Compare(op, Scalar(left), Scalar(right)));
    }

    internal Value Compare(Op op, Value left, Value right)
    {
        if (left.Type != right.Type)
        {
            // A constant null, or an address that is compared as a number.
            if (left.Type == IrType.Pointer && right.IsConstantOf(0)) right = _builder.Null();
            else if (right.Type == IrType.Pointer && left.IsConstantOf(0)) left = _builder.Null();
            else Unify(ref left, ref right);
        }

        if (right.IsConstantOf(0) && op == Op.GreaterUnsigned) op = Op.NotEqual;
        if (right.IsConstantOf(0) && op == Op.LessOrEqualUnsigned) op = Op.Equal;
        if (left.IsConstant && right.IsConstant) return _builder.I32(Folding.Compare(op, left.Type, left.Immediate, right.Immediate) ? 1 : 0);
        if (left == right) return _builder.I32(op is Op.Equal or Op.LessOrEqualSigned or Op.LessOrEqualUnsigned or Op.GreaterOrEqualSigned or Op.GreaterOrEqualUnsigned ? 1 : 0);
        if (left.Op is Op.StackSlot or Op.GlobalAddress or Op.MapAddress && right.IsConstantOf(0) && right.Type == IrType.Pointer && op is Op.Equal or Op.NotEqual)
            return _builder.I32(op == Op.NotEqual ? 1 : 0); // memory of the program is never null
        return _builder.Compare(op, left, right);
    }

    private bool SameObject(in Operand left, in Operand right)
    {
        if (left.Object is { } a && right.Object is { } b) return a == b;
        KnownObject known = (left.Object ?? right.Object)!;
        throw Refuse(IlCodes.UnknownObject, $"{known.Display} is compared with something that is no object");
    }

    /// <summary>Moves a value to another kind of register.</summary>
    internal Value Convert(Value value, IrType to, bool signed)
    {
        if (value.Type == to || to == IrType.Void) return value;
        if (value.IsConstant)
        {
            long number = value.Type == IrType.I32 && !signed ? (uint)value.Immediate : value.Immediate;
            return _builder.Constant(to, number);
        }

        switch (value.Type, to)
        {
            case (IrType.I32, IrType.I64):
                return signed ? _builder.SignExtend(value, 4, IrType.I64) : _builder.ZeroExtend(value, 4, IrType.I64);
            case (IrType.I32, IrType.Pointer):
                return Convert(Convert(value, IrType.I64, signed), IrType.Pointer, false);
            case (IrType.I64, IrType.I32):
                return value.Op is Op.SignExtend or Op.ZeroExtend && value.Width == 4 && value[0].Type == IrType.I32 ? value[0] : _builder.Truncate(value);
            case (IrType.I64, IrType.Pointer):
                if (value.Op == Op.PointerToInteger) return value[0];
                Value pointer = _builder.IntegerToPointer(value);
                pointer.Origin = _module.PlainAddresses;
                return pointer;
            case (IrType.Pointer, IrType.I64):
                return _builder.PointerToInteger(value);
            case (IrType.Pointer, IrType.I32):
                return _builder.Truncate(_builder.PointerToInteger(value));
            default:
                throw new BadImageFormatException($"{value.Type} where {to} is expected");
        }
    }

    /// <summary><c>conv.*</c> without checks.</summary>
    private void Convert(int width, bool toSigned, bool fromUnsigned)
    {
        Operand top = Pop();
        if (width == 8 && top.Value is { Type: IrType.Pointer } && !top.IsStruct)
        {
            Push(top.Value); // (nint)p and (byte*)&x: it stays an address as long as nobody calculates with it
            return;
        }

        Value value = Scalar(top);
        if (width == 8)
        {
            Push(Convert(value, IrType.I64, !fromUnsigned));
            return;
        }

        if (width == 4)
        {
            Push(Convert(value, IrType.I32, toSigned));
            return;
        }

        value = AsInteger(value);
        if (value.IsConstant) Push(_builder.I32((int)Folding.Extend(value.Immediate, width, toSigned)));
        else Push(toSigned ? _builder.SignExtend(value, width, IrType.I32) : _builder.ZeroExtend(value, width, IrType.I32));
    }

    /// <summary>A value from a register of the kernel's, as a type has it on the stack.</summary>
    internal Operand Narrowed(Value value, TypeModel type)
    {
        IrType register = StackKinds.Register(type);
        value = Convert(value, register, type.IsSigned);
        if (type.Size < 4) value = type.IsSigned ? _builder.SignExtend(value, type.Size, register) : _builder.ZeroExtend(value, type.Size, register);
        return Operand.Of(value);
    }

    private static Op OpOf(ILOpCode code) => code switch
    {
        ILOpCode.Beq or ILOpCode.Ceq => Op.Equal,
        ILOpCode.Bne_un => Op.NotEqual,
        ILOpCode.Bge => Op.GreaterOrEqualSigned,
        ILOpCode.Bgt or ILOpCode.Cgt => Op.GreaterSigned,
        ILOpCode.Ble => Op.LessOrEqualSigned,
        ILOpCode.Blt or ILOpCode.Clt => Op.LessSigned,
        ILOpCode.Bge_un => Op.GreaterOrEqualUnsigned,
        ILOpCode.Bgt_un or ILOpCode.Cgt_un => Op.GreaterUnsigned,
        ILOpCode.Ble_un => Op.LessOrEqualUnsigned,
        _ => Op.LessUnsigned,
    };
}

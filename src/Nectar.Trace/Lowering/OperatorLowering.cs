// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Block = Nectar.Compiler.Ir.Block;

namespace Nectar.Trace.Lowering;

/// <summary>
/// Operators with bpftrace's rules: numbers are 64 bits wide, comparisons are signed if either side is, division, remainder and shifts to the
/// right are unsigned unless the script is strict.
/// </summary>
internal sealed class OperatorLowering(ProbeLowering probe)
{
    private IrBuilder Builder => probe.Builder;

    public Operand Lower(Unary unary)
    {
        switch (unary.Operator)
        {
            case UnaryOperator.Negate: return Operand.Scalar(unary.Type, probe.Conversions.Extend(Builder.Negate(probe.LowerScalar(unary.Operand)), unary.Type));
            case UnaryOperator.Complement: return Operand.Scalar(unary.Type, probe.Conversions.Extend(Builder.Binary(Op.Xor, probe.LowerScalar(unary.Operand), Builder.I64(-1)), unary.Type));
            case UnaryOperator.Plus: return probe.Lower(unary.Operand);
            case UnaryOperator.Not: return Truth(unary);
            case UnaryOperator.Dereference: return Dereference(unary);
            case UnaryOperator.AddressOf: return AddressOf(unary);
            default: return Step(unary);
        }
    }

    public Operand Lower(Binary binary)
    {
        if (binary.Operator >= BinaryOperator.Equal) return Truth(binary);
        Operand left = probe.Lower(binary.Left);
        Operand right = probe.Lower(binary.Right);
        return Operand.Scalar(binary.Type, Arithmetic(binary.Operator, left, right, binary.Type, binary));
    }

    /// <summary>The result of an arithmetic operator as a type has it.</summary>
    public Value Arithmetic(BinaryOperator op, Operand left, Operand right, TraceType type, Node where)
    {
        Value a = probe.Conversions.Scalar(left, left.Type.IsScalar ? left.Type : TraceType.UInt64), b = probe.Conversions.Scalar(right, right.Type.IsScalar ? right.Type : TraceType.UInt64);
        if (op is BinaryOperator.Add or BinaryOperator.Subtract)
        {
            bool isLeft = left.Type.Kind == TypeKind.Pointer, isRight = right.Type.Kind == TypeKind.Pointer;
            if (isLeft && !isRight) b = Scale(b, left.Type);
            else if (isRight && !isLeft) a = Scale(a, right.Type);
        }

        bool isSigned = probe.Config.IsStrict && (left.Type.IsSigned || right.Type.IsSigned);
        Op operation = op switch
        {
            BinaryOperator.Add => Op.Add,
            BinaryOperator.Subtract => Op.Subtract,
            BinaryOperator.Multiply => Op.Multiply,
            BinaryOperator.Divide => isSigned ? Op.DivideSigned : Op.DivideUnsigned,
            BinaryOperator.Remainder => isSigned ? Op.RemainderSigned : Op.RemainderUnsigned,
            BinaryOperator.And => Op.And,
            BinaryOperator.Or => Op.Or,
            BinaryOperator.Xor => Op.Xor,
            BinaryOperator.ShiftLeft => Op.ShiftLeft,
            BinaryOperator.ShiftRight => probe.Config.IsStrict && left.Type.IsSigned ? Op.ShiftRightSigned : Op.ShiftRight,
            _ => throw new InvalidOperationException($"{op} is not arithmetic"),
        };
        Value result = op is BinaryOperator.Divide or BinaryOperator.Remainder && !b.IsConstant ? Divide(operation, a, b, where) : Builder.Binary(operation, a, b);
        return probe.Conversions.Extend(result, type.IsScalar ? type : TraceType.UInt64);
    }

    /// <summary>By zero it is 1, and an error.</summary>
    private Value Divide(Op operation, Value a, Value b, Node where) => probe.Choose(Builder.Compare(Op.Equal, b, Builder.I64(0)), () =>
    {
        probe.RuntimeError(where, "Divide or modulo by 0 detected. This can lead to unexpected results. 1 is being used as the result.");
        return Builder.I64(1);
    }, () => Builder.Binary(operation, a, b));

    /// <summary>Goes one of two ways.</summary>
    public void Condition(Expression expression, Block then, Block otherwise)
    {
        TreeDepth.Check(expression);
        if (expression.Constant is null)
        {
            switch (expression)
            {
                case Unary { Operator: UnaryOperator.Not } not:
                    Condition(not.Operand, otherwise, then);
                    return;
                case Binary { Operator: BinaryOperator.LogicalAnd or BinaryOperator.LogicalOr } logical:
                    Block second = probe.NewBlock();
                    if (logical.Operator == BinaryOperator.LogicalAnd) Condition(logical.Left, second, otherwise);
                    else Condition(logical.Left, then, second);
                    Builder.Block = second;
                    Condition(logical.Right, then, otherwise);
                    return;
                case Binary { Operator: >= BinaryOperator.Equal } comparison:
                    Builder.Branch(Compare(comparison), then, otherwise);
                    return;
            }
        }

        Operand value = probe.Lower(expression);
        if (value.Kind == OperandKind.Nothing)
        {
            if (!Builder.IsTerminated) Builder.Jump(then);
            return;
        }

        // A text is true if it is not empty.
        if (expression.Type.Kind == TypeKind.String) value = probe.Memory.Load(probe.Conversions.Local(value).Value, TraceType.UInt8);
        Builder.Branch(Builder.Compare(Op.NotEqual, probe.Conversions.Scalar(value, value.Type.IsScalar ? value.Type : TraceType.UInt64), Builder.I64(0)), then, otherwise);
    }

    private Operand Truth(Expression expression)
    {
        if (expression is Binary { Operator: not (BinaryOperator.LogicalAnd or BinaryOperator.LogicalOr) } comparison) return Operand.Scalar(expression.Type, probe.Conversions.Truth(Compare(comparison)));
        Block yes = probe.NewBlock(), no = probe.NewBlock();
        Condition(expression, yes, no);
        return Operand.Scalar(expression.Type, probe.Join(yes, no, () => Builder.I64(1), () => Builder.I64(0)));
    }

    private Value Compare(Binary binary)
    {
        Operand left = probe.Lower(binary.Left), right = probe.Lower(binary.Right);
        if (!left.Type.IsScalar && !left.Type.IsAggregation && left.Type.Size > 0 && !right.Type.IsScalar) return Bytes(binary, left, right);
        Value a = probe.Conversions.Scalar(left, left.Type.IsScalar ? left.Type : TraceType.UInt64), b = probe.Conversions.Scalar(right, right.Type.IsScalar ? right.Type : TraceType.UInt64);
        bool isSigned = left.Type.IsSigned || right.Type.IsSigned;
        return Builder.Compare(binary.Operator switch
        {
            BinaryOperator.Equal => Op.Equal,
            BinaryOperator.NotEqual => Op.NotEqual,
            BinaryOperator.Less => isSigned ? Op.LessSigned : Op.LessUnsigned,
            BinaryOperator.LessOrEqual => isSigned ? Op.LessOrEqualSigned : Op.LessOrEqualUnsigned,
            BinaryOperator.Greater => isSigned ? Op.GreaterSigned : Op.GreaterUnsigned,
            BinaryOperator.GreaterOrEqual => isSigned ? Op.GreaterOrEqualSigned : Op.GreaterOrEqualUnsigned,
            _ => throw new InvalidOperationException($"{binary.Operator} is no comparison"),
        }, a, b);
    }

    /// <summary>Texts, buffers, arrays, structs, tuples: byte for byte.</summary>
    private Value Bytes(Binary binary, Operand left, Operand right)
    {
        Operand a = probe.Conversions.Local(left), b = probe.Conversions.Local(right);
        if (a.Type.Kind == TypeKind.Tuple && a.Type != b.Type) b = Operand.Memory(a.Type, probe.Conversions.ToMemory(b, a.Type));
        Value equal = Builder.MemoryEqual(a.Value, b.Value, Math.Min(Extent(binary.Left, a.Type), Extent(binary.Right, b.Type)));
        return binary.Operator == BinaryOperator.Equal ? equal : Builder.Compare(Op.Equal, equal, Builder.I32(0));
    }

    /// <summary>How many bytes matter: of a literal those of the text and its end.</summary>
    private static int Extent(Expression expression, TraceType type)
    {
        string? text = expression switch
        {
            { Constant: Language.Binding.StringConstant constant } => constant.Text,
            StringLiteral literal => literal.Value,
            _ => null,
        };
        return text is null ? type.Size : Math.Min(type.Size, ScriptText.Encode(text).Length + 1);
    }

    private Operand Dereference(Unary unary)
    {
        Operand pointer = probe.Lower(unary.Operand);
        if (pointer.Type.IsInteger)
        {
            // An integer is the address of one as large as itself: what arg0 and kaddr() give.
            AddressSpace space = pointer.Type.Space == AddressSpace.None ? probe.Hook.Space : pointer.Type.Space;
            return AccessLowering.At(probe, pointer.Value, TraceType.Integer(pointer.Type.Size, pointer.Type.IsSigned), space);
        }

        if (pointer.Type.Kind != TypeKind.Pointer) return pointer;
        TraceType element = unary.Type.Kind == TypeKind.None ? pointer.Type.Element! : unary.Type;
        return AccessLowering.At(probe, pointer.Value, element, pointer.Type.Space);
    }

    private Operand AddressOf(Unary unary)
    {
        switch (unary.Operand)
        {
            case VariableReference { Symbol: { } symbol }:
                if (!probe.Variables.IsKnown(symbol)) probe.Variables.Declare(symbol);
                return Operand.Scalar(unary.Type, Builder.PointerToInteger(probe.Variables.Address(symbol)));
            case MapReference or MapAccess when MapLowering.MapOf(unary.Operand) is { } map:
                return Operand.Scalar(unary.Type, Builder.PointerToInteger(probe.Maps.Find(map, probe.Maps.KeyOf(unary.Operand))));
            default:
                Operand value = probe.Lower(unary.Operand);
                return value.Kind == OperandKind.Remote ? Operand.Scalar(unary.Type, value.Value) : Operand.Scalar(unary.Type, Builder.PointerToInteger(probe.Conversions.ToMemory(value, value.Type)));
        }
    }

    /// <summary><c>++</c> and <c>--</c>.</summary>
    private Operand Step(Unary unary)
    {
        bool isUp = unary.Operator is UnaryOperator.PreIncrement or UnaryOperator.PostIncrement, isPre = unary.Operator is UnaryOperator.PreIncrement or UnaryOperator.PreDecrement;
        TraceType type = unary.Operand.Type;
        long step = (isUp ? 1 : -1) * (type.Kind == TypeKind.Pointer ? Math.Max(1, type.Element!.Size) : 1);
        if (MapLowering.MapOf(unary.Operand) is { } map)
        {
            Value old = probe.Maps.Add(map, probe.Maps.KeyOf(unary.Operand), Builder.I64(step));
            return Operand.Scalar(unary.Type, isPre ? Builder.Binary(Op.Add, old, Builder.I64(step)) : old);
        }

        if (unary.Operand is not VariableReference { Symbol: { } symbol } variable) throw probe.Refuse(unary, "only variables and maps can be counted up and down");
        Operand before = probe.Variables.Read(variable);
        Value after = probe.Conversions.Extend(Builder.Binary(Op.Add, before.Value, Builder.I64(step)), symbol.Type);
        probe.Variables.Write(symbol, Operand.Scalar(symbol.Type, after));
        return Operand.Scalar(unary.Type, isPre ? after : before.Value);
    }

    private Value Scale(Value count, TraceType pointer) => pointer.Element is { Size: > 1 } element ? Builder.Binary(Op.Multiply, count, Builder.I64(element.Size)) : count;
}

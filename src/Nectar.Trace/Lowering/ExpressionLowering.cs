// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Lowering.Functions;
using Block = Nectar.Compiler.Ir.Block;

namespace Nectar.Trace.Lowering;

/// <summary>Expressions by kind. Operators are in <see cref="OperatorLowering"/>, fields and elements in <see cref="AccessLowering"/>.</summary>
internal sealed class ExpressionLowering(ProbeLowering probe)
{
    private readonly OperatorLowering _operators = new(probe);
    private readonly AccessLowering _access = new(probe);

    private IrBuilder Builder => probe.Builder;

    public Operand Lower(Expression expression)
    {
        TreeDepth.Check(expression);
        Node outer = probe.Where;
        probe.Where = expression;
        Operand value = Make(expression);
        probe.Where = outer;
        return value;
    }

    private Operand Make(Expression expression)
    {
        if (expression.Constant is { } constant) return OfConstant(constant, expression.Type);
        switch (expression)
        {
            case IntegerLiteral literal: return probe.Number(literal.Type.IsInteger ? literal.Type : TraceType.UInt64, (long)literal.Value);
            case BooleanLiteral literal: return probe.Number(TraceType.Boolean, literal.Value ? 1 : 0);
            case StringLiteral literal: return OfString(literal.Value, literal.Type);
            case VariableReference variable: return probe.Variables.Read(variable);
            case MapReference { Map: { } map } reference: return OfMap(reference, map);
            case MapAccess { Target.Map: { } map } access: return OfMap(access, map);
            case Call { Target: { } function } call: return probe.Statements.Inline(call, function);
            case Call call: return FunctionLowering.Lower(probe, call);
            case Identifier { Name: "config", Type.Kind: TypeKind.Tuple } settings: return Operand.Memory(settings.Type, probe.Constant(ConfigValues.Bytes(probe.Config, settings.Type)));
            case Identifier identifier: return BuiltinLowering.Lower(probe, identifier);
            case Unary unary: return _operators.Lower(unary);
            case Binary binary: return _operators.Lower(binary);
            case Conditional conditional: return OfConditional(conditional);
            case FieldAccess access: return _access.Field(access);
            case TupleAccess access: return _access.Tuple(access);
            case ArrayAccess access: return _access.Element(access);
            case Cast cast: return OfCast(cast);
            case TupleLiteral tuple: return OfTuple(tuple);
            case BlockExpression block: return OfBlock(block);
            case Comptime comptime: return Lower(comptime.Operand);
            default: throw probe.Refuse(expression, $"no code can be made for this {expression.GetType().Name}");
        }
    }

    public Value Scalar(Expression expression)
    {
        Operand value = Lower(expression);
        return value.IsScalar ? value.Value : probe.Conversions.Scalar(value, expression.Type.IsScalar ? expression.Type : TraceType.UInt64);
    }

    public void Into(Expression expression, Value to, TraceType type)
    {
        if (expression is TupleLiteral tuple && type.Kind == TypeKind.Tuple && expression.Constant is null && IsInOrder(tuple, type))
        {
            Fill(tuple, to, type);
            return;
        }

        if (expression.Constant is StringConstant or null && Text(expression) is { } text && type.Kind == TypeKind.String)
        {
            probe.Conversions.Into(OfString(text, type), to, type);
            return;
        }

        if (expression.Constant is null && !type.IsScalar && expression.Type.Kind == type.Kind && expression.Type.Size == type.Size && FunctionLowering.SlackOf(expression) == 0 && FunctionLowering.TryWrite(probe, expression, to, true)) return;
        probe.Conversions.Into(Lower(expression), to, type);
    }

    public Value ToMemory(Expression expression, TraceType type)
    {
        if (type.Kind == TypeKind.String && Text(expression) is { } text) return OfString(text, type).Value;
        if (Fixed(expression, type) is { } bytes) return probe.Constant(bytes);
        if (expression is TupleLiteral tuple && type.Kind == TypeKind.Tuple && IsInOrder(tuple, type))
        {
            Value to = probe.Memory.Allocate(type.Size);
            Fill(tuple, to, type);
            return to;
        }

        return probe.Conversions.ToMemory(Lower(expression), type);
    }

    public void Condition(Expression expression, Block then, Block otherwise) => _operators.Condition(expression, then, otherwise);

    private Operand OfConstant(ConstantValue constant, TraceType type) => constant switch
    {
        IntegerConstant number => probe.Number(type.IsScalar ? type : TraceType.Int64, number.Bits),
        StringConstant text => OfString(text.Text, type),
        _ => throw new InvalidOperationException($"a constant of {constant.GetType().Name}"),
    };

    /// <summary>A text of a type's size; shorter than it if the type is larger than what is worth copying.</summary>
    private Operand OfString(string text, TraceType type)
    {
        byte[] utf8 = ScriptText.Encode(text);
        int size = type.Kind == TypeKind.String && type.Size > 0 ? type.Size : utf8.Length + 1;
        byte[] bytes = new byte[size];
        utf8.AsSpan(0, Math.Min(utf8.Length, size - 1 < 0 ? 0 : size - 1)).CopyTo(bytes);
        return Operand.Memory(TraceType.String(size), probe.Constant(bytes));
    }

    private static string? Text(Expression expression) => expression switch
    {
        { Constant: StringConstant text } => text.Text,
        StringLiteral { Constant: null } literal => literal.Value,
        _ => null,
    };

    /// <summary>The bytes of a scalar that is known, for a helper that only reads them.</summary>
    private static byte[]? Fixed(Expression expression, TraceType type)
    {
        long? number = expression switch
        {
            { Constant: IntegerConstant constant } => constant.Bits,
            IntegerLiteral { Constant: null } literal => (long)literal.Value,
            BooleanLiteral { Constant: null } literal => literal.Value ? 1 : 0,
            _ => null,
        };
        if (number is not { } bits || !type.IsScalar) return null;
        byte[] bytes = new byte[Math.Max(1, type.Size)];
        for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)(bits >> (i * 8));
        return bytes;
    }

    private Operand OfMap(Expression expression, TraceMap map)
    {
        if (map.ValueType.IsAggregation) return probe.Aggregations.Total(map, probe.Maps.KeyOf(expression));
        return probe.Maps.Read(map, probe.Maps.KeyOf(expression));
    }

    private Operand OfConditional(Conditional conditional)
    {
        if (conditional.Then is { } taken && conditional.Condition.Constant is IntegerConstant { Bits: var known }) return Lower(known != 0 ? taken : conditional.Otherwise);
        if (conditional.Then is null)
        {
            Operand first = Lower(conditional.Condition);
            Value chosen = probe.Choose(Builder.Compare(Op.NotEqual, probe.Conversions.Scalar(first, first.Type), Builder.I64(0)),
                () => probe.Conversions.Scalar(first, conditional.Type), () => probe.Conversions.Scalar(Lower(conditional.Otherwise), conditional.Type));
            return Operand.Scalar(conditional.Type, chosen);
        }

        Block then = probe.NewBlock(), otherwise = probe.NewBlock();
        TraceType type = conditional.Type;
        if (type.IsScalar)
        {
            Condition(conditional.Condition, then, otherwise);
            return Operand.Scalar(type, probe.Join(then, otherwise, () => probe.Conversions.Scalar(Lower(conditional.Then), type), () => probe.Conversions.Scalar(Lower(conditional.Otherwise), type)));
        }

        Value? to = type.Size > 0 ? probe.Memory.Allocate(type.Size) : null;
        Condition(conditional.Condition, then, otherwise);
        Block after = probe.NewBlock();
        foreach ((Block block, Expression value) in (ReadOnlySpan<(Block, Expression)>)[(then, conditional.Then), (otherwise, conditional.Otherwise)])
        {
            Builder.Block = block;
            if (to is not null) Into(value, to, type);
            else Lower(value);
            Builder.Jump(after);
        }

        Builder.Block = after;
        return to is null ? Operand.Nothing : Operand.Memory(type with { Space = AddressSpace.None }, to);
    }

    private Operand OfCast(Cast cast)
    {
        TraceType type = cast.Type.Kind == TypeKind.None ? cast.Target.Resolved : cast.Type;
        Operand value = Lower(cast.Operand);
        if (type.Kind == TypeKind.Void) return Operand.Nothing;
        if (type.IsScalar)
        {
            // As bpftrace has it, the address is the bytes of a negative number and zeros before them.
            if (type.Kind == TypeKind.Pointer && value is { IsScalar: true, Type: { IsInteger: true, IsSigned: true, Size: < 8 and > 0 } } && !probe.Config.IsStrict)
                return Operand.Scalar(type, Builder.ZeroExtend(value.Value, value.Type.Size, IrType.I64));
            if (value.IsScalar || value.Kind is OperandKind.Remote && type.Kind == TypeKind.Pointer) return probe.Conversions.Convert(value, type);
            Operand local = probe.Conversions.Local(value);
            return probe.Conversions.Convert(local, type);
        }

        if (value.Kind == OperandKind.Remote && type.Kind is TypeKind.Struct or TypeKind.Array) return value with { Type = type with { Space = value.Type.Space } };
        if (value.Kind == OperandKind.Memory && (value.Type.Size >= type.Size || type.Kind == TypeKind.String) && type.Kind is not (TypeKind.Tuple or TypeKind.String)) return value with { Type = type };
        // numbers as arrays of bytes, strings of another size, tuples of other members
        Value to = probe.Memory.Allocate(type.Size);
        probe.Conversions.Into(value, to, type);
        return Operand.Memory(type, to);
    }

    private Operand OfTuple(TupleLiteral tuple)
    {
        Value to = probe.Memory.Allocate(Math.Max(1, tuple.Type.Size));
        Fill(tuple, to, tuple.Type);
        return Operand.Memory(tuple.Type, to);
    }

    /// <summary>Items stand where the type has its fields; those of records may be in another order.</summary>
    private static bool IsInOrder(TupleLiteral tuple, TraceType type)
    {
        if (tuple.Items.Count != type.Fields.Count) return false;
        for (int i = 0; i < tuple.Names.Count; i++)
        {
            if (tuple.Names[i] != type.Fields[i].Name) return false;
        }

        return true;
    }

    private void Fill(TupleLiteral tuple, Value to, TraceType type)
    {
        int at = 0;
        for (int i = 0; i < tuple.Items.Count; i++)
        {
            TupleField field = type.Fields[i];
            if (field.Offset > at) probe.Conversions.Clear(Builder.Offset(to, at), field.Offset - at);
            Into(tuple.Items[i], Builder.Offset(to, field.Offset), field.Type);
            at = field.Offset + field.Type.Size;
        }

        if (type.Size > at) probe.Conversions.Clear(Builder.Offset(to, at), type.Size - at);
    }

    private Operand OfBlock(BlockExpression block)
    {
        foreach (Statement statement in block.Statements) probe.Statements.Lower(statement);
        if (Builder.IsTerminated) Builder.Block = probe.NewBlock(); // nothing comes here
        return Lower(block.Value);
    }
}

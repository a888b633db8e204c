// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Planning;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>
/// Records with values. Short ones are reserved in the ring buffer and written there. Long ones, those with text that can be long, are put
/// together in scratch bytes and sent as long as they are: a text takes the room that it needs and not the room that it may need.
/// </summary>
internal static class Records
{
    public const int HeaderSize = 8;

    /// <summary>Up to here a record is written in place, at its full size.</summary>
    private const int LargestInPlace = 256;

    /// <summary>What is put together first takes scratch bytes, of which a program has no more than 32 KiB per processor.</summary>
    private const int LargestPacked = 16 << 10;

    /// <summary>Texts that may be longer are put at the end, one behind the other.</summary>
    private const int LargestFixedText = 64;

    private sealed record Part(Expression Value, TraceType Type, int Offset, bool IsPacked)
    {
        public Operand? Operand { get; set; }

        public RecordField Field => new(Type, Offset) { IsPacked = IsPacked };
    }

    /// <summary>Sends a record with the values of expressions.</summary>
    /// <param name="probe">The program.</param>
    /// <param name="values">Written one after another, as a tuple's fields are, from <see cref="HeaderSize"/> on.</param>
    /// <param name="make">Makes the action from where they are.</param>
    public static void Send(ProbeLowering probe, IReadOnlyList<Expression> values, Func<ImmutableArray<RecordField>, TraceAction> make)
    {
        int mark = probe.Memory.Mark();
        (List<Part> parts, int size) = LayOut(probe, values, pack: false);
        if (size is > LargestInPlace and < LargestPacked) (parts, size) = LayOut(probe, values, pack: true);
        TraceAction action = make([.. parts.Select(part => part.Field)]);

        // What has effects or is in registers anyway comes first: with a full buffer it happens all the same, and nobody waits for the record.
        foreach (Part part in parts)
        {
            if (!CanWriteLater(part.Value)) part.Operand = Evaluate(probe, part);
        }

        if (parts.Exists(part => part.IsPacked)) SendPacked(probe, parts, size, action);
        else
        {
            Record record = probe.Reserve(action, size);
            foreach (Part part in parts) Write(probe, part, record.Pointer);
            probe.Submit(record);
        }

        probe.Memory.Release(mark);
    }

    private static (List<Part> Parts, int Size) LayOut(ProbeLowering probe, IReadOnlyList<Expression> values, bool pack)
    {
        List<Part> parts = [];
        int at = HeaderSize;
        foreach (Expression value in values)
        {
            TraceType type = TypeOf(value);
            bool isPacked = pack && type.Kind == TypeKind.String && type.Size > LargestFixedText;
            at = TraceType.Align(at, isPacked ? 4 : Math.Max(1, type.Alignment));
            parts.Add(new Part(value, type, at, isPacked));
            at += isPacked ? sizeof(uint) : type.Size + FunctionLowering.SlackOf(value);
        }

        return (parts, TraceType.Align(at, 8));
    }

    /// <summary>As user space gets it: what adds up over processors is a number by then, and bytes in the kernel have been fetched.</summary>
    public static TraceType TypeOf(Expression value)
    {
        TraceType type = value.Type;
        if (type.IsAggregation) return type.IsSigned ? TraceType.Int64 : TraceType.UInt64;
        return type.Kind switch
        {
            TypeKind.String when value.TextOf() is { } text => TraceType.String(ScriptText.Encode(text).Length + 1),
            TypeKind.Struct or TypeKind.Array => type with { Space = AddressSpace.None },
            _ => type,
        };
    }

    /// <summary>Bytes that a function writes where they are wanted, without another effect.</summary>
    private static bool CanWriteLater(Expression value) =>
        value.Constant is not null || (FunctionLowering.CanWrite(value) && (value is Identifier || (value is Call call && call is not { Name: "comm", Arguments.Count: > 0 } && call.Arguments.TrueForAll(IsPlain))));

    private static bool IsPlain(Expression value) => value.Constant is not null || value switch
    {
        Identifier or VariableReference or IntegerLiteral or StringLiteral or BooleanLiteral or PositionalParameter => true,
        FieldAccess field => IsPlain(field.Target),
        ArrayAccess element => IsPlain(element.Target) && IsPlain(element.Index),
        Cast cast => IsPlain(cast.Operand),
        Unary { Operator: UnaryOperator.Dereference or UnaryOperator.Plus or UnaryOperator.Negate } unary => IsPlain(unary.Operand),
        Binary binary => IsPlain(binary.Left) && IsPlain(binary.Right),
        _ => false,
    };

    private static Operand Evaluate(ProbeLowering probe, Part part)
    {
        if (part.Type.IsScalar) return Operand.Scalar(part.Type, probe.LowerScalar(part.Value));
        return probe.Lower(part.Value);
    }

    private static void Write(ProbeLowering probe, Part part, Value record)
    {
        if (part.IsPacked) return;
        Value to = probe.Builder.Offset(record, part.Offset);
        if (part.Type.Size == 0) return;
        if (part.Operand is { } operand) probe.Conversions.Into(operand, to, part.Type);
        else if (part.Value.Constant is not null || !FunctionLowering.TryWrite(probe, part.Value, to, padded: part.Type.Kind != TypeKind.String)) probe.LowerInto(part.Value, to, part.Type);
    }

    /// <summary>u32 at a packed text's place: where in the record it begins. Texts end with a zero.</summary>
    private static void SendPacked(ProbeLowering probe, List<Part> parts, int size, TraceAction action)
    {
        IrBuilder code = probe.Builder;
        int texts = parts.Where(part => part.IsPacked).Sum(part => part.Type.Size + 1);
        Value record = probe.Memory.Scratch(TraceType.Align(size + texts, 8));
        code.Store(record, probe.Number(probe.AddAction(action)), 8);
        foreach (Part part in parts) Write(probe, part, record);
        Value end = probe.Number(size);
        foreach (Part part in parts)
        {
            if (!part.IsPacked) continue;
            code.Store(record, end, 4, part.Offset);
            Value to = code.PointerAdd(record, end);
            Value length = WriteText(probe, part, to);

            // Behind the text; what could not be read is an empty one. The bound is what lets the verifier follow.
            int room = part.Type.Size + 1;
            Value bounded = probe.Choose(code.Compare(Op.LessOrEqualUnsigned, length, probe.Number(room)),
                () => probe.Choose(code.Compare(Op.NotEqual, length, probe.Number(0)), () => length, () => probe.Number(1)),
                () =>
                {
                    code.Store(to, code.I32(0), 1);
                    return probe.Number(1);
                });
            end = code.Binary(Op.Add, end, bounded);
        }

        Output(probe, record, end);
    }

    private static Value WriteText(ProbeLowering probe, Part part, Value to)
    {
        if (part.Operand is null && part.Value is Call { Target: null, Name: "str" or "kstr" } call) return Strings.Read(probe, new CallSite(call, call.Name, call.Arguments), to, padded: false);
        Operand operand = part.Operand ?? probe.Lower(part.Value);
        AddressSpace space = operand.Kind == OperandKind.Remote ? operand.Type.Space : AddressSpace.Kernel;
        return Strings.ReadText(probe, to, probe.Number(Math.Min(part.Type.Size + 1, Math.Max(2, operand.Type.Size + 1))), operand.Value, space, part.Value);
    }

    public static void Output(ProbeLowering probe, Value record, Value size)
    {
        Value result = probe.Call(Helper.RingOutput, probe.Builder.Map(probe.Script.Ring), record, size, probe.Number(0));
        probe.CountFailure(result, LossCause.RingFull);
    }
}

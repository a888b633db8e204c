// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Lowering;

/// <summary>Fields, members of tuples, elements. Structs and arrays stay where they are until a value of them is needed: one read each, at an address that is put together without reads.</summary>
internal sealed class AccessLowering(ProbeLowering probe)
{
    private const string OutOfBounds = "Array access out of bounds. This can lead to unexpected results.";

    private IrBuilder Builder => probe.Builder;

    /// <summary>What is at an address of the kernel or a process: scalars are read, the rest stays there.</summary>
    public static Operand At(ProbeLowering probe, Value address, TraceType type, AddressSpace space) =>
        type.IsScalar ? probe.Memory.Read(address, type, space) : Operand.Remote(type with { Space = space }, address);

    public Operand Field(FieldAccess access)
    {
        if (access.Target is Identifier { Name: "args" } && probe.Hook.Field(access) is { } argument) return argument;
        if (access.Target is Identifier { Name: "ctx" } && probe.Kind == ProbeKind.Iterator && IteratorLowering.IsObject(access.Path))
            return Operand.Scalar(access.Type.Kind == TypeKind.None ? access.Path[^1].Type : access.Type, probe.Iterator.Pointer(access.Path));
        if (access.Target is Identifier { Name: "ctx" } && access.Path.Length > 0) return Follow(probe, new Operand(OperandKind.Context, TraceType.UInt64, probe.Hook.Pointer), access.Path, access.Type);
        Operand target = probe.Lower(access.Target);
        if (access.Path.Length == 0)
        {
            if (target.Type.Kind == TypeKind.Tuple)
            {
                foreach (TupleField member in target.Type.Fields)
                {
                    if (member.Name == access.Name) return probe.Memory.Load(target.Value, member.Type, member.Offset);
                }
            }

            throw probe.Refuse(access, $"'{access.Name}' is no field of {target.Type}");
        }

        return Follow(probe, target, access.Path, access.Type);
    }

    /// <summary>From a struct, or a pointer to one, to a field.</summary>
    public static Operand Follow(ProbeLowering probe, Operand target, ReadOnlySpan<StructField> path, TraceType type)
    {
        AddressSpace space = target.Type.Space;
        int offset = 0;
        foreach (StructField field in path[..^1]) offset += field.Offset;
        StructField last = path[^1];
        offset += last.Bits?.ByteOffset ?? last.Offset;
        TraceType own = type.Kind == TypeKind.None ? last.Type : type;
        TraceType read = last.Bits is { } bits ? TraceType.Integer(bits.Bytes, false) : own;
        if (own.Kind == TypeKind.String && last.Type.Size > 0 && last.Type.Size < own.Size) read = own with { Size = last.Type.Size }; // there need not be a zero behind the text
        bool isRemote = target.Type.Kind == TypeKind.Pointer || target.Kind == OperandKind.Remote;
        Operand value = isRemote ? At(probe, Address(probe, target, last, offset), read, space) : target.Kind == OperandKind.Context ? probe.Hook.Load(offset, read) : probe.Memory.Load(target.Value, read, offset);
        if (last.Bits is { } field2) return Operand.Scalar(own, Bits(probe, value.Value, field2, own));
        return value.Type.Kind == TypeKind.Pointer && value.Type.Space == AddressSpace.None ? value with { Type = value.Type with { Space = space } } : value;
    }

    public Operand Tuple(TupleAccess access)
    {
        if (access.Target is VariableReference variable && probe.Variables.Part(variable, access.Index) is { } part) return part;
        Operand target = probe.Conversions.Local(probe.Lower(access.Target));
        TupleField field = target.Type.Fields[access.Index];
        return probe.Memory.Load(target.Value, field.Type, field.Offset);
    }

    public Operand Element(ArrayAccess access)
    {
        if (access.Target.Type.Kind == TypeKind.Tuple && access.Index.Constant is IntegerConstant { Bits: var number })
        {
            if (access.Target is VariableReference variable && probe.Variables.Part(variable, (int)number) is { } part) return part;
            Operand tuple = probe.Conversions.Local(probe.Lower(access.Target));
            return probe.Memory.Load(tuple.Value, tuple.Type.Fields[(int)number].Type, tuple.Type.Fields[(int)number].Offset);
        }

        Operand target = probe.Lower(access.Target);
        Value index = probe.LowerScalar(access.Index);
        TraceType element = target.Type.Element ?? (access.Type.Kind == TypeKind.None ? TraceType.UInt8 : access.Type);
        if (access.Type.IsScalar && element.Size == access.Type.Size) element = access.Type;
        if (target.Type.Kind == TypeKind.Pointer || target.Kind == OperandKind.Remote)
        {
            if (target.Type.Kind == TypeKind.Array && target.Type.Count > 0 && !index.IsConstant)
                probe.When(Builder.Compare(Op.GreaterOrEqualUnsigned, index, Builder.I64(target.Type.Count)), () => probe.RuntimeError(access, OutOfBounds));
            Value offset = index.IsConstant ? Builder.I64(index.Immediate * element.Size) : element.Size == 1 ? index : Builder.Binary(Op.Multiply, index, Builder.I64(element.Size));
            return At(probe, Builder.Binary(Op.Add, target.Value, offset), element, target.Type.Space);
        }

        target = probe.Conversions.Local(target);
        int count = target.Type.Kind == TypeKind.Array ? target.Type.Count : target.Type.Size / Math.Max(1, element.Size);
        if (index.IsConstant)
        {
            if ((ulong)index.Immediate < (ulong)count) return probe.Memory.Load(target.Value, element, index.Immediate * element.Size);
            throw probe.Refuse(access, $"the index {index.Immediate} is out of bounds for array of size {count}");
        }

        return Checked(access, target, index, element, count);
    }

    /// <summary>An element at an index that is known only when the program runs: zero, and an error, where there is none.</summary>
    private Operand Checked(ArrayAccess access, Operand target, Value index, TraceType element, int count)
    {
        Value slot = element.IsScalar ? probe.Memory.Slot("(element)") : probe.Memory.Allocate(element.Size);
        probe.Conversions.Clear(slot, element.IsScalar ? 8 : element.Size);
        probe.When(Builder.Compare(Op.LessUnsigned, index, Builder.I64(count)),
            () =>
            {
                Value at = Builder.PointerAdd(target.Value, element.Size == 1 ? index : Builder.Binary(Op.Multiply, index, Builder.I64(element.Size)));
                Operand found = probe.Memory.Load(at, element);
                if (element.IsScalar) Builder.Store(slot, found.Value, 8);
                else probe.Conversions.Into(found, slot, element);
            },
            () => probe.RuntimeError(access, OutOfBounds));
        return element.IsScalar ? Operand.Scalar(element, Builder.Load(IrType.I64, slot, 8)) : Operand.Memory(element, slot);
    }

    /// <summary>A field of a few bits out of the bytes that hold it.</summary>
    private static Value Bits(ProbeLowering probe, Value bytes, BitField field, TraceType type)
    {
        IrBuilder builder = probe.Builder;
        int above = 64 - field.Shift - field.Bits;
        Value left = above == 0 ? bytes : builder.Binary(Op.ShiftLeft, bytes, builder.I64(above));
        return builder.Binary(type.IsSigned ? Op.ShiftRightSigned : Op.ShiftRight, left, builder.I64(64 - field.Bits));
    }

    private static Value Address(ProbeLowering probe, Operand target, StructField field, int offset)
    {
        StructType? root = target.Type.Struct ?? target.Type.Element?.Struct;
        return probe.Script.PortableFields?.Find(root, field, offset) is { } access
            ? probe.Builder.Binary(Op.Add, target.Value, probe.Builder.CoreConstant(IrType.I64, access))
            : Sum(probe, target.Value, offset);
    }

    private static Value Sum(ProbeLowering probe, Value address, int offset) => offset == 0 ? address : probe.Builder.Binary(Op.Add, address, probe.Builder.I64(offset));
}

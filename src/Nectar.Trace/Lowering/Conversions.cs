// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Lowering;

/// <summary>Values of one type as another, and bytes from one place to another.</summary>
internal sealed class Conversions(ProbeLowering probe)
{
    /// <summary>From here on copies are left to a helper instead of a load and a store for each word.</summary>
    private const int LargestInline = 256;

    private IrBuilder Builder => probe.Builder;

    /// <summary>A value in a register as a type has it.</summary>
    public Value Scalar(Operand value, TraceType type)
    {
        if (value.Type.IsAggregation && value.Kind == OperandKind.Scalar) return value.Value;
        if (!value.IsScalar)
        {
            if (value.Kind == OperandKind.Memory && value.Type.Size is 1 or 2 or 4 or 8) return Scalar(probe.Memory.Load(value.Value, TraceType.Integer(value.Type.Size, type.IsSigned)), type);
            if (value.Kind == OperandKind.Remote) return value.Value; // a struct or array that decays to its address
            return Builder.PointerToInteger(value.Value);
        }

        if (type.Kind == TypeKind.Boolean) return value.Type.Kind == TypeKind.Boolean ? value.Value : Truth(value.Value);
        return Fits(value.Type, type) ? value.Value : Extend(value.Value, type);
    }

    public Operand Convert(Operand value, TraceType type) => type.IsScalar ? Operand.Scalar(type, Scalar(value, type)) : value with { Type = type };

    /// <summary>The low bytes of a register, extended as a type says.</summary>
    public Value Extend(Value value, TraceType type)
    {
        if (type.Size is 0 or >= 8) return value;
        return type.IsSigned ? Builder.SignExtend(value, type.Size, IrType.I64) : Builder.ZeroExtend(value, type.Size, IrType.I64);
    }

    /// <summary>A comparison's result, or a number, as 0 or 1 in a register.</summary>
    public Value Truth(Value value) => Builder.ZeroExtend(value.Type == IrType.I32 ? value : Builder.Compare(Op.NotEqual, value, Builder.I64(0)), 4, IrType.I64);

    /// <summary>Writes a value, laid out as a type says, to memory of the type's size.</summary>
    public void Into(Operand value, Value to, TraceType type)
    {
        if (type.IsScalar)
        {
            Builder.Store(to, Scalar(value, type), Math.Max(1, type.Size));
            return;
        }

        switch (value.Kind)
        {
            case OperandKind.Remote when type.Kind == TypeKind.String && value.Type.Size != type.Size:
                Clear(to, type.Size);
                probe.Memory.ReadInto(to, value.Value, Math.Min(type.Size, value.Type.Size), value.Type.Space);
                break;
            case OperandKind.Remote:
                probe.Memory.ReadInto(to, value.Value, type.Size, value.Type.Space);
                break;
            case OperandKind.Context:
                FromContext(value, to, type);
                break;
            case OperandKind.Scalar:
                Clear(to, type.Size);
                StoreLow(to, value.Value, Math.Min(type.Size, 8));
                break;
            case OperandKind.Memory when type.Kind == TypeKind.Tuple && value.Type.Kind == TypeKind.Tuple && !SameLayout(value.Type, type):
                Clear(to, type.Size);
                for (int i = 0; i < Math.Min(type.Fields.Count, value.Type.Fields.Count); i++)
                {
                    TupleField field = type.Fields[i];
                    TupleField from = field.Name.Length == 0 ? value.Type.Fields[i] : value.Type.Fields.First(f => f.Name == field.Name);
                    Into(probe.Memory.Load(value.Value, from.Type, from.Offset), Builder.Offset(to, field.Offset), field.Type);
                }

                break;
            case OperandKind.Memory when type.Kind == TypeKind.String && value.Type.Size > type.Size:
                Copy(to, value.Value, type.Size - 1);
                Builder.Store(to, Builder.I32(0), 1, type.Size - 1);
                break;
            default:
                Copy(to, value.Value, Math.Min(type.Size, value.Type.Size));
                if (type.Size > value.Type.Size) Clear(Builder.Offset(to, value.Type.Size), type.Size - value.Type.Size);
                break;
        }
    }

    /// <summary>The low bytes of a register, in as few stores as their number allows: 7 are 4, 2 and 1.</summary>
    private void StoreLow(Value to, Value value, int size)
    {
        for (int at = 0; at < size;)
        {
            int width = 1 << System.Numerics.BitOperations.Log2((uint)(size - at));
            Builder.Store(to, at == 0 ? value : Builder.Binary(Op.ShiftRight, value, Builder.I64(at * 8)), width, at);
            at += width;
        }
    }

    /// <summary>Bytes from one place of the program to another.</summary>
    public void Copy(Value to, Value from, int size)
    {
        if (size <= 0 || ReferenceEquals(to, from)) return;
        if (size <= LargestInline) Builder.MemoryCopy(to, from, size);
        else probe.Call(Helper.ProbeReadKernel, to, Builder.I64(size), from); // never fails on a program's own memory
    }

    public void Clear(Value to, int size)
    {
        if (size <= 0) return;
        if (size <= LargestInline) Builder.MemorySet(to, Builder.I32(0), size);
        else probe.Call(Helper.ProbeReadKernel, to, Builder.I64(size), probe.Zeroes(size));
    }

    /// <summary>A pointer to the value's bytes: where they are, if the program can read there.</summary>
    public Value ToMemory(Operand value, TraceType type)
    {
        if (value.Kind == OperandKind.Memory && !type.IsScalar && value.Type.Size == type.Size && (type.Kind != TypeKind.Tuple || SameLayout(value.Type, type))) return value.Value;
        Value to = probe.Memory.Allocate(type.Size);
        Into(value, to, type);
        return to;
    }

    /// <summary>The same with bytes that were remote or in the context now where the program can read them.</summary>
    public Operand Local(Operand value)
    {
        if (value.Kind is not (OperandKind.Remote or OperandKind.Context)) return value;
        TraceType type = value.Type with { Space = AddressSpace.None };
        Value to = probe.Memory.Allocate(type.Size);
        Into(value, to, type);
        return Operand.Memory(type, to);
    }

    private void FromContext(Operand value, Value to, TraceType type)
    {
        int size = Math.Min(type.Size, value.Type.Size);
        probe.Memory.ReadInto(to, Builder.PointerToInteger(value.Value), size, AddressSpace.Kernel);
        if (type.Size > size) Clear(Builder.Offset(to, size), type.Size - size);
    }

    /// <summary>Every value of one type is one of the other, extended the same way.</summary>
    private static bool Fits(TraceType from, TraceType to) =>
        to.Size >= 8 || from.Kind == TypeKind.Boolean || (from.Size <= to.Size && (from.IsSigned == to.IsSigned || (!from.IsSigned && from.Size < to.Size)));

    private static bool SameLayout(TraceType left, TraceType right)
    {
        if (left.Size != right.Size || left.Fields.Count != right.Fields.Count) return false;
        for (int i = 0; i < left.Fields.Count; i++)
        {
            TupleField a = left.Fields[i], b = right.Fields[i];
            if (a.Name != b.Name || a.Offset != b.Offset || a.Type.Size != b.Type.Size || a.Type.Kind != b.Type.Kind || (a.Type.Kind == TypeKind.Tuple && !SameLayout(a.Type, b.Type))) return false;
        }

        return true;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;

namespace Nectar.Trace.Language.Types;

/// <summary>
/// A type. Immutable; equal if it is the same type of the same size: what only says where a value comes from (<see cref="Space"/>,
/// <see cref="IsContext"/>, <see cref="IsFlexible"/>, <see cref="Clock"/>, <see cref="Shape"/>) does not count.
/// </summary>
internal sealed record TraceType(TypeKind Kind, int Size)
{
    public static readonly TraceType None = new(TypeKind.None, 0), Void = new(TypeKind.Void, 0), Boolean = new(TypeKind.Boolean, 1),
        Int8 = Integer(1, true), Int16 = Integer(2, true), Int32 = Integer(4, true), Int64 = Integer(8, true),
        UInt8 = Integer(1, false), UInt16 = Integer(2, false), UInt32 = Integer(4, false), UInt64 = Integer(8, false);

    public bool IsSigned { get; init; }

    /// <summary>Of arrays and pointers.</summary>
    public TraceType? Element { get; init; }

    /// <summary>Elements of an array.</summary>
    public int Count { get; init; }

    public StructType? Struct { get; init; }

    /// <summary>Of tuples; compared as a sequence.</summary>
    public EquatableList<TupleField> Fields { get; init; } = EquatableList<TupleField>.Empty;

    /// <summary>Of pointers, and of structs and arrays that are still in memory.</summary>
    public AddressSpace Space { get; init; }

    /// <summary>Of integers: a literal that is not negative, which takes the sign of what it meets.</summary>
    public bool IsFlexible { get; init; }

    /// <summary>Of pointers, structs and arrays: in the program's context (<c>ctx</c>, <c>args</c>), which is read directly.</summary>
    public bool IsContext { get; init; }

    /// <summary>Of integers that are times, and of timestamps.</summary>
    public ClockKind Clock { get; init; }

    /// <summary>Of integers that are of an enum: <c>enum x</c>'s name and values, for printing.</summary>
    public EnumType? Enum { get; init; }

    public StackOptions? Stack { get; init; }

    /// <summary>Of histograms and time series.</summary>
    public HistogramShape? Shape { get; init; }

    public bool IsNone => Kind == TypeKind.None;

    /// <summary>A tuple whose fields have names.</summary>
    public bool IsRecord => Kind == TypeKind.Tuple && Fields.Count > 0 && Fields[0].Name.Length > 0;

    /// <summary>An aggregation whose value is a number, so that it can be used as one.</summary>
    public bool IsCountable => Kind is TypeKind.Count or TypeKind.Sum or TypeKind.Minimum or TypeKind.Maximum or TypeKind.Average;

    /// <summary>An aggregation of many numbers: only a whole map of it is printed.</summary>
    public bool IsHistogram => Kind is TypeKind.Histogram or TypeKind.LinearHistogram or TypeKind.TimeSeries;

    public bool IsStack => Kind is TypeKind.KernelStack or TypeKind.UserStack;

    public bool IsInteger => Kind == TypeKind.Integer;

    /// <summary>Adds up over CPUs: only a map's value.</summary>
    public bool IsAggregation => Kind >= TypeKind.Count;

    /// <summary>In a register: integers, booleans, pointers.</summary>
    public bool IsScalar => Kind is TypeKind.Integer or TypeKind.Boolean or TypeKind.Pointer;

    public int Alignment => Kind switch
    {
        TypeKind.Integer or TypeKind.Boolean or TypeKind.Pointer => Math.Max(1, Size),
        TypeKind.String or TypeKind.MacAddress => 1,
        TypeKind.Buffer => 4,
        TypeKind.Array => Element!.Alignment,
        TypeKind.Struct => Struct!.Alignment,
        TypeKind.Tuple => Fields.Count == 0 ? 1 : Fields.Max(f => f.Type.Alignment),
        _ => 8,
    };

    public static TraceType Integer(int size, bool isSigned, EnumType? of = null) => new(TypeKind.Integer, size) { IsSigned = isSigned, Enum = of };

    public static TraceType String(int size) => new(TypeKind.String, size);

    /// <param name="bytes">Of the content.</param>
    public static TraceType Buffer(int bytes) => new(TypeKind.Buffer, bytes + 4);

    public static TraceType Array(TraceType element, int count, AddressSpace space = AddressSpace.None) => new(TypeKind.Array, element.Size * count) { Element = element, Count = count, Space = space };

    public static TraceType Pointer(TraceType element, AddressSpace space = AddressSpace.None) => new(TypeKind.Pointer, 8) { Element = element, Space = space };

    public static TraceType Of(StructType type, AddressSpace space = AddressSpace.None) => new(TypeKind.Struct, type.Size) { Struct = type, Space = space };

    /// <summary>A tuple with its fields laid out as C would.</summary>
    public static TraceType Tuple(ReadOnlySpan<(string Name, TraceType Type)> items)
    {
        ImmutableArray<TupleField>.Builder fields = ImmutableArray.CreateBuilder<TupleField>(items.Length);
        int offset = 0, alignment = 1;
        foreach ((string name, TraceType type) in items)
        {
            offset = Align(offset, type.Alignment);
            alignment = Math.Max(alignment, type.Alignment);
            fields.Add(new TupleField(name, type, offset));
            offset += type.Size;
        }

        return new TraceType(TypeKind.Tuple, Align(offset, alignment)) { Fields = new EquatableList<TupleField>(fields.DrainToImmutable()) };
    }

    public static TraceType KernelStack(StackOptions options) => new(TypeKind.KernelStack, 24) { Stack = options };

    public static TraceType UserStack(StackOptions options) => new(TypeKind.UserStack, 24) { Stack = options };

    public bool Equals(TraceType? other)
    {
        if (ReferenceEquals(this, other)) return true;
        if (other is null || other.Kind != Kind) return false;
        return Kind switch
        {
            TypeKind.Integer => Size == other.Size && Equals(Enum, other.Enum) && (Enum is not null || IsSigned == other.IsSigned),
            TypeKind.Pointer => Element!.Equals(other.Element),
            TypeKind.Array => Count == other.Count && Element!.Equals(other.Element),
            TypeKind.Struct => Size == other.Size && Struct!.Name == other.Struct!.Name,
            TypeKind.Tuple => Fields.Equals(other.Fields),
            TypeKind.KernelStack or TypeKind.UserStack => Equals(Stack, other.Stack),
            _ => Size == other.Size && IsSigned == other.IsSigned,
        };
    }

    public override int GetHashCode() => HashCode.Combine(Kind, Size, Count, Fields.Count);

    /// <summary>Equal in everything: what a fixpoint is recognised by.</summary>
    public bool IsIdentical(TraceType other)
    {
        if (ReferenceEquals(this, other)) return true;
        if (!Equals(other) || Space != other.Space || IsFlexible != other.IsFlexible || IsContext != other.IsContext || Clock != other.Clock || !Equals(Shape, other.Shape)) return false;
        if (Element is not null && !Element.IsIdentical(other.Element!)) return false;
        for (int i = 0; i < Fields.Count; i++)
        {
            if (!Fields[i].Type.IsIdentical(other.Fields[i].Type)) return false;
        }

        return true;
    }

    internal static int Align(int offset, int alignment) => (offset + alignment - 1) / alignment * alignment;

    /// <summary>As error messages name it.</summary>
    public override string ToString() => TypeNames.Describe(this);
}

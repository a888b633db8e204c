// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Reflection.Metadata;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Construction;

/// <summary>What an entry of the evaluation stack is while a constructor is run.</summary>
internal enum EvaluatedKind : byte
{
    /// <summary>A number of 32 bits, kept extended with its sign.</summary>
    Int32,

    /// <summary>A number of 64 bits.</summary>
    Int64,

    /// <summary>A reference: <see cref="EvaluatedObject"/>, <see cref="EvaluatedMap"/>, <c>string</c>, null.</summary>
    Reference,

    /// <summary>A struct: a copy of its bytes.</summary>
    Struct,

    /// <summary>The address of memory that holds a value.</summary>
    Address,

    /// <summary>Something that only exists at run time.</summary>
    Unknown,
}

/// <summary>An entry of the evaluation stack.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Number">The number; for addresses the offset in bytes.</param>
/// <param name="Object">The object, the bytes, or why it is unknown.</param>
internal readonly record struct EvaluatedValue(EvaluatedKind Kind, long Number, object? Object)
{
    public static EvaluatedValue Int32(long number) => new(EvaluatedKind.Int32, (int)number, null);

    public static EvaluatedValue Int64(long number) => new(EvaluatedKind.Int64, number, null);

    public static EvaluatedValue Reference(object? value) => new(EvaluatedKind.Reference, 0, value);

    public static EvaluatedValue Address(byte[] memory, int offset) => new(EvaluatedKind.Address, offset, memory);

    public static EvaluatedValue Unknown(UnknownValue why) => new(EvaluatedKind.Unknown, 0, why);

    /// <summary>Reads a value of a type from memory.</summary>
    public static EvaluatedValue Load(byte[] memory, int offset, TypeModel type)
    {
        ReadOnlySpan<byte> at = memory.AsSpan(offset, type.Size);
        if (type.Shape == TypeShape.Struct) return new EvaluatedValue(EvaluatedKind.Struct, 0, at.ToArray());
        return (type.Size, type.IsSigned) switch
        {
            (1, false) => Int32(at[0]),
            (1, true) => Int32((sbyte)at[0]),
            (2, false) => Int32(BinaryPrimitives.ReadUInt16LittleEndian(at)),
            (2, true) => Int32(BinaryPrimitives.ReadInt16LittleEndian(at)),
            (4, _) => Int32(BinaryPrimitives.ReadInt32LittleEndian(at)),
            _ => Int64(BinaryPrimitives.ReadInt64LittleEndian(at)),
        };
    }

    /// <summary>Writes the value to memory that holds a value of a type. False if it does not fit there.</summary>
    public bool Store(byte[] memory, int offset, TypeModel type)
    {
        if (offset < 0 || offset > memory.Length - type.Size) return false;
        Span<byte> at = memory.AsSpan(offset, type.Size);
        switch (Kind)
        {
            case EvaluatedKind.Struct when ((byte[])Object!).Length == at.Length:
                ((byte[])Object).CopyTo(at);
                return true;
            case EvaluatedKind.Int32 or EvaluatedKind.Int64 when at.Length <= 8:
                Span<byte> number = stackalloc byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(number, Number);
                number[..at.Length].CopyTo(at);
                return true;
            case EvaluatedKind.Reference when Object is null && at.Length == 8:
                at.Clear(); // a null pointer
                return true;
            default:
                return false;
        }
    }
}

/// <summary>A value that only exists at run time, and where it came from: reported if a program's shape depends on it.</summary>
/// <param name="Reason">What it is.</param>
/// <param name="Location">Where it was made.</param>
internal sealed record UnknownValue(string Reason, SourceLocation? Location);

/// <summary>An object of a class of the author or the library: its fields. Value types are bytes, references are objects.</summary>
internal sealed class EvaluatedObject(TypeModel type)
{
    private readonly Dictionary<(TypeModel, string), object?> _fields = [];

    public TypeModel Type { get; } = type;

    /// <summary>The bytes of a field of a value type; zeros before it is set.</summary>
    public byte[] Bytes(FieldModel field)
    {
        if (_fields.TryGetValue((field.DeclaringType, field.Name), out object? value) && value is byte[] bytes) return bytes;
        bytes = new byte[field.Type.Size];
        _fields[(field.DeclaringType, field.Name)] = bytes;
        return bytes;
    }

    /// <summary>The object in a field, or an <see cref="UnknownValue"/> in a field of any type.</summary>
    public object? this[FieldModel field]
    {
        get => _fields.GetValueOrDefault((field.DeclaringType, field.Name));
        set => _fields[(field.DeclaringType, field.Name)] = value;
    }
}

/// <summary>A map as its constructor was called.</summary>
internal sealed class EvaluatedMap(TypeModel type, SourceLocation? location)
{
    /// <summary>The class, with key and value as generic arguments.</summary>
    public TypeModel Type { get; } = type;

    /// <summary>Where it was made.</summary>
    public SourceLocation? Location { get; } = location;

    public long? MaxEntries { get; set; }

    public long Flags { get; set; }

    public long Extra { get; set; }

    public EvaluatedMap? Inner { get; set; }
}

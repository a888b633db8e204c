// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>
/// An entry of the evaluation stack: a number or address in a register, a struct in memory, or an object that is known while translating.
/// </summary>
/// <param name="Value">The register; for structs the address of its bytes.</param>
/// <param name="Struct">The type of a struct; null for others.</param>
/// <param name="Object">The object; null for others.</param>
/// <param name="IsOwn">For structs: the bytes belong to this entry, nobody else reads or writes them. Otherwise they are borrowed until the next write.</param>
internal readonly record struct Operand(Value? Value, TypeModel? Struct, KnownObject? Object, bool IsOwn)
{
    public static Operand Of(Value value) => new(value, null, null, false);

    public static Operand Of(KnownObject known) => new(null, null, known, false);

    /// <summary>A struct whose bytes lie where they may change.</summary>
    public static Operand Borrowed(Value address, TypeModel type) => new(address, type, null, false);

    /// <summary>A struct in memory of its own.</summary>
    public static Operand Own(Value address, TypeModel type) => new(address, type, null, true);

    public bool IsStruct => Struct is not null;

    public bool IsObject => Object is not null;
}

/// <summary>What a type is on the evaluation stack.</summary>
internal enum StackKind : byte
{
    /// <summary>Nothing.</summary>
    Void,

    /// <summary>32 bits; also what is narrower in memory.</summary>
    I32,

    /// <summary>64 bits, <c>nint</c> too.</summary>
    I64,

    /// <summary>A pointer or a reference to a place.</summary>
    Pointer,

    /// <summary>A value type with fields.</summary>
    Struct,

    /// <summary>A reference to an object.</summary>
    Object,

    /// <summary>A floating-point number.</summary>
    Float,
}

/// <summary>Types seen from the evaluation stack.</summary>
internal static class StackKinds
{
    public static StackKind Of(TypeModel type)
    {
        switch (type.Shape)
        {
            case TypeShape.Primitive or TypeShape.Enum:
                if (type.IsVoid) return StackKind.Void;
                if (type.IsFloat) return StackKind.Float;
                if (!type.IsInteger) return StackKind.Object;
                return type.Size == 8 ? StackKind.I64 : StackKind.I32;
            case TypeShape.Pointer or TypeShape.ByRef or TypeShape.FunctionPointer:
                return StackKind.Pointer;
            case TypeShape.Struct:
                return StackKind.Struct;
            default:
                return StackKind.Object;
        }
    }

    /// <summary>The register that holds it; Void for what is in none.</summary>
    public static IrType Register(TypeModel type) => Of(type) switch
    {
        StackKind.I32 => IrType.I32,
        StackKind.I64 => IrType.I64,
        StackKind.Pointer => IrType.Pointer,
        _ => IrType.Void,
    };
}

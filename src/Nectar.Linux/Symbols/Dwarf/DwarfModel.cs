// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Dwarf;

/// <summary>Kinds of type.</summary>
public enum DwarfTypeKind : byte
{
    /// <summary>Nothing: what <c>void *</c> points to.</summary>
    Void,

    /// <summary>A whole number with a sign.</summary>
    SignedInteger,

    /// <summary>A whole number without sign; an address.</summary>
    UnsignedInteger,

    /// <summary>A character; <see cref="DwarfType.IsSigned"/> says of which kind.</summary>
    Character,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A floating-point number.</summary>
    Float,

    /// <summary>A pointer.</summary>
    Pointer,

    /// <summary>A reference of C++.</summary>
    Reference,

    /// <summary>A structure or class.</summary>
    Struct,

    /// <summary>A union.</summary>
    Union,

    /// <summary>An enumeration.</summary>
    Enum,

    /// <summary>An array.</summary>
    Array,

    /// <summary>Another name for a type.</summary>
    Typedef,

    /// <summary>A type with <c>const</c>, <c>volatile</c>, <c>restrict</c> or <c>_Atomic</c>.</summary>
    Qualified,

    /// <summary>A function.</summary>
    Function,

    /// <summary>What is not read further: complex numbers, pointers to members, types of other languages.</summary>
    Other,
}

/// <summary>A member of a structure, class or union.</summary>
/// <param name="Name">Its name; null for an anonymous structure or union and for a base class.</param>
/// <param name="Type">Its type.</param>
/// <param name="Offset">Bytes from the start.</param>
/// <param name="BitOffset">Bits from the start of the structure; 0 if it is no bit field.</param>
/// <param name="BitSize">Bits; 0 if it is no bit field.</param>
/// <param name="IsBase">True for a base class.</param>
public sealed record DwarfMember(string? Name, DwarfType Type, ulong Offset, ulong BitOffset, int BitSize, bool IsBase);

/// <summary>A parameter of a function.</summary>
/// <param name="Name">Its name; null if it has none.</param>
/// <param name="Type">Its type.</param>
/// <param name="IsArtificial">True for what the compiler added: <c>this</c>.</param>
public sealed record DwarfParameter(string? Name, DwarfType Type, bool IsArtificial);

/// <summary>A function whose code the compiler put in place of a call.</summary>
/// <param name="Name">As the linker would know it, or as in the source.</param>
/// <param name="File">Where in it the code is from: the path as the compiler was given it, with its folder.</param>
/// <param name="Line">From 1; 0 if it is not known.</param>
public readonly record struct DwarfInlinedFunction(string Name, string File, int Line);

/// <summary>Where code comes from.</summary>
/// <param name="File">Of the function that has the code: the path as the compiler was given it, with its folder.</param>
/// <param name="Line">From 1; 0 if it is not known.</param>
/// <param name="Inlined">Functions that were put into it there, the innermost first.</param>
public sealed record DwarfPlace(string File, int Line, IReadOnlyList<DwarfInlinedFunction> Inlined);

/// <summary>A function that has code.</summary>
/// <param name="Name">As in the source, without scope.</param>
/// <param name="LinkageName">As the linker knows it, if that is another one (C++, Rust); else null.</param>
/// <param name="Address">Where it is linked to.</param>
/// <param name="Size">Bytes of the part that holds its entry.</param>
/// <param name="Parameters">In order.</param>
/// <param name="ReturnType">What it gives; of kind void if nothing.</param>
/// <param name="HasVariableArguments">True if it ends with <c>...</c>.</param>
/// <param name="IsExternal">True if other source files may call it.</param>
public sealed record DwarfFunction(
    string Name,
    string? LinkageName,
    ulong Address,
    ulong Size,
    IReadOnlyList<DwarfParameter> Parameters,
    DwarfType ReturnType,
    bool HasVariableArguments,
    bool IsExternal);

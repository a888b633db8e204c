// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Compiler.Frontends.IL.Metadata;

/// <summary>The kinds of type that IL knows.</summary>
internal enum TypeShape : byte
{
    /// <summary>A type that CLI signatures have a code for: integers, <c>bool</c>, <c>char</c>, floats, <c>nint</c>, <c>void</c>, <c>string</c>, <c>object</c>.</summary>
    Primitive,

    /// <summary>A value type with fields.</summary>
    Struct,

    /// <summary>An enumeration; <see cref="TypeModel.Element"/> is the integer that holds it.</summary>
    Enum,

    /// <summary>A class.</summary>
    Class,

    /// <summary>An interface.</summary>
    Interface,

    /// <summary>An unmanaged pointer to <see cref="TypeModel.Element"/>.</summary>
    Pointer,

    /// <summary>A reference (<c>ref</c>, <c>in</c>, <c>out</c>) to <see cref="TypeModel.Element"/>.</summary>
    ByRef,

    /// <summary>An array on the heap of <see cref="TypeModel.Element"/>.</summary>
    Array,

    /// <summary>A pointer to a function.</summary>
    FunctionPointer,

    /// <summary>A parameter of a generic type or method that has no argument (yet): only while members are looked up.</summary>
    GenericParameter,

    /// <summary>A type of the framework for which there is no substitute in C#: it has a name and arguments, but no members.</summary>
    External,
}

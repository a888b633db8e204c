// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Lowering;

/// <summary>Where the value of an expression is while code is made.</summary>
internal enum OperandKind : byte
{
    /// <summary>There is none: a call for its effect.</summary>
    Nothing,

    /// <summary>In a register: an I64, extended as its type's sign says; truth values are 0 or 1; pointers of scripts are numbers, too.</summary>
    Scalar,

    /// <summary>Bytes that the program can read directly (frame, map value, scratch, constants), laid out as the type says. They may be someone's: read only.</summary>
    Memory,

    /// <summary>Bytes that are still in the kernel's or a process's memory; the value is their address as an I64. <see cref="TraceType.Space"/> says whose.</summary>
    Remote,

    /// <summary>Bytes in the program's context: loads at fixed offsets from a pointer.</summary>
    Context,
}

/// <summary>The value of an expression, or where it is.</summary>
internal readonly record struct Operand(OperandKind Kind, TraceType Type, Value? Address)
{
    public static Operand Nothing { get; } = new(OperandKind.Nothing, TraceType.Void, null);

    /// <summary>The register of a scalar, the pointer of bytes, the address of remote ones.</summary>
    public Value Value => Address ?? throw new InvalidOperationException("the expression has no value");

    public bool IsScalar => Kind == OperandKind.Scalar;

    /// <param name="type">Of the value.</param>
    /// <param name="value">An I64, already extended as the type says.</param>
    public static Operand Scalar(TraceType type, Value value) => new(OperandKind.Scalar, type, value);

    /// <param name="type">Of the bytes.</param>
    /// <param name="pointer">A pointer that can be read directly.</param>
    public static Operand Memory(TraceType type, Value pointer) => new(OperandKind.Memory, type, pointer);

    /// <param name="type">With the address space.</param>
    /// <param name="address">An I64.</param>
    public static Operand Remote(TraceType type, Value address) => new(OperandKind.Remote, type, address);
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Domain;

namespace Nectar.Bpf.Verifier.States;

/// <summary>What is known about a register or a spilled register at one place of one path.</summary>
internal struct RegisterState
{
    /// <summary>Set in <see cref="Id"/> of a scalar that is another with the same id plus <see cref="Offset"/>.</summary>
    internal const int IdPlusConstant = int.MinValue;

    /// <summary>In <see cref="Extent"/> of a packet pointer: known to be at, or behind, the packet's end.</summary>
    internal const int AtPacketEnd = -1, BehindPacketEnd = -2;

    /// <summary>The number; for an address the part of its offset that is not constant.</summary>
    internal ScalarRange Range;

    /// <summary>For an address the constant part of its offset; for a linked scalar the distance to the one it is linked to.</summary>
    internal int Offset;

    /// <summary>Registers with the same id hold the same number, or the same address apart from <see cref="Offset"/>; 0 for none.</summary>
    internal int Id;

    /// <summary>The reference that keeps the object alive; 0 for none.</summary>
    internal int ReferenceId;

    /// <summary>Index of the map (map kinds), BTF type (objects), number of the frame (stack), index of the subprogram (functions), kind of dynptr (dynptrs, on the stack too), BTF type (iterators on the stack).</summary>
    internal int Target;

    /// <summary>Bytes: known to be inside the packet (packet pointers), size of memory (memory); depth (iterators on the stack).</summary>
    internal int Extent;

    /// <summary>Which instance of an inner map (map kinds), which set of types (objects: 0 the kernel's, 1 the program's, above a module's), the dynptr that a slice comes from (memory).</summary>
    internal int Origin;

    /// <summary>More about an address.</summary>
    internal PointerFlags Flags;

    /// <summary>What it holds.</summary>
    internal RegisterKind Kind;

    /// <summary>True for a number whose value mattered: states differ if it differs.</summary>
    internal bool IsPrecise;

    /// <summary>True for the first of the slots that a dynptr or an iterator takes on the stack.</summary>
    internal bool IsFirstSlot;

    /// <summary>State of an iterator on the stack: <see cref="IteratorActive"/> or <see cref="IteratorDrained"/>.</summary>
    internal byte Detail;

    internal const byte IteratorActive = 1, IteratorDrained = 2;

    internal readonly bool IsPointer => Kind > RegisterKind.Scalar;

    internal readonly bool IsScalar => Kind == RegisterKind.Scalar;

    internal readonly bool MaybeNull => (Flags & PointerFlags.MaybeNull) != 0;

    /// <summary>True for a number with one value, or an address whose offset is constant.</summary>
    internal readonly bool HasConstantRange => Range.Bits.Mask == 0;

    internal readonly bool IsConstant => Kind == RegisterKind.Scalar && Range.Bits.Mask == 0;

    /// <summary>True for the number 0.</summary>
    internal readonly bool IsNull => Kind == RegisterKind.Scalar && Range.Bits.Mask == 0 && Range.Bits.Value == 0;

    internal readonly bool IsPacket => Kind is RegisterKind.Packet or RegisterKind.PacketMeta;

    /// <summary>The id without the mark of a distance.</summary>
    internal readonly int BaseId => Id & ~IdPlusConstant;

    internal static RegisterState Unknown => new() { Kind = RegisterKind.Scalar, Range = ScalarRange.Unknown };

    internal static RegisterState Constant(ulong value) => new() { Kind = RegisterKind.Scalar, Range = ScalarRange.Const(value) };

    /// <summary>An address at offset 0 of something.</summary>
    internal static RegisterState Pointer(RegisterKind kind, PointerFlags flags = PointerFlags.None) =>
        new() { Kind = kind, Flags = flags, Range = ScalarRange.Const(0) };

    /// <inheritdoc/>
    public override readonly string ToString() => StateText.Of(this);
}

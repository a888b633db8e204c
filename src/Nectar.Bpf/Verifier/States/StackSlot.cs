// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.States;

/// <summary>What one byte of the stack holds.</summary>
internal enum SlotKind : byte
{
    /// <summary>Never written on this path.</summary>
    Invalid,

    /// <summary>Part of a register that was stored.</summary>
    Spill,

    /// <summary>Any number.</summary>
    Misc,

    /// <summary>Zero.</summary>
    Zero,

    /// <summary>Part of a dynptr.</summary>
    Dynptr,

    /// <summary>Part of an iterator.</summary>
    Iterator,

    /// <summary>Saved interrupt flags.</summary>
    IrqFlag,
}

/// <summary>Eight aligned bytes of a frame.</summary>
internal struct StackSlot
{
    internal const ulong AllInvalid = 0;
    internal const ulong AllSpill = 0x0101010101010101, AllMisc = 0x0202020202020202, AllZero = 0x0303030303030303, AllDynptr = 0x0404040404040404,
        AllIterator = 0x0505050505050505, AllIrqFlag = 0x0606060606060606;

    /// <summary>The stored register, or the object that lies here, where <see cref="Kinds"/> say so.</summary>
    internal RegisterState Spilled;

    /// <summary>The <see cref="SlotKind"/> of each byte, counted as offsets are: byte 7 is the one at the lowest address.</summary>
    internal ulong Kinds;

    /// <summary>True if the bytes are read before they are written, on some path from here.</summary>
    internal bool IsRead;

    /// <summary>True if all of it was written since the last checkpoint: reads from here on do not reach behind it.</summary>
    internal bool IsWritten;

    internal readonly SlotKind KindAt(int @byte) => (SlotKind)(byte)(Kinds >> (@byte * 8));

    internal void SetKind(int @byte, SlotKind kind) => Kinds = (Kinds & ~(0xFFUL << (@byte * 8))) | ((ulong)kind << (@byte * 8));

    /// <summary>True if a register of any width was stored at the lowest address of the slot.</summary>
    internal readonly bool IsSpill => (SlotKind)(byte)(Kinds >> 56) == SlotKind.Spill;

    /// <summary>True if a register of 8 bytes is stored here.</summary>
    internal readonly bool IsFullSpill => Kinds == AllSpill;

    internal readonly bool IsSpecial => (SlotKind)(byte)(Kinds >> 56) is SlotKind.Dynptr or SlotKind.Iterator or SlotKind.IrqFlag;
}

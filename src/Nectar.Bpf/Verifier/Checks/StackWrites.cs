// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;
using Nectar.Bpf.Verifier.Calls;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Exploration;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>Stores to the stack: registers that are stored keep all that is known of them.</summary>
internal static class StackWrites
{
    /// <param name="a">The verification.</param>
    /// <param name="register">The register that points to the stack.</param>
    /// <param name="offset">The offset from r10, without the variable part.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="value">The register that is stored, <see cref="MemoryAccess.NoValue"/> or <see cref="MemoryAccess.Immediate"/>.</param>
    internal static void Store(Analysis a, int register, int offset, int size, int value)
    {
        ref RegisterState pointer = ref a.Registers[register];
        FrameState frame = a.State.Frames[pointer.Target]!;
        if (pointer.HasConstantRange) StoreAt(a, frame, offset + (int)pointer.Range.Bits.Value, size, value);
        else StoreSomewhere(a, frame, register, offset, size, value);
    }

    /// <summary>What was a stored register is any bytes now.</summary>
    internal static void Scrub(ref StackSlot slot)
    {
        for (int i = 0; i < 8; i++)
        {
            if (slot.KindAt(i) != SlotKind.Invalid) slot.SetKind(i, SlotKind.Misc);
        }
    }

    private static void StoreAt(Analysis a, FrameState frame, int offset, int size, int value)
    {
        int s = StackAccess.SlotOf(offset);
        StackObjects.Destroy(a, frame, s);
        ref StackSlot slot = ref frame.Stack[s];
        bool atSlotStart = offset % 8 == 0;
        if (value >= 0 && atSlotStart && a.Registers[value].Kind == RegisterKind.Scalar)
        {
            bool fits = 64 - BitOperations.LeadingZeroCount(a.Registers[value].Range.UMax) <= size * 8;
            if (fits) ArithmeticCheck.ShareId(a, ref a.Registers[value]);
            Save(ref slot, a.Registers[value], size);
            if (!fits) slot.Spilled.Id = slot.Spilled.Offset = 0;
        }
        else if (value == MemoryAccess.Immediate && atSlotStart)
        {
            Save(ref slot, RegisterState.Constant((ulong)a.Instruction.Immediate), size);
        }
        else if (value >= 0 && a.Registers[value].IsPointer)
        {
            if (size != 8) a.RefuseStack(ViolationKind.SpillSize, value, offset, $"r{value} is {StateText.Kind(a.Registers[value])}: an address is stored in 8 bytes, not {size}");
            if (frame != a.Frame && a.Registers[value].Kind == RegisterKind.Stack)
            {
                a.RefuseStack(ViolationKind.SpilledPointerCorrupted, value, offset, "an address of this frame's stack cannot be stored in the caller's: the frame ends first");
            }

            Save(ref slot, a.Registers[value], size);
        }
        else
        {
            StoreBytes(a, ref slot, offset, size, value);
            return;
        }

        Explorer.NoteStep(a, frame.Number, s, 0);
    }

    private static void Save(ref StackSlot slot, in RegisterState value, int size)
    {
        slot.Spilled = value;
        if (size == 8) slot.IsWritten = true;
        for (int i = 0; i < 8; i++)
        {
            if (i >= 8 - size) slot.SetKind(i, SlotKind.Spill);
            else if (slot.KindAt(i) is not (SlotKind.Zero or SlotKind.Invalid)) slot.SetKind(i, SlotKind.Misc);
        }
    }

    private static void StoreBytes(Analysis a, ref StackSlot slot, int offset, int size, int value)
    {
        if (slot.IsSpill || slot.IsSpecial) Scrub(ref slot);
        slot.Spilled = default;
        if (size == 8) slot.IsWritten = true;
        SlotKind kind = SlotKind.Misc;
        if (IsZero(a, value))
        {
            // it is zero only as long as the register was: the value mattered
            if (value >= 0) a.Precision.Mark(value);
            kind = SlotKind.Zero;
        }

        for (int i = 0; i < size; i++) slot.SetKind(StackAccess.ByteOf(offset + i), kind);
    }

    private static bool IsZero(Analysis a, int value) => value >= 0 ? a.Registers[value].IsNull : value == MemoryAccess.Immediate && a.Instruction.Immediate == 0;

    /// <summary>A store whose place is not known: every byte in reach may have changed.</summary>
    private static void StoreSomewhere(Analysis a, FrameState frame, int register, int offset, int size, int value)
    {
        ref RegisterState pointer = ref a.Registers[register];
        int low = (int)pointer.Range.SMin + offset, high = (int)pointer.Range.SMax + offset + size;
        bool isZero = IsZero(a, value), used = false;
        for (int at = low; at < high; at++) StackObjects.Destroy(a, frame, StackAccess.SlotOf(at));
        for (int at = low; at < high; at++)
        {
            ref StackSlot slot = ref frame.Stack[StackAccess.SlotOf(at)];
            int b = StackAccess.ByteOf(at);
            SlotKind kind = slot.KindAt(b);
            if (isZero && kind == SlotKind.Spill && slot.Spilled.IsNull)
            {
                used = true;
                continue;
            }

            if (slot.IsSpill || slot.IsSpecial) Scrub(ref slot);
            slot.Spilled = default;
            kind = slot.KindAt(b);
            if (isZero && kind == SlotKind.Zero) used = true;
            else slot.SetKind(b, SlotKind.Misc);
        }

        if (used && value >= 0) a.Precision.Mark(value);
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Exploration;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>Loads from the stack: a stored register comes back with all that is known of it.</summary>
internal static class StackReads
{
    internal static void Load(Analysis a, int register, int offset, int size, int value)
    {
        RegisterState pointer = a.Registers[register];
        FrameState frame = a.State.Frames[pointer.Target]!;
        if (pointer.HasConstantRange)
        {
            LoadAt(a, frame, offset + (int)pointer.Range.Bits.Value, size, value);
            return;
        }

        if (value < 0)
        {
            a.Refuse(ViolationKind.StackVariableOffset, register, $"the place in the stack has to be known: r{register} is {StateText.Of(pointer)}");
        }

        RawMemory none = default;
        StackAccess.CheckHelper(a, register, offset, size, false, false, ref none);
        SetFromBytes(a, frame, (int)pointer.Range.SMin + offset, (int)pointer.Range.SMax + offset + size, value);
    }

    private static void LoadAt(Analysis a, FrameState frame, int offset, int size, int value)
    {
        int s = StackAccess.SlotOf(offset);
        ref StackSlot slot = ref frame.Stack[s];
        bool restores = false;
        StackLiveness.MarkRead(a.State, frame.Number, s);
        if (slot.IsSpill)
        {
            int spilled = 1;
            while (spilled < 8 && slot.KindAt(7 - spilled) == SlotKind.Spill) spilled++;
            if (size == 8 && spilled == 8)
            {
                if (value >= 0)
                {
                    a.Registers[value] = slot.Spilled;
                    restores = true;
                }
            }
            else restores = LoadPart(a, frame, ref slot, offset, size, spilled, value);
        }
        else
        {
            for (int i = 0; i < size; i++) CheckByte(a, slot, offset, i, size);
            if (value >= 0) SetFromBytes(a, frame, offset, offset + size, value);
        }

        if (restores || (slot.IsSpill && value < 0)) Explorer.NoteStep(a, frame.Number, s, 0);
    }

    /// <summary>Part of a stored number.</summary>
    /// <returns>True if what was loaded comes from the stored register.</returns>
    private static bool LoadPart(Analysis a, FrameState frame, ref StackSlot slot, int offset, int size, int spilled, int value)
    {
        if (slot.Spilled.Kind != RegisterKind.Scalar)
        {
            a.RefuseStack(ViolationKind.SpillSize, -1, offset, $"the stack at {offset} holds {StateText.Kind(slot.Spilled)}: an address is loaded in 8 bytes, not {size}");
        }

        if (value < 0) return false;
        ref RegisterState target = ref a.Registers[value];
        // on little-endian machines the low part of a number is at the stored place itself
        if (size <= spilled && offset % 8 == 0)
        {
            target = slot.Spilled;
            if (64 - BitOperations.LeadingZeroCount(slot.Spilled.Range.UMax) > size * 8) target.Id = target.Offset = 0;
            return true;
        }

        int spills = 0, zeros = 0;
        for (int i = 0; i < size; i++)
        {
            SlotKind kind = slot.KindAt(StackAccess.ByteOf(offset + i));
            if (kind == SlotKind.Spill) spills++;
            else if (kind == SlotKind.Zero) zeros++;
            else CheckByte(a, slot, offset, i, size);
        }

        if ((spills == size && slot.Spilled.IsNull) || zeros == size)
        {
            a.SetConstant(value, 0);
            return zeros != size;
        }

        a.SetUnknown(value);
        return false;
    }

    private static void CheckByte(Analysis a, in StackSlot slot, int offset, int i, int size)
    {
        SlotKind kind = slot.KindAt(StackAccess.ByteOf(offset + i));
        if (kind is SlotKind.Misc or SlotKind.Zero || (kind == SlotKind.Invalid && StackAccess.MayReadUnwritten(a))) return;
        a.RefuseStack(ViolationKind.StackUninitialized, -1, offset,
            kind == SlotKind.Invalid
                ? $"byte {i} of the {size} bytes at {offset} of the stack was never written on this path"
                : $"byte {i} of the {size} bytes at {offset} of the stack belongs to an object that only its own calls may touch");
    }

    private static void SetFromBytes(Analysis a, FrameState frame, int low, int high, int value)
    {
        for (int at = low; at < high; at++)
        {
            if (frame.Stack[StackAccess.SlotOf(at)].KindAt(StackAccess.ByteOf(at)) == SlotKind.Zero) continue;
            a.SetUnknown(value);
            return;
        }

        a.SetConstant(value, 0);
    }
}

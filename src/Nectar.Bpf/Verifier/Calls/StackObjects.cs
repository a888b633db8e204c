// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Checks;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Exploration;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Objects that lie on the stack: dynptrs, iterators, saved interrupt flags. Programs pass their address and never look inside.</summary>
internal static class StackObjects
{
    /// <summary>The stack below r10 in bytes.</summary>
    internal const int StackSize = 512;

    /// <summary>The highest slot number of the object that a register points to; its first byte is there.</summary>
    /// <returns>-1 if the address cannot be that of an object of so many slots.</returns>
    internal static int SlotOf(in RegisterState pointer, int slots)
    {
        if (pointer.Kind != RegisterKind.Stack || !pointer.HasConstantRange) return -1;
        long offset = pointer.Offset + (long)pointer.Range.Bits.Value;
        if (offset % 8 != 0 || offset >= 0 || offset < -StackSize) return -1;
        int slot = (int)(-offset / 8) - 1;
        return slot + 1 < slots ? -1 : slot;
    }

    /// <summary>As <see cref="SlotOf"/>, and refuses the program if there is no such address.</summary>
    internal static int NeedSlot(Analysis a, int register, int slots, string what)
    {
        ref RegisterState pointer = ref a.Registers[register];
        ViolationKind kind = what == "iterator" ? ViolationKind.IteratorOffset : what == "dynptr" ? ViolationKind.DynptrOffset : ViolationKind.ArgumentOffset;
        int slot = SlotOf(pointer, slots);
        if (slot < 0) a.Refuse(kind, register, $"r{register} is {pointer}: a {what} needs {slots * 8} bytes of the stack at a constant offset that is a multiple of 8");
        return slot;
    }

    /// <summary>Makes room for an object: what was there is gone.</summary>
    internal static void Claim(Analysis a, FrameState frame, int slot, int slots)
    {
        int offset = -(slot + 1) * 8;
        StackAccess.Grow(a, frame, offset);
        for (int i = 0; i < slots; i++)
        {
            Destroy(a, frame, slot - i);
            frame.Stack[slot - i].IsWritten = true;
        }
    }

    /// <summary>Bytes of a slot are overwritten: an object that lies there is gone. Refuses the program if it must not be.</summary>
    internal static void Destroy(Analysis a, FrameState frame, int slot)
    {
        // iterators and saved flags turn into plain bytes: that they were never given back shows at the program's exit
        if (frame.Stack[slot].KindAt(7) == SlotKind.Dynptr) Dynptrs.Destroy(a, frame, slot);
    }

    /// <summary>Frees the slots of an object that was given back.</summary>
    internal static void Clear(FrameState frame, int slot, int slots)
    {
        for (int i = 0; i < slots; i++)
        {
            ref StackSlot entry = ref frame.Stack[slot - i];
            entry.Kinds = StackSlot.AllInvalid;
            entry.Spilled = default;
            entry.IsWritten = true;
        }
    }

    /// <summary>The object is looked at: states differ if it differs.</summary>
    internal static void MarkRead(Analysis a, int frame, int slot, int slots)
    {
        for (int i = 0; i < slots; i++) StackLiveness.MarkRead(a.State, frame, slot - i);
    }

    internal static bool AreAll(FrameState frame, int slot, int slots, ulong kinds)
    {
        if (slot >= frame.StackSlots) return false;
        for (int i = 0; i < slots; i++)
        {
            if (frame.Stack[slot - i].Kinds != kinds) return false;
        }

        return true;
    }
}

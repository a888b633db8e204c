// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Interrupts that are turned off: the flags from before lie on the stack, and are given back in reverse order.</summary>
internal static class IrqFlags
{
    // Who saved the flags; whoever did has to restore them.
    private const byte ByItself = 1, ByLock = 2;

    internal static void Check(Analysis a, int register, SpecialKfunc function)
    {
        bool saves = function is SpecialKfunc.IrqSave or SpecialKfunc.ResilientLockIrq;
        byte owner = function is SpecialKfunc.ResilientLockIrq or SpecialKfunc.ResilientUnlockIrq ? ByLock : ByItself;
        ref RegisterState pointer = ref a.Registers[register];
        if (pointer.Kind != RegisterKind.Stack) a.Refuse(ViolationKind.InterruptFlags, register, $"r{register} is {pointer}: the flags have to lie on the stack");
        int slot = StackObjects.NeedSlot(a, register, 1, "flag word");
        FrameState frame = a.State.Frames[pointer.Target]!;
        if (saves) Save(a, register, frame, slot, owner);
        else Restore(a, register, frame, slot, owner);
    }

    private static void Save(Analysis a, int register, FrameState frame, int slot, byte owner)
    {
        if (slot < frame.StackSlots && frame.Stack[slot].KindAt(7) == SlotKind.IrqFlag) a.Refuse(ViolationKind.InterruptFlags, register, "flags that were not restored yet lie there");
        StackObjects.Claim(a, frame, slot, 1);
        int id = a.Acquire(ReferenceKind.Irq);
        a.State.ActiveIrqId = id;
        ref StackSlot entry = ref frame.Stack[slot];
        entry.Kinds = StackSlot.AllIrqFlag;
        entry.Spilled = RegisterState.Pointer(RegisterKind.Stack);
        entry.Spilled.ReferenceId = id;
        entry.Spilled.Detail = owner;
        entry.Spilled.IsFirstSlot = true;
    }

    private static void Restore(Analysis a, int register, FrameState frame, int slot, byte owner)
    {
        if (!StackObjects.AreAll(frame, slot, 1, StackSlot.AllIrqFlag)) a.Refuse(ViolationKind.InterruptFlags, register, $"r{register} is {a.Registers[register]}, where no flags were saved on this path");
        StackObjects.MarkRead(a, frame.Number, slot, 1);
        ref RegisterState spilled = ref frame.Stack[slot].Spilled;
        if (spilled.Detail != owner) a.Refuse(ViolationKind.InterruptFlags, register, spilled.Detail == ByLock ? "a lock saved these flags: its unlock restores them" : "bpf_local_irq_save saved these flags: bpf_local_irq_restore restores them");
        VerifierState state = a.State;
        if (spilled.ReferenceId != state.ActiveIrqId) a.Refuse(ViolationKind.InterruptFlags, register, "the flags that were saved last have to be restored first");
        int previous = 0, index = -1;
        for (int i = 0; i < state.ReferenceCount; i++)
        {
            if (state.References[i].Kind != ReferenceKind.Irq) continue;
            if (state.References[i].Id == spilled.ReferenceId)
            {
                index = i;
                break;
            }

            previous = state.References[i].Id;
        }

        if (index >= 0) state.RemoveReferenceAt(index);
        state.ActiveIrqId = previous;
        StackObjects.Clear(frame, slot, 1);
    }
}

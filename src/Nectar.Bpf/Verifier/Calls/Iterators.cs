// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Checks;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Iterators on the stack: made, moved on until they are drained, destroyed.</summary>
internal static class Iterators
{
    internal static void CheckArgument(Analysis a, ref KfuncData data, int register, in KfuncParameter parameter)
    {
        KfuncPrototype function = data.Function;
        ref RegisterState pointer = ref a.Registers[register];
        string type = function.Types[parameter.Pointee].Name;
        if (pointer.Kind != RegisterKind.Stack) a.Refuse(ViolationKind.IteratorUninitialized, register, $"r{register} is {pointer}, where a struct {type} on the stack is expected");
        if (!type.StartsWith("bpf_iter_", StringComparison.Ordinal)) a.Refuse(ViolationKind.IteratorUninitialized, register, $"{function.Name} takes no iterator in r{register}");
        int slots = Math.Max(1, (int)(function.Types.SizeOf(parameter.Pointee) / 8));
        int slot = StackObjects.NeedSlot(a, register, slots, "iterator");
        FrameState frame = a.State.Frames[pointer.Target]!;
        if (function.Has(KfuncTraits.IteratorNew))
        {
            Make(a, function, register, frame, slot, slots, (int)parameter.Pointee);
            return;
        }

        NeedMade(a, function, register, frame, slot, slots, (int)parameter.Pointee, type);
        StackObjects.MarkRead(a, pointer.Target, slot, slots);
        (data.IteratorFrame, data.IteratorSlot) = (pointer.Target, slot);
        data.ReferenceId = frame.Stack[slot].Spilled.ReferenceId;
        if (!function.Has(KfuncTraits.IteratorDestroy)) return;
        References.Release(a, data.ReferenceId);
        StackObjects.Clear(frame, slot, slots);
    }

    /// <summary>
    /// Moves an iterator on: this path goes on as if it was drained; another is pushed that has an element. What did not matter in the last round may be
    /// anything in the next, so that rounds look alike soon.
    /// </summary>
    internal static void MoveOn(Analysis a, in KfuncData data)
    {
        ref RegisterState iterator = ref a.State.Frames[data.IteratorFrame]!.Stack[data.IteratorSlot].Spilled;
        if (iterator.Detail == RegisterState.IteratorActive)
        {
            VerifierState active = a.PushBranch(a.Slot + 1);
            active.Frames[data.IteratorFrame]!.Stack[data.IteratorSlot].Spilled.Extent++;
            if (Callbacks.FindRound(a.State, a.State.Parent?.Parent, a.Slot) is { } earlier) Widening.Apply(a, earlier, active);
            NullTests.SetNotNull(a, ref active.Frames[active.Depth]!.Registers[0]);
        }

        iterator.Detail = RegisterState.IteratorDrained;
        a.SetConstant(0, 0);
    }

    /// <summary>An RCU section ended: what iterators that were made in it walk over may be gone.</summary>
    internal static void LeaveRcu(Analysis a)
    {
        for (int f = 0; f <= a.State.Depth; f++)
        {
            FrameState frame = a.State.Frames[f]!;
            for (int s = 0; s < frame.StackSlots; s++)
            {
                if (frame.Stack[s].Kinds != StackSlot.AllIterator) continue;
                ref PointerFlags flags = ref frame.Stack[s].Spilled.Flags;
                if ((flags & PointerFlags.Rcu) != 0) flags = (flags & ~PointerFlags.Rcu) | PointerFlags.Untrusted;
            }
        }
    }

    private static void Make(Analysis a, KfuncPrototype function, int register, FrameState frame, int slot, int slots, int type)
    {
        for (int i = 0; i < slots && slot < frame.StackSlots; i++)
        {
            if (frame.Stack[slot - i].KindAt(7) == SlotKind.Iterator) a.Refuse(ViolationKind.IteratorInUse, register, $"r{register} is {a.Registers[register]}, where another iterator lies that was not destroyed");
        }

        StackObjects.Claim(a, frame, slot, slots);
        int reference = a.Acquire();
        PointerFlags flags = !function.Has(KfuncTraits.RcuProtected) ? 0 : KptrAccess.InRcu(a) ? PointerFlags.Rcu : PointerFlags.Untrusted;
        for (int i = 0; i < slots; i++)
        {
            ref StackSlot entry = ref frame.Stack[slot - i];
            entry.Kinds = StackSlot.AllIterator;
            entry.Spilled = RegisterState.Pointer(RegisterKind.Stack, flags);
            entry.Spilled.Target = type;
            entry.Spilled.Origin = function.Set;
            entry.Spilled.Detail = RegisterState.IteratorActive;
            entry.Spilled.IsFirstSlot = i == 0;
            entry.Spilled.ReferenceId = i == 0 ? reference : 0;
        }
    }

    private static void NeedMade(Analysis a, KfuncPrototype function, int register, FrameState frame, int slot, int slots, int type, string name)
    {
        bool isMade = StackObjects.AreAll(frame, slot, slots, StackSlot.AllIterator) && frame.Stack[slot].Spilled.IsFirstSlot;
        for (int i = 0; isMade && i < slots; i++)
        {
            ref RegisterState spilled = ref frame.Stack[slot - i].Spilled;
            if ((spilled.Flags & PointerFlags.Untrusted) != 0) a.Refuse(ViolationKind.RcuRequired, register, $"{function.Name}: the iterator was made outside of an RCU section, or the section has ended");
            isMade = spilled.Target == type && spilled.Origin == function.Set && spilled.IsFirstSlot == (i == 0);
        }

        if (!isMade) a.Refuse(ViolationKind.IteratorUninitialized, register, $"r{register} is {a.Registers[register]}, where no struct {name} was made on this path");
    }
}

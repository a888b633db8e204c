// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Dynptrs: two slots of the stack each, or one that somebody else owns.</summary>
internal static class Dynptrs
{
    private const int Slots = 2;

    /// <summary>What is known of a dynptr that a register leads to.</summary>
    internal readonly record struct Info(DynptrKind Kind, int Id, int ReferenceId);

    /// <summary>Makes a dynptr on the stack where a register points.</summary>
    /// <param name="a">The analysis.</param>
    /// <param name="register">Points to the stack.</param>
    /// <param name="kind">What it leads to.</param>
    /// <param name="cloneOf">For a copy the reference that it shares; 0 for none.</param>
    internal static void Make(Analysis a, int register, DynptrKind kind, int cloneOf = 0)
    {
        ref RegisterState pointer = ref a.Registers[register];
        if (pointer.Kind != RegisterKind.Stack) a.Refuse(ViolationKind.DynptrOffset, register, $"r{register} is {pointer}: a new dynptr has to lie on the stack");
        int slot = StackObjects.NeedSlot(a, register, Slots, "dynptr");
        FrameState frame = a.State.Frames[pointer.Target]!;
        StackObjects.Claim(a, frame, slot, Slots);
        int id = a.NewId();
        int reference = kind != DynptrKind.RingBuffer && kind != DynptrKind.File ? 0 : cloneOf != 0 ? cloneOf : a.Acquire();
        for (int i = 0; i < Slots; i++)
        {
            ref StackSlot entry = ref frame.Stack[slot - i];
            entry.Kinds = StackSlot.AllDynptr;
            entry.Spilled = RegisterState.Pointer(RegisterKind.Dynptr);
            entry.Spilled.Target = (int)kind;
            entry.Spilled.Id = id;
            entry.Spilled.ReferenceId = reference;
            entry.Spilled.IsFirstSlot = i == 0;
        }
    }

    /// <summary>Makes sure that a register leads to a dynptr, and says what it is.</summary>
    internal static Info Need(Analysis a, int register, bool mayChange)
    {
        ref RegisterState pointer = ref a.Registers[register];
        if (pointer.Kind == RegisterKind.Dynptr)
        {
            if (mayChange) a.Refuse(ViolationKind.DynptrConstant, register, $"r{register} is a dynptr that somebody else owns: the function would change it");
            return new Info((DynptrKind)pointer.Target, pointer.Id, pointer.ReferenceId);
        }

        if (pointer.Kind != RegisterKind.Stack) a.Refuse(ViolationKind.DynptrUninitialized, register, $"r{register} is {pointer}, where a dynptr on the stack is expected");
        int slot = StackObjects.SlotOf(pointer, Slots);
        FrameState frame = a.State.Frames[pointer.Target]!;
        if (slot < 0 || !StackObjects.AreAll(frame, slot, Slots, StackSlot.AllDynptr) || !frame.Stack[slot].Spilled.IsFirstSlot)
        {
            a.Refuse(ViolationKind.DynptrUninitialized, register, $"r{register} is {pointer}, where no dynptr begins on this path");
        }

        StackObjects.MarkRead(a, pointer.Target, slot, Slots);
        ref RegisterState spilled = ref frame.Stack[slot].Spilled;
        return new Info((DynptrKind)spilled.Target, spilled.Id, spilled.ReferenceId);
    }

    /// <summary>The call gives the dynptr back: its copies and the slices of all of them are void.</summary>
    internal static void Release(Analysis a, int register)
    {
        ref RegisterState pointer = ref a.Registers[register];
        FrameState frame = a.State.Frames[pointer.Target]!;
        int slot = StackObjects.NeedSlot(a, register, Slots, "dynptr");
        int reference = frame.Stack[slot].Spilled.ReferenceId;
        if (reference == 0)
        {
            StackObjects.Clear(frame, slot, Slots);
            return;
        }

        References.Release(a, reference);
        for (int i = 1; i < frame.StackSlots; i++)
        {
            ref StackSlot entry = ref frame.Stack[i];
            if (entry.Kinds == StackSlot.AllDynptr && entry.Spilled.ReferenceId == reference && entry.Spilled.IsFirstSlot) StackObjects.Clear(frame, i, Slots);
        }
    }

    /// <summary>One slot of a dynptr is overwritten: all of it is gone, and its slices.</summary>
    internal static void Destroy(Analysis a, FrameState frame, int slot)
    {
        if (!frame.Stack[slot].Spilled.IsFirstSlot) slot++;
        ref RegisterState spilled = ref frame.Stack[slot].Spilled;
        if (spilled.ReferenceId != 0 && !(a.Since(6, 19) && HasClone(a, frame, slot)))
        {
            a.RefuseStack(ViolationKind.StackReferenceOverwritten, -1, -(slot + 1) * 8, "a dynptr that still has to be submitted or discarded would be overwritten");
        }

        int id = spilled.Id;
        StackObjects.Clear(frame, slot, Slots);
        a.ForEachRegister((ref RegisterState register) =>
        {
            if (register.Kind == RegisterKind.Memory && (register.Flags & ~PointerFlags.MaybeNull) == 0 && register.Origin == id) register = RegisterState.Unknown;
        });
    }

    /// <summary>The kind that a parameter asks for; <see cref="DynptrKind.None"/> for any.</summary>
    internal static DynptrKind KindOf(ParameterFlags flags) =>
        (flags & ParameterFlags.LocalDynptr) != 0 ? DynptrKind.Local
        : (flags & ParameterFlags.RingDynptr) != 0 ? DynptrKind.RingBuffer
        : (flags & ParameterFlags.SkbDynptr) != 0 ? DynptrKind.Skb
        : (flags & ParameterFlags.XdpDynptr) != 0 ? DynptrKind.Xdp
        : (flags & ParameterFlags.FileDynptr) != 0 ? DynptrKind.File : DynptrKind.None;

    private static bool HasClone(Analysis a, FrameState frame, int slot)
    {
        int reference = frame.Stack[slot].Spilled.ReferenceId;
        for (int f = 0; f <= a.State.Depth; f++)
        {
            FrameState other = a.State.Frames[f]!;
            for (int i = 0; i < other.StackSlots; i++)
            {
                if (other.Stack[i].Kinds != StackSlot.AllDynptr || !other.Stack[i].Spilled.IsFirstSlot) continue;
                if (other.Stack[i].Spilled.ReferenceId == reference && (other != frame || i != slot)) return true;
            }
        }

        return false;
    }
}

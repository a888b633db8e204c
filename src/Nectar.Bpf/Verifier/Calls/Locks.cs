// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Spin locks in map values and allocated objects.</summary>
internal static class Locks
{
    /// <summary>The owner of locks in objects that the program allocated: which object it is says the id.</summary>
    internal const int ObjectOwner = -1;

    private static readonly string[] s_names = ["bpf_spin_lock", "bpf_res_spin_lock", "bpf_res_spin_lock"];

    /// <summary>Takes the lock that a register points to.</summary>
    internal static void Take(Analysis a, int register, ReferenceKind kind)
    {
        int owner = Find(a, register, kind);
        VerifierState state = a.State;
        int id = a.Registers[register].Id;
        if (kind == ReferenceKind.Lock)
        {
            if (IndexOf(state, ReferenceKind.Lock) is >= 0 and int held) a.Refuse(ViolationKind.NestedLock, register, $"the lock taken at instruction {state.References[held].Slot} is still held: only one bpf_spin_lock at a time");
            if (!a.Since(6, 14) && state.ActiveLocks > 0) a.Refuse(ViolationKind.NestedLock, register, "another lock is still held");
        }
        else if (IndexOf(state, ReferenceKind.ResilientLock, id, owner) >= 0 || IndexOf(state, ReferenceKind.ResilientIrqLock, id, owner) >= 0)
        {
            a.Refuse(ViolationKind.NestedLock, register, "this lock is held already: taking it again would wait for itself");
        }

        state.AddReference(new Reference(kind, id, a.Slot, owner));
        state.ActiveLocks++;
        (state.ActiveLockId, state.ActiveLockOwner) = (id, owner);
    }

    /// <summary>Gives back the lock that a register points to, which has to be the one taken last.</summary>
    internal static void Give(Analysis a, int register, ReferenceKind kind)
    {
        int owner = Find(a, register, kind);
        VerifierState state = a.State;
        int id = a.Registers[register].Id;
        if (state.ActiveLocks == 0) a.Refuse(ViolationKind.UnlockWithoutLock, register, "no lock is held here");
        int index = IndexOf(state, kind, id, owner);
        if (index < 0) a.Refuse(ViolationKind.UnlockOther, register, "this is not the lock that is held: it lies in another element or object, or is of another kind");
        if (id != state.ActiveLockId || owner != state.ActiveLockOwner) a.Refuse(ViolationKind.UnlockOther, register, "the lock taken last has to be given back first");
        state.RemoveReferenceAt(index);
        state.ActiveLocks--;
        (state.ActiveLockId, state.ActiveLockOwner) = (0, 0);
        for (int i = 0; i < index; i++)
        {
            if (IsLock(state.References[i].Kind)) (state.ActiveLockId, state.ActiveLockOwner) = (state.References[i].Id, state.References[i].Owner);
        }

        References.ForgetBorrowed(a);
    }

    /// <summary>Makes sure that the lock beside a list or tree is held.</summary>
    internal static void NeedHeld(Analysis a, int register, string what)
    {
        ref RegisterState pointer = ref a.Registers[register];
        int owner = OwnerOf(pointer);
        VerifierState state = a.State;
        if (state.ActiveLocks == 0) a.Refuse(ViolationKind.LockRequired, register, $"the lock beside the {what} has to be held");
        for (int i = 0; i < state.ReferenceCount; i++)
        {
            if (IsLock(state.References[i].Kind) && state.References[i].Id == pointer.Id && state.References[i].Owner == owner) return;
        }

        a.Refuse(ViolationKind.LockRequired, register, $"the lock that is held does not lie in the same element or object as the {what}");
    }

    internal static bool IsLock(ReferenceKind kind) => kind is ReferenceKind.Lock or ReferenceKind.ResilientLock or ReferenceKind.ResilientIrqLock;

    /// <summary>True if registers of this kind may point to something with a lock, so that their id has to tell one object from another.</summary>
    internal static bool MayHoldLock(Analysis a, in RegisterState register) => register.Kind switch
    {
        RegisterKind.MapValue => a.Calls.Fields.OfMap(register.Target).HoldsLock,
        RegisterKind.BtfObject => (register.Flags & PointerFlags.Allocated) != 0 && a.Calls.Fields.OfObject(register.Origin, (uint)register.Target).HoldsLock,
        _ => false,
    };

    private static int OwnerOf(in RegisterState pointer) => pointer.Kind == RegisterKind.MapValue ? pointer.Target : ObjectOwner;

    private static int Find(Analysis a, int register, ReferenceKind kind)
    {
        ref RegisterState pointer = ref a.Registers[register];
        string name = s_names[kind == ReferenceKind.Lock ? 0 : 1];
        if (!pointer.HasConstantRange) a.Refuse(ViolationKind.ArgumentOffset, register, $"r{register} is {pointer}: a {name} needs a constant offset");
        SpecialFields fields = a.Calls.Fields.Of(pointer);
        if (fields.Find(kind == ReferenceKind.Lock ? SpecialFieldKind.SpinLock : SpecialFieldKind.ResilientSpinLock) is not { } field)
        {
            string owner = pointer.Kind == RegisterKind.MapValue ? $"the value of map '{a.Maps[pointer.Target].Name}'" : "the object";
            a.Refuse(ViolationKind.ArgumentMapField, register, $"{owner} has no struct {name}{(fields.IsKnown ? "" : ", or no BTF that says so")}");
            return 0;
        }

        long at = pointer.Offset + (long)pointer.Range.Bits.Value;
        if (at != field.Offset) a.Refuse(ViolationKind.ArgumentMapField, register, $"r{register} points to offset {at}, but the struct {name} is at {field.Offset}");
        return OwnerOf(pointer);
    }

    private static int IndexOf(VerifierState state, ReferenceKind kind)
    {
        for (int i = 0; i < state.ReferenceCount; i++)
        {
            if (state.References[i].Kind == kind) return i;
        }

        return -1;
    }

    private static int IndexOf(VerifierState state, ReferenceKind kind, int id, int owner)
    {
        for (int i = 0; i < state.ReferenceCount; i++)
        {
            if (state.References[i].Kind == kind && state.References[i].Id == id && state.References[i].Owner == owner) return i;
        }

        return -1;
    }
}

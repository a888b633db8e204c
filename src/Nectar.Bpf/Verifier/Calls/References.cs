// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>What the program holds and has to give back: objects, locks, interrupts.</summary>
internal static class References
{
    /// <summary>Gives an object back: every copy of the pointer, in any frame, is a number from now on.</summary>
    /// <returns>False if it was not held.</returns>
    internal static bool TryRelease(Analysis a, int id)
    {
        int index = a.State.FindReference(id);
        if (index < 0) return false;
        a.State.RemoveReferenceAt(index);
        ForgetHolders(a, id);
        return true;
    }

    /// <summary>Gives an object back that has to be held.</summary>
    internal static void Release(Analysis a, int id)
    {
        if (!TryRelease(a, id)) a.Refuse(ViolationKind.ReleaseUnacquired, -1, "what is given back here is not held: it was given back before, or never acquired");
    }

    /// <summary>Makes a borrowed pointer of each pointer that owns an object: the list or tree owns it now.</summary>
    internal static void Borrow(Analysis a, int id)
    {
        a.ForEachRegister((ref RegisterState register) =>
        {
            if (register.ReferenceId != id) return;
            register.ReferenceId = 0;
            MakeNonOwning(a, ref register);
        });
        int index = a.State.FindReference(id);
        if (index >= 0) a.State.RemoveReferenceAt(index);
    }

    internal static void MakeNonOwning(Analysis a, ref RegisterState register)
    {
        register.Flags |= PointerFlags.NonOwning;
        if (a.Calls.Fields.OfObject(register.Origin, (uint)register.Target).Find(SpecialFieldKind.Refcount) is not null) register.Flags |= PointerFlags.Rcu;
    }

    /// <summary>An unlock ends what was borrowed from lists and trees.</summary>
    internal static void ForgetBorrowed(Analysis a) => a.ForEachRegister(static (ref RegisterState register) =>
    {
        if ((register.Flags & PointerFlags.NonOwning) != 0 && register.IsPointer) register = RegisterState.Unknown;
    });

    /// <summary>Refuses the program if anything is still held where nothing may be.</summary>
    /// <param name="a">The analysis.</param>
    /// <param name="when">Where that is: "the program's exit", "a tail call".</param>
    /// <param name="isThrow">True if all frames end here, not only the one that runs.</param>
    /// <param name="checkRegions">False where regions may stay open: in the exit of a function that was called.</param>
    internal static void CheckNoneLeft(Analysis a, string when, bool isThrow = false, bool checkRegions = true)
    {
        VerifierState state = a.State;
        if (checkRegions && state.ActiveLocks > 0) a.Refuse(ViolationKind.LockHeld, -1, $"a lock is held at {when}{Taken(state, IsLock)}");
        if (isThrow || state.Depth == 0)
        {
            for (int i = 0; i < state.ReferenceCount; i++)
            {
                Reference reference = state.References[i];
                if (reference.Kind != ReferenceKind.Object) continue;
                if (a.Input.Type == ProgramType.StructOps && !isThrow && a.Registers[0].ReferenceId == reference.Id) continue; // a member may hand its result over
                a.Refuse(ViolationKind.ReferenceLeak, -1, $"the reference taken at instruction {reference.Slot} is still held at {when}");
            }
        }

        if (!checkRegions) return;
        if (state.ActiveIrqId != 0) a.Refuse(ViolationKind.InterruptsDisabled, -1, $"interrupts are still off at {when}{Taken(state, ReferenceKind.Irq)}");
        if (state.ActiveRcuLocks > 0) a.Refuse(ViolationKind.RcuHeld, -1, $"an RCU section is still open at {when}");
        if (state.ActivePreemptLocks > 0) a.Refuse(ViolationKind.PreemptionDisabled, -1, $"preemption is still disabled at {when}");
    }

    private const ReferenceKind IsLock = ReferenceKind.Lock;

    private static string Taken(VerifierState state, ReferenceKind kind)
    {
        for (int i = state.ReferenceCount - 1; i >= 0; i--)
        {
            ReferenceKind found = state.References[i].Kind;
            bool matches = kind == IsLock ? found is ReferenceKind.Lock or ReferenceKind.ResilientLock or ReferenceKind.ResilientIrqLock : found == kind;
            if (matches) return $"; it was taken at instruction {state.References[i].Slot}";
        }

        return "";
    }

    private static void ForgetHolders(Analysis a, int id) => a.ForEachRegister((ref RegisterState register) =>
    {
        if (register.ReferenceId == id) register = RegisterState.Unknown;
    });
}

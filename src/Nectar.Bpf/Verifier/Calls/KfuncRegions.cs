// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Regions that kernel functions open and close, and what may be called in them.</summary>
internal static class KfuncRegions
{
    /// <summary>Checks that the call may be made where the program is.</summary>
    internal static void CheckPlace(Analysis a, KfuncPrototype function)
    {
        if (a.State.ActiveLocks > 0 && !IsAllowedUnderLock(a, function)) a.Refuse(ViolationKind.CallWhileLocked, -1, $"{function.Name} is called while a lock is held");
        if (function.Has(KfuncTraits.MaySleep) && !a.IsSleepable) a.Refuse(ViolationKind.SleepInProgram, -1, $"{function.Name} may sleep, and the code that runs here may not");
        if (function.Has(KfuncTraits.RcuProtected) && a.Since(6, 18) && !KptrAccess.InRcu(a)) a.Refuse(ViolationKind.RcuRequired, -1, $"{function.Name} has to be called in an RCU section");
    }

    /// <summary>Opens or closes the region that the function stands for.</summary>
    internal static void Change(Analysis a, KfuncPrototype function)
    {
        VerifierState state = a.State;
        switch (function.Special)
        {
            case SpecialKfunc.RcuLock or SpecialKfunc.RcuUnlock:
                ChangeRcu(a, function);
                break;
            case SpecialKfunc.PreemptDisable:
                state.ActivePreemptLocks++;
                break;
            case SpecialKfunc.PreemptEnable:
                if (state.ActivePreemptLocks == 0) a.Refuse(ViolationKind.PreemptionUnmatched, -1, "preemption is not disabled here");
                state.ActivePreemptLocks--;
                break;
            default:
                if (function.Has(KfuncTraits.MaySleep)) CallRegions.NeedSleep(a, function.Name);
                break;
        }
    }

    private static void ChangeRcu(Analysis a, KfuncPrototype function)
    {
        VerifierState state = a.State;
        bool opens = function.Special == SpecialKfunc.RcuLock;
        if (state.ActiveRcuLocks > 0 && Callbacks.InTreeCallback(a)) a.Refuse(ViolationKind.CallbackContext, -1, $"{function.Name} is called while a tree is ordered");
        if (opens)
        {
            if (state.ActiveRcuLocks > 0 && !a.Since(6, 19)) a.Refuse(ViolationKind.RcuUnmatched, -1, "an RCU section is open already: they do not nest");
            state.ActiveRcuLocks++;
            return;
        }

        if (state.ActiveRcuLocks == 0) a.Refuse(ViolationKind.RcuUnmatched, -1, "no RCU section is open here");
        if (--state.ActiveRcuLocks > 0) return;
        a.ForEachRegister(static (ref RegisterState register) =>
        {
            if (register.IsPointer && (register.Flags & PointerFlags.Rcu) != 0) register.Flags = (register.Flags & ~(PointerFlags.Rcu | PointerFlags.MaybeNull)) | PointerFlags.Untrusted;
        });
        Iterators.LeaveRcu(a);
    }

    private static bool IsAllowedUnderLock(Analysis a, KfuncPrototype function)
    {
        if (function.IsOfModule) return false;
        if (KfuncSpecials.IsGraph(function.Special) || function.Name.StartsWith("bpf_iter_num_", StringComparison.Ordinal)) return true;
        if (KfuncSpecials.IsResilientLock(function.Special)) return a.Since(6, 15);
        return function.Name is "bpf_stream_vprintk" or "bpf_stream_vprintk_impl" && a.Since(6, 17);
    }
}

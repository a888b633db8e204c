// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Checks;
using Nectar.Bpf.Verifier.Domain;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>The call of a kernel function: may it be called here, do the arguments fit, what is known afterwards.</summary>
internal static class KfuncCall
{
    private const int LargestError = 4095; // MAX_ERRNO

    /// <returns>The slot where the path goes on, or <see cref="Step.End"/>.</returns>
    internal static int Check(Analysis a)
    {
        KfuncPrototype function = a.Calls.Kfunc();
        KfuncRegions.CheckPlace(a, function);
        if (function.Special is SpecialKfunc.ResilientLock or SpecialKfunc.ResilientLockIrq) PushRefusedLock(a);
        KfuncData data = new(function);
        for (int i = 0; i < function.Parameters.Length;) i += KfuncArgument.Check(a, ref data, i);
        if (function.Has(KfuncTraits.Releases) && data.ReleasedRegister == 0) a.Refuse(ViolationKind.ArgumentReferenced, 1, $"{function.Name} gives an object back, but no argument is one that the program holds");
        EnterCallback(a, data);
        KfuncRegions.Change(a, function);
        GiveBack(a, data);
        if (function.Special == SpecialKfunc.Throw) return Throw(a);
        RegisterState result = KfuncResults.Make(a, ref data);
        HelperCall.ClearCallerSaved(a);
        a.Registers[0] = result;
        if (function.Has(KfuncTraits.IteratorNext)) Iterators.MoveOn(a, data);
        if (function.Special == SpecialKfunc.PullXdpData) PacketPointers.Invalidate(a);
        return a.Slot + 1;
    }

    /// <summary>The branch in which the lock was not to be had: nothing is held, r0 is an error.</summary>
    private static void PushRefusedLock(Analysis a)
    {
        RegisterState[] registers = a.PushBranch(a.Slot + 1).Frame.Registers;
        registers.AsSpan(0, 6).Clear();
        registers[0] = RegisterState.Unknown;
        registers[0].Range = ScalarRange.Signed(-LargestError, -1);
        ScalarCasts.Truncate(ref registers[0].Range, 4);
    }

    private static void EnterCallback(Analysis a, in KfuncData data)
    {
        switch (data.Function.Special)
        {
            case SpecialKfunc.TreeAdd when data.Root is { } root:
                Callbacks.EnterTreeAdd(a, data.Subprogram, root);
                break;
            case SpecialKfunc.WorkQueueSetCallback:
                Callbacks.LeaveForLater(a, data.Subprogram, data.Map, data.MapInstance, maySleep: true);
                break;
            case SpecialKfunc.TaskWorkSchedule:
                Callbacks.LeaveForLater(a, data.Subprogram, data.Map, data.MapInstance, maySleep: true, new ReturnRange(int.MinValue, int.MaxValue));
                break;
        }
    }

    private static void GiveBack(Analysis a, in KfuncData data)
    {
        if (data.ReleasedRegister != 0) References.Release(a, a.Registers[data.ReleasedRegister].ReferenceId);
        if (data.Function.Special is SpecialKfunc.ListPushFront or SpecialKfunc.ListPushBack or SpecialKfunc.TreeAdd) References.Borrow(a, a.Registers[2].ReferenceId);
    }

    private static int Throw(Analysis a)
    {
        References.CheckNoneLeft(a, "bpf_throw", isThrow: true);
        if (a.Program.ExceptionCallback >= 0) return Step.End;
        a.NeedRegister(1);
        a.Precision.Mark(1);
        a.Registers[0] = a.Registers[1]; // what is thrown is what the program returns
        ReturnValueCheck.Check(a);
        return Step.End;
    }
}

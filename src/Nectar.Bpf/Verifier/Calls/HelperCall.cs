// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Checks;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>The call of a helper: may it be called here, do the arguments fit, what is known afterwards.</summary>
internal static class HelperCall
{
    /// <returns>The slot where the path goes on.</returns>
    internal static int Check(Analysis a)
    {
        HelperPrototype helper = a.Calls.Helper(a.Instruction.Immediate);
        HelperAvailability.CheckRegions(a, helper);
        HelperData data = new(helper);
        for (int i = 0; i < helper.Parameters.Length; i++) HelperArgument.Check(a, ref data, i);
        MapCalls.Remember(a, ref data);
        WriteRawMemory(a, data.Raw);
        if (data.ReleasedRegister != 0) GiveBack(a, ref data);
        bool changesPacket = HelperSpecifics.Check(a, ref data) || (helper.Traits & HelperTraits.ChangesPacket) != 0;
        RegisterState result = HelperResults.Make(a, ref data);
        ClearCallerSaved(a);
        a.Registers[0] = result;
        MapCalls.CheckFits(a, ref data);
        if (helper.Id == HelperId.TailCall && a.Since(6, 18)) return LeaveByTailCall(a);
        if (changesPacket) PacketPointers.Invalidate(a);
        return a.Slot + 1;
    }

    /// <summary>
    /// A tail call that succeeds does not come back to the function that made it, but to that function's caller, with any number and another packet;
    /// one that fails changes nothing.
    /// </summary>
    private static int LeaveByTailCall(Analysis a)
    {
        if (a.State.Depth == 0) return a.Slot + 1;
        a.PushBranch(a.Slot + 1);
        a.Registers[0] = RegisterState.Unknown;
        SubprogramCall.TryReturn(a, out int next);
        PacketPointers.Invalidate(a);
        return next;
    }

    /// <summary>A call leaves nothing in r0 to r5 but its result.</summary>
    internal static void ClearCallerSaved(Analysis a) => a.Registers.AsSpan(0, 6).Clear();

    /// <summary>The call filled memory of the stack: its bytes can be anything, and can be read.</summary>
    internal static void WriteRawMemory(Analysis a, in RawMemory raw)
    {
        if (raw.Register == 0) return;
        int offset = a.Registers[raw.Register].Offset;
        for (int i = 0; i < raw.Size; i++) StackWrites.Store(a, raw.Register, offset + i, 1, MemoryAccess.NoValue);
    }

    private static void GiveBack(Analysis a, ref HelperData data)
    {
        int register = data.ReleasedRegister;
        if (data.Helper.Parameters[register - 1].Kind == ParameterKind.Dynptr)
        {
            Dynptrs.Release(a, register);
            return;
        }

        if (data.ReferenceId == 0) return; // null
        if (data.Helper.Id != HelperId.KptrExchange || !KptrAccess.InRcu(a))
        {
            References.Release(a, data.ReferenceId);
            return;
        }

        // Per-CPU memory lives on through the RCU section after the map has taken it over.
        int id = data.ReferenceId;
        int index = a.State.FindReference(id);
        if (index < 0) a.Refuse(ViolationKind.ReleaseUnacquired, register, $"r{register} is not held here");
        a.State.RemoveReferenceAt(index);
        a.ForEachRegister((ref RegisterState holder) =>
        {
            if (holder.ReferenceId != id) return;
            const PointerFlags PerCpu = PointerFlags.Allocated | PointerFlags.PerCpu;
            if ((holder.Flags & PerCpu) == PerCpu)
            {
                holder.ReferenceId = 0;
                holder.Flags = (holder.Flags & ~PointerFlags.Allocated) | PointerFlags.Rcu;
            }
            else
            {
                holder = RegisterState.Unknown;
            }
        });
    }
}

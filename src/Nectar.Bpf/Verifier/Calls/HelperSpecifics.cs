// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>What single helpers demand or do beside their prototype.</summary>
internal static class HelperSpecifics
{
    /// <returns>True if the packet may have changed.</returns>
    internal static bool Check(Analysis a, ref HelperData data)
    {
        switch (data.Helper.Id)
        {
            case HelperId.TailCall:
                References.CheckNoneLeft(a, "a tail call");
                break;
            case HelperId.GetLocalStorage:
                if (!a.Registers[2].IsNull) a.Refuse(ViolationKind.ArgumentConstant, 2, $"r2 is {a.Registers[2]}: bpf_get_local_storage takes no flags, because it cannot fail");
                a.Precision.Mark(2);
                break;
            case HelperId.ForEachMapElement:
                Callbacks.EnterForEach(a, data);
                break;
            case HelperId.TimerSetCallback:
                Callbacks.LeaveForLater(a, data.Subprogram, data.Map, data.MapInstance, maySleep: false);
                break;
            case HelperId.FindVma:
                Callbacks.EnterFindVma(a, data.Subprogram);
                break;
            case HelperId.Loop:
                Callbacks.EnterLoop(a, data.Subprogram);
                break;
            case HelperId.UserRingDrain:
                Callbacks.EnterDrain(a, data.Subprogram);
                break;
            case HelperId.Snprintf:
                FormatTexts.CheckSnprintf(a);
                break;
            case HelperId.DynptrFromMemory:
                if (a.Registers[1].Kind != RegisterKind.MapValue) a.Refuse(ViolationKind.ArgumentType, 1, $"r1 is {a.Registers[1]}: bpf_dynptr_from_mem takes memory of a map's value only");
                break;
            case HelperId.DynptrData:
                data.ReferenceId = data.Dynptr.ReferenceId;
                break;
            case HelperId.DynptrWrite:
                return data.Dynptr.Kind is DynptrKind.Skb or DynptrKind.SkbMeta;
        }

        return false;
    }
}

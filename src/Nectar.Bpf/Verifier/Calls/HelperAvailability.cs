// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Rules;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Whether the program may call a helper, and where.</summary>
internal static class HelperAvailability
{
    /// <summary>The prototype that the program gets; refuses the program if it gets none.</summary>
    internal static HelperPrototype Find(Analysis a, int id)
    {
        string? name = HelperNames.NameOf(id);
        if (name is null) a.Refuse(ViolationKind.HelperUnknown, -1, $"there is no helper with the number {id}");
        HelperAnswer answer = HelperPrototypes.Resolve(id, a.Calls.Traits);
        switch (answer.Denial)
        {
            case RuleDenial.None:
                return answer.Prototype!;
            case RuleDenial.TooOld:
                a.Refuse(ViolationKind.HelperUnknown, -1, $"{name} came with Linux {answer.Since}, the kernel asked about is {a.Options.Kernel}");
                break;
            case RuleDenial.Unknown:
                a.Refuse(ViolationKind.HelperUnknown, -1, $"no kernel has {name} for programs of type {a.Input.Type}");
                break;
            case RuleDenial.License:
                a.Refuse(ViolationKind.License, -1, $"{name} is for programs with a GPL-compatible license only");
                break;
            case RuleDenial.NotSleepable:
                a.Refuse(ViolationKind.SleepInProgram, -1, $"{name} may sleep, and this program may not");
                break;
            case RuleDenial.Capability:
                a.Refuse(ViolationKind.Privilege, -1, $"{name} needs a capability that the loader lacks");
                break;
            case RuleDenial.AttachType:
                a.Refuse(ViolationKind.HelperPlace, -1, $"programs of type {a.Input.Type} cannot call {name} where this one attaches ({(object?)a.Input.AttachTarget ?? a.Input.AttachType})");
                break;
            default:
                a.Refuse(ViolationKind.HelperNotAllowed, -1, $"programs of type {a.Input.Type} cannot call {name}");
                break;
        }

        return null!;
    }

    /// <summary>Checks that the region the program is in lets it make the call.</summary>
    internal static void CheckRegions(Analysis a, HelperPrototype helper)
    {
        if (a.State.ActiveLocks > 0 && helper.Id != HelperId.SpinUnlock && !(helper.Id == HelperId.KptrExchange && a.Since(6, 15)))
        {
            a.Refuse(ViolationKind.CallWhileLocked, -1, $"{helper.Name} is called while a lock is held");
        }

        if ((helper.Traits & HelperTraits.MightSleep) == 0) return;
        if (!a.IsSleepable) a.Refuse(ViolationKind.SleepInProgram, -1, $"{helper.Name} may sleep, and the code that runs here may not");
        CallRegions.NeedSleep(a, helper.Name);
    }
}

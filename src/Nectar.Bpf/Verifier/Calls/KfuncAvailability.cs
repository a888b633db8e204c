// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Rules;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Whether the program may call a kernel function, and what its prototype is.</summary>
internal static class KfuncAvailability
{
    internal static KfuncPrototype Find(Analysis a)
    {
        if (!a.Input.Kfuncs.TryGetValue(a.Slot, out string? name))
        {
            a.Refuse(ViolationKind.KfuncUnknown, -1, "the call names no kernel function");
            return null!;
        }

        KfuncTraits traits = TraitsOf(a, name);
        (BtfTypes? types, int set) = (a.Options.KernelTypes, 0);
        uint function = types?.FindByName(name, BtfKind.Func) ?? 0;
        if (function == 0)
        {
            (types, set) = (a.Input.Types, 1);
            function = types?.FindByName(name, BtfKind.Func) ?? 0;
        }

        if (types is null || function == 0 || KfuncPrototypeReader.Read(types, set, function, name, traits, a.Input.Type) is not { } prototype)
        {
            a.Refuse(ViolationKind.KfuncUnknown, -1, $"the kernel function {(name.Length > 0 ? name : "that is called")} is not known: neither the kernel's types nor the program's have it");
            return null!;
        }

        return prototype;
    }

    private static KfuncTraits TraitsOf(Analysis a, string name)
    {
        KfuncAnswer answer = KfuncRules.Find(name, a.Calls.Traits);
        switch (answer.Denial)
        {
            case RuleDenial.TooOld:
                a.Refuse(ViolationKind.KfuncUnknown, -1, $"{name} came with Linux {answer.Since}, the kernel asked about is {a.Options.Kernel}");
                break;
            case RuleDenial.ProgramType:
                a.Refuse(ViolationKind.KfuncNotAllowed, -1, $"programs of type {a.Input.Type} cannot call the kernel function {name}");
                break;
            case RuleDenial.AttachType:
                a.Refuse(ViolationKind.KfuncNotAllowed, -1, $"programs of type {a.Input.Type} cannot call the kernel function {name} where this one attaches ({(object?)a.Input.AttachTarget ?? a.Input.AttachType})");
                break;
            case RuleDenial.NotSleepable:
                a.Refuse(ViolationKind.SleepInProgram, -1, $"{name} may sleep, and this program may not");
                break;
        }

        return answer.Traits;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Explanations;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Dynptrs that kernel functions take and make.</summary>
internal static class KfuncDynptrs
{
    internal static void Check(Analysis a, ref KfuncData data, int register, in KfuncParameter parameter)
    {
        if (!parameter.IsUninitialized)
        {
            data.Dynptr = Dynptrs.Need(a, register, mayChange: false);
            return;
        }

        switch (data.Function.Special)
        {
            case SpecialKfunc.DynptrFromSkb:
                Dynptrs.Make(a, register, DynptrKind.Skb);
                break;
            case SpecialKfunc.DynptrFromXdp:
                Dynptrs.Make(a, register, DynptrKind.Xdp);
                break;
            case SpecialKfunc.DynptrFromSkbMeta:
                Dynptrs.Make(a, register, DynptrKind.SkbMeta);
                break;
            case SpecialKfunc.DynptrFromFile:
                Dynptrs.Make(a, register, DynptrKind.File);
                break;
            case SpecialKfunc.DynptrClone:
                Dynptrs.Make(a, register, data.Dynptr.Kind, data.Dynptr.ReferenceId);
                break;
            default:
                a.Refuse(ViolationKind.ArgumentType, register, $"{data.Function.Name} makes a dynptr of a kind that is not known");
                break;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>The prototypes of all helpers, read from their rows when somebody asks for one.</summary>
internal static class HelperPrototypes
{
    private static readonly HelperPrototype?[] s_known = new HelperPrototype?[HelperNames.Count];
    private static readonly HelperPrototype?[] s_variants = new HelperPrototype?[HelperRows.Variants.Length];

    /// <summary>The usual prototype of a helper; null if there is no such helper.</summary>
    /// <param name="helper">The kernel's number.</param>
    internal static HelperPrototype? Find(int helper)
    {
        if (helper <= 0 || helper >= s_known.Length) return null;
        return s_known[helper] ??= HelperRowReader.Read(HelperRows.All[helper - 1]);
    }

    /// <summary>The prototype that a program gets for a helper, or why it gets none.</summary>
    /// <param name="helper">The kernel's number.</param>
    /// <param name="program">What calls it.</param>
    internal static HelperAnswer Resolve(int helper, in ProgramTraits program)
    {
        if (Find(helper) is not { } prototype) return new HelperAnswer(null, RuleDenial.Unknown, default);
        HelperAccess access = HelperRules.Check(helper, program);
        if (access.Denial != RuleDenial.None) return new HelperAnswer(null, access.Denial, access.Since);
        if (access.Variant != HelperVariant.None) prototype = Variant(access.Variant);
        RuleDenial denial = prototype.Has(HelperTraits.GplOnly) && !program.IsGpl ? RuleDenial.License
            : prototype.Has(HelperTraits.MightSleep) && !program.IsSleepable ? RuleDenial.NotSleepable
            : RuleDenial.None;
        return new HelperAnswer(denial == RuleDenial.None ? prototype : null, denial, access.Since);
    }

    /// <summary>The prototype of a variant.</summary>
    internal static HelperPrototype Variant(HelperVariant variant)
    {
        int row = (int)variant - 1;
        return s_variants[row] ??= HelperRowReader.Read(HelperRows.Variants[row]);
    }
}

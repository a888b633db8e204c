// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>Whether a program may call a helper, and which prototype it gets.</summary>
/// <param name="Prototype">The prototype, if it may.</param>
/// <param name="Denial">Why not.</param>
/// <param name="Since">The first kernel that has it for such programs; default where no kernel has.</param>
internal readonly record struct HelperAnswer(HelperPrototype? Prototype, RuleDenial Denial, KernelVersion Since)
{
    /// <summary>True if the program may call it.</summary>
    internal bool IsAllowed => Denial == RuleDenial.None;
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>What the verifier knows of one helper, or of the variant of it that some programs get.</summary>
internal sealed class HelperPrototype
{
    /// <summary>The kernel's number.</summary>
    internal required int Id { get; init; }

    /// <summary>The kernel's name, with <c>bpf_</c>.</summary>
    internal required string Name { get; init; }

    /// <summary>What it takes in r1 and up; at most five.</summary>
    internal required Parameter[] Parameters { get; init; }

    /// <summary>What it leaves in r0.</summary>
    internal required HelperResult Result { get; init; }

    /// <summary>What it does beside.</summary>
    internal required HelperTraits Traits { get; init; }

    /// <summary>True if it has all of some traits.</summary>
    internal bool Has(HelperTraits traits) => (Traits & traits) == traits;

    /// <inheritdoc/>
    public override string ToString() => $"{Name}#{Id}";
}

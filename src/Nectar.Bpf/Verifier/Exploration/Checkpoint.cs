// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Exploration;

/// <summary>A state that was kept at a slot, to compare later ones with.</summary>
internal sealed class Checkpoint(VerifierState state)
{
    internal VerifierState State { get; } = state;

    /// <summary>How often it covered a later state, and how often it did not.</summary>
    internal int Hits, Misses;
}

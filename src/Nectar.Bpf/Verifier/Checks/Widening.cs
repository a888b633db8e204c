// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>Numbers that changed from one round of a loop to the next, and did not matter so far, may be anything: so the loop comes to an end for the walk.</summary>
internal static class Widening
{
    internal static void Apply(Analysis a, VerifierState earlier, VerifierState state)
    {
        for (int f = state.Depth; f >= 0; f--)
        {
            FrameState old = earlier.Frames[f]!, current = state.Frames[f]!;
            for (int r = 0; r < 10; r++) Apply(old.Registers[r], ref current.Registers[r]);
            int count = Math.Min(old.StackSlots, current.StackSlots);
            for (int s = 0; s < count; s++)
            {
                if (old.Stack[s].IsSpill && current.Stack[s].IsSpill && old.Stack[s].Kinds == current.Stack[s].Kinds) Apply(old.Stack[s].Spilled, ref current.Stack[s].Spilled);
            }
        }
    }

    private static void Apply(in RegisterState old, ref RegisterState current)
    {
        if (old.Kind != RegisterKind.Scalar || current.Kind != RegisterKind.Scalar || old.IsPrecise || current.IsPrecise) return;
        if (old.Range.SameAs(current.Range)) return;
        current = RegisterState.Unknown;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Exploration;

/// <summary>What the walk has to know of iterators on the stack.</summary>
internal static class Iteration
{
    /// <summary>True if the iterator that r1 points to has elements left.</summary>
    internal static bool IsActive(VerifierState state)
    {
        ref RegisterState pointer = ref state.Registers[1];
        if (pointer.Kind != RegisterKind.Stack)
        {
            return false;
        }

        FrameState frame = state.Frames[pointer.Target]!;
        int slot = (-(pointer.Offset + (int)pointer.Range.Bits.Value) - 1) / 8;
        return slot >= 0 && slot < frame.StackSlots && frame.Stack[slot].Spilled.Detail == RegisterState.IteratorActive;
    }

    /// <summary>True if an iterator of both states is at another round: then the states are not the same.</summary>
    internal static bool DepthsDiffer(VerifierState old, VerifierState current)
    {
        for (int f = 0; f <= old.Depth; f++)
        {
            FrameState a = old.Frames[f]!, b = current.Frames[f]!;
            int count = Math.Min(a.StackSlots, b.StackSlots);
            for (int s = 0; s < count; s++)
            {
                if (a.Stack[s].Kinds != StackSlot.AllIterator || !a.Stack[s].Spilled.IsFirstSlot) continue;
                if (a.Stack[s].Spilled.Detail == RegisterState.IteratorActive && a.Stack[s].Spilled.Extent != b.Stack[s].Spilled.Extent) return true;
            }
        }

        return false;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Exploration;

/// <summary>Marks in the checkpoints of a path which stack slots are read later: the others need not be compared.</summary>
internal static class StackLiveness
{
    /// <summary>The path that ends in <paramref name="state"/> reads a slot of one of its frames.</summary>
    internal static bool MarkRead(VerifierState state, int frame, int slot)
    {
        FrameState reader = state.Frames[frame]!;
        if (slot >= reader.StackSlots || reader.Stack[slot].IsWritten) return false;
        bool changed = false;
        for (VerifierState? parent = state.Parent; parent is not null; parent = parent.Parent)
        {
            if (frame > parent.Depth || parent.Frames[frame] is not { } f || f.Instance != reader.Instance || slot >= f.StackSlots) break;
            ref StackSlot entry = ref f.Stack[slot];
            if (entry.IsRead) break;
            entry.IsRead = true;
            changed = true;
            if (entry.IsWritten) break;
        }

        return changed;
    }

    /// <summary>What is read after <paramref name="old"/> is read after <paramref name="current"/>, which old covers.</summary>
    internal static bool Propagate(VerifierState old, VerifierState current)
    {
        bool changed = false;
        for (int f = 0; f <= old.Depth; f++)
        {
            FrameState frame = old.Frames[f]!;
            for (int s = 0; s < frame.StackSlots; s++)
            {
                if (frame.Stack[s].IsRead) changed |= MarkRead(current, f, s);
            }
        }

        return changed;
    }
}

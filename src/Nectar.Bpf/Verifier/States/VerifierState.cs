// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Exploration;

namespace Nectar.Bpf.Verifier.States;

/// <summary>All that is known at one place of one path: the frames of the call chain, what is held, and how the path got here.</summary>
internal sealed class VerifierState
{
    /// <summary>The most frames that calls may nest.</summary>
    internal const int MaxFrames = 8;

    internal readonly FrameState?[] Frames = new FrameState?[MaxFrames];

    /// <summary>The depth of the frame that runs.</summary>
    internal int Depth;

    // what is held
    internal Reference[] References = [];
    internal int ReferenceCount;

    /// <summary>How many locks are held.</summary>
    internal int ActiveLocks;

    /// <summary>The pointer id and the owner of the lock taken last.</summary>
    internal int ActiveLockId, ActiveLockOwner;

    /// <summary>How often interrupts were turned off; the id of the last time.</summary>
    internal int ActiveIrqId;

    internal int ActivePreemptLocks;
    internal int ActiveRcuLocks;

    /// <summary>True where the code that runs may sleep.</summary>
    internal bool InSleepable;

    // the path
    /// <summary>The checkpoint that this state goes on from; null for the first.</summary>
    internal VerifierState? Parent;

    /// <summary>For a checkpoint, or a path that was kept aside, the slot where it stands.</summary>
    internal int AtSlot;

    /// <summary>For a checkpoint how often it covered a later state, and how often it did not.</summary>
    internal int Hits, Misses;

    /// <summary>For a checkpoint its fingerprint.</summary>
    internal ulong Fingerprint;

    /// <summary>Paths through this checkpoint that are not at their end yet.</summary>
    internal int Branches;

    /// <summary>Rounds of the loop at whose head it stands, and whether numbers were widened there.</summary>
    internal int Rounds;

    internal bool IsWidened;

    /// <summary>True once it is no longer compared with others: it goes when its last path ends.</summary>
    internal bool IsDropped;

    /// <summary>The slot of the first instruction since <see cref="Parent"/>, and of the last one.</summary>
    internal int FirstSlot, LastSlot;

    internal HistoryEntry[] History = [];
    internal int HistoryCount;

    /// <summary>Checkpoints before this one on its path.</summary>
    internal int PathLength;

    /// <summary>The outermost checkpoint that a path from here came back to; null if this is in no loop.</summary>
    internal VerifierState? LoopEntry;

    /// <summary>True once it is the entry of a loop.</summary>
    internal bool IsLoopEntry;

    /// <summary>How often callbacks were unrolled, and may_goto was not taken, on this path.</summary>
    internal int CallbackUnrollDepth, MayGotoDepth;

    internal FrameState Frame => Frames[Depth]!;

    internal Span<RegisterState> Registers => Frames[Depth]!.Registers;

    internal void AddReference(Reference reference)
    {
        if (References.Length == ReferenceCount) Array.Resize(ref References, Math.Max(4, ReferenceCount * 2));
        References[ReferenceCount++] = reference;
    }

    internal int FindReference(int id)
    {
        for (int i = 0; i < ReferenceCount; i++)
        {
            if (References[i].Id == id && References[i].Kind == ReferenceKind.Object) return i;
        }

        return -1;
    }

    internal void RemoveReferenceAt(int index)
    {
        References.AsSpan(index + 1, ReferenceCount - index - 1).CopyTo(References.AsSpan(index));
        ReferenceCount--;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.States;

/// <summary>Keeps states and frames that are done with, so that a walk over many states allocates few.</summary>
internal sealed class StatePool
{
    private readonly Stack<VerifierState> _states = new();
    private readonly Stack<FrameState> _frames = new();

    /// <summary>States that are in use.</summary>
    internal int Live { get; private set; }

    /// <summary>The most that were in use at the same time.</summary>
    internal int Peak { get; private set; }

    internal FrameState RentFrame()
    {
        if (!_frames.TryPop(out FrameState? frame)) return new FrameState();
        frame.Clear();
        return frame;
    }

    internal void Return(FrameState frame) => _frames.Push(frame);

    /// <summary>A copy, with everything but the place among the checkpoints: <see cref="VerifierState.Branches"/> is 0 and the history is copied.</summary>
    internal VerifierState Copy(VerifierState source)
    {
        VerifierState state = _states.TryPop(out VerifierState? pooled) ? pooled : new VerifierState();
        if (++Live > Peak) Peak = Live;
        for (int i = 0; i <= source.Depth; i++)
        {
            FrameState frame = _frames.TryPop(out FrameState? f) ? f : new FrameState();
            frame.CopyFrom(source.Frames[i]!);
            state.Frames[i] = frame;
        }

        state.Depth = source.Depth;
        if (state.References.Length < source.ReferenceCount) state.References = new Reference[source.References.Length];
        source.References.AsSpan(0, source.ReferenceCount).CopyTo(state.References);
        state.ReferenceCount = source.ReferenceCount;
        state.ActiveLocks = source.ActiveLocks;
        state.ActiveLockId = source.ActiveLockId;
        state.ActiveLockOwner = source.ActiveLockOwner;
        state.ActiveIrqId = source.ActiveIrqId;
        state.ActivePreemptLocks = source.ActivePreemptLocks;
        state.ActiveRcuLocks = source.ActiveRcuLocks;
        state.InSleepable = source.InSleepable;
        state.Parent = source.Parent;
        state.Branches = 0;
        state.FirstSlot = source.FirstSlot;
        state.LastSlot = source.LastSlot;
        state.PathLength = source.PathLength;
        state.LoopEntry = null;
        state.IsLoopEntry = state.IsDropped = false;
        state.Rounds = 0;
        state.IsWidened = source.IsWidened;
        state.CallbackUnrollDepth = source.CallbackUnrollDepth;
        state.MayGotoDepth = source.MayGotoDepth;
        if (state.History.Length < source.HistoryCount) state.History = new Exploration.HistoryEntry[Math.Max(8, source.HistoryCount)];
        source.History.AsSpan(0, source.HistoryCount).CopyTo(state.History);
        state.HistoryCount = source.HistoryCount;
        return state;
    }

    internal VerifierState Rent()
    {
        VerifierState state = _states.TryPop(out VerifierState? pooled) ? pooled : new VerifierState();
        if (++Live > Peak) Peak = Live;
        state.Depth = state.ReferenceCount = state.ActiveLocks = state.ActiveLockId = state.ActiveLockOwner = state.ActiveIrqId = 0;
        state.ActivePreemptLocks = state.ActiveRcuLocks = state.Branches = state.HistoryCount = state.PathLength = 0;
        state.CallbackUnrollDepth = state.MayGotoDepth = 0;
        state.FirstSlot = state.LastSlot = -1;
        state.InSleepable = state.IsLoopEntry = state.IsDropped = state.IsWidened = false;
        state.Rounds = 0;
        state.Parent = state.LoopEntry = null;
        return state;
    }

    internal void Return(VerifierState state)
    {
        for (int i = 0; i < VerifierState.MaxFrames; i++)
        {
            if (state.Frames[i] is not { } frame) continue;
            _frames.Push(frame);
            state.Frames[i] = null;
        }

        state.Parent = state.LoopEntry = null;
        _states.Push(state);
        Live--;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Exploration;

/// <summary>Compares states with those seen before at the same slot, ends paths that are covered, and keeps new states.</summary>
internal sealed class Checkpoints
{
    /// <summary>So much history without a checkpoint makes one due.</summary>
    private const int MostHistory = 40;

    private readonly Analysis _analysis;
    private readonly List<VerifierState>?[] _bySlot;
    private readonly StateMatcher _matcher;
    private readonly Precision _precision;
    private readonly LoopWidening? _widening;
    private long _jumpsAtLast, _walkedAtLast;

    internal Checkpoints(Analysis analysis, Precision precision, LoopTracker loops)
    {
        _analysis = analysis;
        _precision = precision;
        Loops = loops;
        _matcher = new StateMatcher(analysis);
        _bySlot = new List<VerifierState>?[analysis.Input.Instructions.Length];
        if (analysis.Mode == VerifierMode.Widening) _widening = new LoopWidening(analysis.Program.Code, analysis.Program.Rows);
    }

    internal LoopTracker Loops { get; }

    /// <summary>Checkpoints made.</summary>
    internal int Made { get; private set; }

    internal StateMatcher Matcher => _matcher;

    /// <summary>The checkpoints of a slot.</summary>
    internal IReadOnlyList<VerifierState> At(int slot) => _bySlot[slot] ?? [];

    /// <summary>The walk is at a slot where states are compared.</summary>
    /// <param name="walked">Instructions walked so far.</param>
    /// <param name="jumps">Jumps among them.</param>
    /// <returns>True if the path ends here, because what follows was found safe for a state that covers this one.</returns>
    internal bool Visit(long walked, long jumps)
    {
        VerifierState current = _analysis.State;
        int slot = _analysis.Slot;
        SlotMarks marks = _analysis.Program.Marks[slot];
        bool isHead = _widening is not null && (marks & SlotMarks.LoopHead) != 0;
        bool forced = isHead || _analysis.Input.FrequentCheckpoints || (marks & SlotMarks.ForcedCheckpoint) != 0 || current.HistoryCount > MostHistory;
        bool keep = forced || (jumps - _jumpsAtLast >= 2 && walked - _walkedAtLast >= 8);
        List<VerifierState> seen = _bySlot[slot] ??= [];
        ulong fingerprint = seen.Count > 0 || keep ? Fingerprint.Of(current) : 0;
        bool loops = isHead || (marks & (SlotMarks.IteratorNext | SlotMarks.MayGoto | SlotMarks.CallsBack)) != 0 || current.Frame.Entry == FrameEntry.AsyncCallback;
        bool isDense = !forced && jumps - _jumpsAtLast < 20 && walked - _walkedAtLast < 100;
        for (int i = seen.Count - 1; i >= 0; i--)
        {
            VerifierState old = seen[i];
            if (old.Branches > 0)
            {
                bool skipLoopCheck = false;
                if (loops && ComesBack(old, current, marks, out skipLoopCheck))
                {
                    Remember(old, current, slot);
                    End(old, current, slot);
                    return true;
                }

                if (!skipLoopCheck && old.Fingerprint == fingerprint) RefuseEndless(old, current, slot);
                // while a loop runs, rounds differ: keeping each of them would not help
                if (isDense) keep = false;
            }
            else
            {
                VerifierState? loop = LoopTracker.Outermost(old);
                bool open = loop is { Branches: > 0 };
                if (_matcher.Covers(old, current, open ? Strictness.Within : Strictness.WhatMattered))
                {
                    if (open)
                    {
                        Remember(old, current, slot);
                        LoopTracker.Join(current, loop!);
                    }

                    End(old, current, slot);
                    return true;
                }
            }

            if (keep) old.Misses++;
            int patience = old.Branches > 0 && (marks & SlotMarks.ForcedCheckpoint) != 0 ? 64 : 3;
            if (old.Misses > (old.Hits * patience) + patience) Drop(seen, i);
        }

        if (isHead && FindRound(seen, current) is { } round && _widening!.Apply(round, current))
        {
            fingerprint = Fingerprint.Of(current);
            if (FindCovering(seen, current) is { } head)
            {
                Remember(head, current, slot);
                End(head, current, slot);
                return true;
            }
        }

        if (keep) Keep(seen, current, fingerprint, slot, walked, jumps);
        return false;
    }

    /// <summary>True if the state came back to one whose loop is known to end: an iterator, may_goto, or a helper that calls back.</summary>
    private bool ComesBack(VerifierState old, VerifierState current, SlotMarks marks, out bool skipLoopCheck)
    {
        skipLoopCheck = false;
        FrameState frame = old.Frame;
        if (old.Depth != current.Depth) return false;
        if (frame.Entry == FrameEntry.AsyncCallback && frame.AsyncDepth != current.Frame.AsyncDepth)
        {
            skipLoopCheck = true;
            return false;
        }

        if ((marks & SlotMarks.IteratorNext) != 0)
        {
            skipLoopCheck = true;
            return _matcher.Covers(old, current, Strictness.Within) && Iteration.IsActive(current);
        }

        if ((marks & SlotMarks.MayGoto) != 0 && old.MayGotoDepth != current.MayGotoDepth && _matcher.Covers(old, current, Strictness.Within)) return true;
        if (_widening is not null && (marks & SlotMarks.LoopHead) != 0 && old.IsWidened) return _matcher.Covers(old, current, Strictness.Within);
        if ((marks & SlotMarks.CallsBack) != 0)
        {
            skipLoopCheck = true;
            return _matcher.Covers(old, current, Strictness.Within);
        }

        return false;
    }

    /// <summary>The last round of this loop that is still being walked.</summary>
    private static VerifierState? FindRound(List<VerifierState> seen, VerifierState current)
    {
        for (int i = seen.Count - 1; i >= 0; i--)
        {
            VerifierState old = seen[i];
            if (old.Branches == 0 || old.Depth != current.Depth) continue;
            bool same = true;
            for (int f = 0; f <= old.Depth; f++) same &= old.Frames[f]!.CallSite == current.Frames[f]!.CallSite;
            if (same) return old;
        }

        return null;
    }

    private VerifierState? FindCovering(List<VerifierState> seen, VerifierState current) => seen.FindLast(old => old.Branches > 0 && _matcher.Covers(old, current, Strictness.Within));

    private void RefuseEndless(VerifierState old, VerifierState current, int slot)
    {
        if (old.Depth != current.Depth || old.MayGotoDepth != current.MayGotoDepth || old.CallbackUnrollDepth != current.CallbackUnrollDepth) return;
        if (!_matcher.Covers(old, current, Strictness.Exact) || Iteration.DepthsDiffer(old, current)) return;
        _analysis.Refuse(Explanations.ViolationKind.InfiniteLoop, -1, $"the loop comes back to instruction {slot} and nothing has changed: it would never end");
    }

    private void Remember(VerifierState header, VerifierState current, int slot)
    {
        VerifierState back = _analysis.Pool.Copy(current);
        back.AtSlot = slot;
        NoteJump(back, slot);
        Loops.Add(header, back, current);
    }

    private void End(VerifierState old, VerifierState current, int slot)
    {
        old.Hits++;
        StackLiveness.Propagate(old, current);
        NoteJump(current, slot);
        _precision.Propagate(old, current, slot);
    }

    /// <summary>The step to a slot belongs to the path even where the path ends there.</summary>
    private void NoteJump(VerifierState state, int slot)
    {
        if (_analysis.PreviousSlot != slot - 1) Explorer.AddHistory(state, new HistoryEntry(slot, _analysis.PreviousSlot, -1, 0, 0));
    }

    private void Drop(List<VerifierState> seen, int index)
    {
        VerifierState state = seen[index];
        seen.RemoveAt(index);
        state.IsDropped = true;
        if (state.Branches == 0) Recycle(state);
    }

    /// <summary>Takes back a checkpoint that is complete and not compared any more; loops may still need theirs.</summary>
    internal void Recycle(VerifierState state)
    {
        if (state.IsDropped && !state.IsLoopEntry && !Loops.HoldsStates) _analysis.Pool.Return(state);
    }

    private void Keep(List<VerifierState> seen, VerifierState current, ulong fingerprint, int slot, long walked, long jumps)
    {
        Made++;
        _jumpsAtLast = jumps;
        _walkedAtLast = walked;
        Forget(current);
        VerifierState state = _analysis.Pool.Copy(current);
        state.AtSlot = slot;
        state.Branches = 1;
        state.Rounds = current.Rounds;
        current.Rounds = 0;
        state.Fingerprint = fingerprint;
        state.Hits = state.Misses = 0;
        seen.Add(state);
        current.Parent = state;
        current.FirstSlot = slot;
        current.HistoryCount = 0;
        current.PathLength = state.PathLength + 1;
        current.LoopEntry = null;
        for (int f = 0; f <= current.Depth; f++)
        {
            FrameState frame = current.Frames[f]!;
            for (int s = 0; s < frame.StackSlots; s++) frame.Stack[s].IsWritten = frame.Stack[s].IsRead = false;
        }
    }

    /// <summary>A new checkpoint starts without marks: what mattered before it does not matter after it.</summary>
    private static void Forget(VerifierState state)
    {
        for (int f = 0; f <= state.Depth; f++)
        {
            FrameState frame = state.Frames[f]!;
            for (int r = 0; r < 10; r++) frame.Registers[r].IsPrecise = false;
            for (int s = 0; s < frame.StackSlots; s++)
            {
                frame.Stack[s].Spilled.IsPrecise = false;
                frame.Stack[s].IsRead = false;
            }
        }
    }
}

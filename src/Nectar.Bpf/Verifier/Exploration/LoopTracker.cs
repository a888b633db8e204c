// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Exploration;

/// <summary>
/// Keeps account of loops that came back to a state still being walked. What mattered after such a state is known only when all of its
/// paths are at their end; then it is given to the paths that came back, again and again until nothing changes.
/// </summary>
internal sealed class LoopTracker(Precision precision)
{
    private readonly List<(VerifierState Header, VerifierState Back)> _edges = [];

    /// <summary>True while states of the walk are kept here, so that none may be recycled.</summary>
    internal bool HoldsStates => _edges.Count > 0;

    /// <summary>The outermost loop that a state belongs to; null for none.</summary>
    internal static VerifierState? Outermost(VerifierState state)
    {
        VerifierState? entry = state.LoopEntry;
        while (entry?.LoopEntry is { } outer && outer != entry) entry = outer;
        return entry;
    }

    /// <summary>A path came back to <paramref name="header"/>; <paramref name="back"/> is a copy of the state that it came back with.</summary>
    internal void Add(VerifierState header, VerifierState back, VerifierState current)
    {
        Join(current, header);
        header.IsLoopEntry = true;
        _edges.Add((header, back));
    }

    /// <summary>Makes a state part of a loop, unless it is part of one that is further out.</summary>
    internal static void Join(VerifierState state, VerifierState header)
    {
        VerifierState outer = Outermost(header) is { Branches: > 0 } o ? o : header;
        if (outer.Branches == 0) return;
        if (outer.PathLength <= (state.LoopEntry?.PathLength ?? int.MaxValue))
        {
            state.LoopEntry = outer;
            outer.IsLoopEntry = true;
        }
    }

    /// <summary>All paths through a state are at their end.</summary>
    internal void Complete(VerifierState state)
    {
        if (_edges.Count == 0 || !state.IsLoopEntry || (Outermost(state) is { Branches: > 0 } outer && outer != state)) return;
        for (bool changed = true; changed;)
        {
            changed = false;
            foreach ((VerifierState header, VerifierState back) in _edges)
            {
                if (!Belongs(header, state)) continue;
                changed |= StackLiveness.Propagate(header, back);
                changed |= precision.Propagate(header, back, back.AtSlot);
            }
        }

        _edges.RemoveAll(e => Belongs(e.Header, state));
    }

    private static bool Belongs(VerifierState header, VerifierState outer) => header == outer || Outermost(header) == outer;
}

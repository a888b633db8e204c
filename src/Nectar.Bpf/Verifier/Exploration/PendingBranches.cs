// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Exploration;

/// <summary>The branches that are still to be walked; the one found last comes first.</summary>
internal sealed class PendingBranches
{
    private readonly Stack<(VerifierState State, int Target, int Origin)> _items = new();

    internal int Count => _items.Count;

    internal void Push(VerifierState state, int target, int origin) => _items.Push((state, target, origin));

    internal bool TryPop(out (VerifierState State, int Target, int Origin) item) => _items.TryPop(out item);
}

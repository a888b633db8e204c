// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Exploration;

/// <summary>Tells the whole path to a state from what checkpoints remember.</summary>
internal static class PathReader
{
    /// <summary>A path longer than this keeps its end only.</summary>
    private const int Most = 1 << 20;

    /// <returns>The slots in the order of execution, the current one last.</returns>
    internal static int[] Read(VerifierState state, int slot)
    {
        List<int> path = [];
        int last = slot;
        for (VerifierState? part = state; part is not null && last >= 0; part = part.Parent)
        {
            int history = part.HistoryCount;
            int at = last;
            do path.Add(at);
            while (path.Count < Most && Precision.Previous(part, ref at, ref history));
            if (part.Parent is null) break;
            last = part.Parent.LastSlot;
        }

        path.Reverse();
        return [.. path];
    }
}

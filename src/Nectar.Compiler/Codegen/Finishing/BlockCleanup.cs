// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Codegen.Machine;

namespace Nectar.Compiler.Codegen.Finishing;

/// <summary>What can be seen only when registers are assigned: blocks that became empty, that are equal, or that end alike.</summary>
internal static class BlockCleanup
{
    public static void Run(MachineFunction function)
    {
        SavedCopies.Run(function);
        SkipEmpty(function);
        EdgeMoves.Run(function);
        SkipEmpty(function);
        function.LinkPredecessors(); // merging looks at what is reached only
        TailMerger.Run(function);
        SkipEmpty(function);
        function.LinkPredecessors();
    }

    /// <summary>Whoever goes to a block without instructions goes on to where that one goes.</summary>
    private static void SkipEmpty(MachineFunction function)
    {
        foreach (MachineBlock block in function.Blocks)
        {
            for (int i = 0; i < block.SuccessorCount; i++)
            {
                MachineBlock target = block.Successor(i);
                MachineBlock end = target;
                for (int steps = 0; end is { Instructions.Count: 0, SuccessorCount: 1 } && steps < function.Blocks.Count; steps++) end = end.Next!;
                if (end == target) continue;
                block.Retarget(target, end);
                i = -1; // the two ways may have become one
            }
        }
    }
}

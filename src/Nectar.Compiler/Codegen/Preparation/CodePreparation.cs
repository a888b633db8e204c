// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Codegen.Preparation;

/// <summary>Last changes of the IR, in forms that only the selection of instructions understands.</summary>
internal static class CodePreparation
{
    public static void Run(IrFunction function, CompilationTarget target)
    {
        DropUnreachable(function);
        ComparisonValues.Run(function); // makes phis: before edges are split
        EdgeSplitter.Run(function);
        WideComparisons.Run(function, target);
        AddressRebase.FloatOffsets(function);
        AddressRebase.Flatten(function);
        CheckedAddresses.Run(function); // last: it must see where values are used
    }

    /// <summary>Branches to where nothing gets are no branches.</summary>
    private static void DropUnreachable(IrFunction function)
    {
        foreach (Block block in function.Blocks)
        {
            if (block.Terminator is not { Op: Op.Branch } branch) continue;
            for (int i = 0; i < 2; i++)
            {
                if (branch.Targets[i].Values[0].Op != Op.Unreachable) continue;
                block.ReduceToJump(1 - i);
                break;
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Ranges;

/// <summary>
/// Takes away branches that the verifier's domain decides: bounds that hold anyway, null tests behind null tests. What the domain cannot prove
/// stays, even where a cleverer one could: the kernel would not believe it.
/// </summary>
internal static class CheckRemoval
{
    public static bool Run(IrFunction function, PassContext context)
    {
        RangeAnalysis ranges = new(function);
        List<(Block Block, int Target)> decided = [];
        List<(Value Comparison, int Result)> constants = [];
        foreach (Block block in ranges.Order)
        {
            foreach (Value value in block.Values)
            {
                if (value.Op.IsComparison() && ranges.Decide(value, block) is { } result) constants.Add((value, result));
            }

            if (block.Terminator is not { Op: Op.Branch } branch) continue;
            if (branch[0].Op.IsComparison())
            {
                if (ranges.Decide(branch[0], block) is { } taken) decided.Add((block, taken == 1 ? 0 : 1));
            }
            else if (branch[0].Type != IrType.Pointer)
            {
                var range = ranges.Range(branch[0], block);
                if (range.UMin > 0) decided.Add((block, 0));
                else if (range.UMax == 0) decided.Add((block, 1));
            }
        }

        foreach ((Block block, int target) in decided) block.ReduceToJump(target);
        foreach ((Value comparison, int result) in constants) comparison.BecomeConstant(result);
        return decided.Count + constants.Count > 0;
    }
}

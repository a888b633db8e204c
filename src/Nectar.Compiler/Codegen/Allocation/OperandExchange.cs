// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Codegen.Machine;

namespace Nectar.Compiler.Codegen.Allocation;

/// <summary>
/// <c>d = a; d += b</c> needs the copy only if <c>a</c> is wanted later. Where it is, but <c>b</c> is not, the operands are exchanged, so that the
/// sum takes the register of <c>b</c>.
/// </summary>
internal static class OperandExchange
{
    public static void Run(MachineFunction function, Liveness liveness)
    {
        RegisterSet live = new(function.RegisterCount);
        foreach (MachineBlock block in function.Blocks)
        {
            liveness.CollectOut(block, live);
            if (block.Condition is not null) Liveness.StepBack(block.Condition, live);
            for (int i = block.Instructions.Count - 1; i >= 0; i--)
            {
                MachineInstruction sum = block.Instructions[i];
                if (i > 0 && MachineFacts.IsCommutative(sum.Operation) && sum.Source >= MachineFacts.FirstVirtual && sum.Source != sum.Destination
                    && block.Instructions[i - 1] is { IsCopy: true } copy && copy.Destination == sum.Destination && copy.Source != sum.Source
                    && live.Contains(copy.Source) && !live.Contains(sum.Source))
                {
                    (copy.Source, sum.Source) = (sum.Source, copy.Source);
                }

                Liveness.StepBack(sum, live);
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Compiler.Codegen.Allocation;
using Nectar.Compiler.Codegen.Machine;

namespace Nectar.Compiler.Codegen.Finishing;

/// <summary>
/// <c>if c goto A; r = 0; goto J; A: r = 1; J:</c> becomes <c>r = 1; if c goto J; r = 0; J:</c>. A number that only one way of a branch sets goes in front
/// of the branch if the other way does not want what the register held.
/// </summary>
internal static class EdgeMoves
{
    public static void Run(MachineFunction function)
    {
        function.LinkPredecessors();
        Liveness liveness = new(function);
        Span<int> used = stackalloc int[6];
        foreach (MachineBlock block in function.Blocks)
        {
            if (block.Condition is null) continue;
            for (int i = 0; i < 2; i++)
            {
                MachineBlock edge = block.Successor(i);
                MachineBlock other = block.Successor(1 - i);
                if (edge is not { Instructions: [{ Operation: Operation.Mov, Source: -1 } move], Condition: null, Next: { } join } || edge.Predecessors.Count != 1 || join == edge) continue;
                if (other == join || join.Predecessors.Count < 2 || liveness.IsLiveIn(other, move.Destination)) continue;
                if (used[..MachineFacts.Used(block.Condition, used)].Contains(move.Destination)) continue;
                block.Instructions.Add(move);
                edge.Instructions.Clear();
                break; // the register is another one's business now
            }
        }
    }
}

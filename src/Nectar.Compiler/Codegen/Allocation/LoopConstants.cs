// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Codegen.Machine;

namespace Nectar.Compiler.Codegen.Allocation;

/// <summary>
/// What loops would make anew in each turn (addresses of variables and maps, large numbers) is made in front of them. Where registers do not
/// suffice it is made again at its use: nothing is lost.
/// </summary>
internal static class LoopConstants
{
    public static void Run(MachineFunction function, MachineDominance dominance)
    {
        if (!function.Blocks.Exists(block => block.LoopDepth > 0)) return;
        int[] definitions = CountDefinitions(function);
        foreach (MachineBlock header in dominance.Order.ToArray())
        {
            if (header.LoopDepth == 0 || header == function.Blocks[0]) continue;
            List<MachineBlock> outside = header.Predecessors.FindAll(block => dominance.Common(header, block) != header);
            if (outside.Count == header.Predecessors.Count || outside is not [var before] || before.LoopDepth >= header.LoopDepth) continue;
            List<MachineInstruction> moved = Take(dominance, header, definitions);
            if (moved.Count == 0) continue;
            if (before.SuccessorCount == 1) before.Instructions.AddRange(moved);
            else InsertBetween(function, before, header, moved);
        }
    }

    private static void InsertBetween(MachineFunction function, MachineBlock before, MachineBlock header, List<MachineInstruction> code)
    {
        MachineBlock made = function.NewBlock();
        made.Instructions.AddRange(code);
        made.Next = header;
        made.LoopDepth = before.LoopDepth;
        before.Retarget(header, made);
        header.Predecessors[header.Predecessors.IndexOf(before)] = made;
        made.Predecessors.Add(before);
    }

    private static int[] CountDefinitions(MachineFunction function)
    {
        int[] counts = new int[function.RegisterCount];
        foreach (MachineBlock block in function.Blocks)
        {
            foreach (MachineInstruction instruction in block.Instructions)
            {
                int defined = MachineFacts.Defined(instruction);
                if (defined >= 0) counts[defined]++;
            }
        }

        return counts;
    }

    private static List<MachineInstruction> Take(MachineDominance dominance, MachineBlock header, int[] definitions)
    {
        HashSet<MachineBlock> body = [header];
        Stack<MachineBlock> open = new(header.Predecessors.Where(block => dominance.Common(header, block) == header));
        while (open.TryPop(out MachineBlock? block))
        {
            if (!body.Add(block)) continue;
            foreach (MachineBlock predecessor in block.Predecessors) open.Push(predecessor);
        }

        List<MachineInstruction> taken = [];
        foreach (MachineBlock block in body.OrderBy(block => block.Id))
        {
            block.Instructions.RemoveAll(instruction =>
            {
                bool moves = instruction.IsRepeatable && instruction.Destination >= MachineFacts.FirstVirtual && definitions[instruction.Destination] == 1 && instruction.Access is null;
                if (moves) taken.Add(instruction);
                return moves;
            });
        }

        return taken;
    }
}

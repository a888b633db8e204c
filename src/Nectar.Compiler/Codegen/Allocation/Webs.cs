// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Codegen.Machine;

namespace Nectar.Compiler.Codegen.Allocation;

/// <summary>
/// Gives each part of a register's life that no value crosses a register of its own, so that a value loaded for one use may take whatever
/// register suits that use.
/// </summary>
internal static class Webs
{
    public static void Rename(MachineFunction function, List<int> registers)
    {
        function.LinkPredecessors();
        Liveness liveness = new(function);
        foreach (int register in registers) Rename(function, liveness, register);
    }

    private static void Rename(MachineFunction function, Liveness liveness, int register)
    {
        // elements: one for the start of each block, then one for each definition
        List<int> parents = [.. Enumerable.Range(0, function.BlockCount)];
        List<(MachineInstruction Instruction, bool Reads, bool Writes, int Read, int Written)> accesses = [];
        Span<int> used = stackalloc int[6];
        foreach (MachineBlock block in function.Blocks)
        {
            int current = block.Id;
            for (int i = 0; i <= block.Instructions.Count; i++)
            {
                MachineInstruction? instruction = i < block.Instructions.Count ? block.Instructions[i] : block.Condition;
                if (instruction is null) continue;
                bool reads = used[..MachineFacts.Used(instruction, used)].Contains(register);
                bool writes = MachineFacts.Defined(instruction) == register;
                if (!reads && !writes) continue;
                int read = current;
                if (writes && !reads) // what is read and written must stay one register
                {
                    current = parents.Count;
                    parents.Add(current);
                }

                accesses.Add((instruction, reads, writes, read, current));
            }

            for (int s = 0; s < block.SuccessorCount; s++)
            {
                if (liveness.IsLiveIn(block.Successor(s), register)) Join(parents, current, block.Successor(s).Id);
            }
        }

        Dictionary<int, int> names = [];
        foreach ((MachineInstruction instruction, bool reads, bool writes, int read, int written) in accesses)
        {
            int root = Find(parents, reads ? read : written);
            if (!names.TryGetValue(root, out int name)) names.Add(root, name = names.Count == 0 ? register : function.NewRegister());
            if (instruction.Destination == register) instruction.Destination = name;
            if (instruction.Source == register) instruction.Source = name;
        }
    }

    private static int Find(List<int> parents, int element)
    {
        while (parents[element] != element) element = parents[element] = parents[parents[element]];
        return element;
    }

    private static void Join(List<int> parents, int a, int b) => parents[Find(parents, a)] = Find(parents, b);
}

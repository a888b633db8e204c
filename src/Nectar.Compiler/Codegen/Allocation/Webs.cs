// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Codegen.Machine;

namespace Nectar.Compiler.Codegen.Allocation;

/// <summary>
/// Gives each part of a register's life that no value crosses a register of its own, so that a value loaded for one use may take whatever
/// register suits that use.
/// </summary>
internal sealed class Webs
{
    private readonly List<int> _parents = [];
    private readonly Dictionary<(int Register, int Block), int> _starts = []; // what a register holds at the start of a block
    private readonly List<(MachineInstruction Instruction, int Register, int Element)> _accesses = [];

    public static void Rename(MachineFunction function, List<int> registers)
    {
        function.LinkPredecessors();
        Webs webs = new();
        webs.Find(function, new Liveness(function), [.. registers]);
        webs.Rename(function);
    }

    private void Find(MachineFunction function, Liveness liveness, HashSet<int> registers)
    {
        int[] used = new int[6];
        RegisterSet live = new(function.RegisterCount);
        Dictionary<int, int> current = [];
        foreach (MachineBlock block in function.Blocks)
        {
            current.Clear();
            for (int i = 0; i <= block.Instructions.Count; i++)
            {
                MachineInstruction? instruction = i < block.Instructions.Count ? block.Instructions[i] : block.Condition;
                if (instruction is null) continue;
                int count = MachineFacts.Used(instruction, used);
                int defined = MachineFacts.Defined(instruction);
                for (int u = 0; u < count; u++)
                {
                    if (registers.Contains(used[u])) _accesses.Add((instruction, used[u], Current(current, used[u], block)));
                }

                if (!registers.Contains(defined) || Array.IndexOf(used, defined, 0, count) >= 0) continue; // what is read and written must stay one register
                current[defined] = _parents.Count;
                _accesses.Add((instruction, defined, _parents.Count));
                _parents.Add(_parents.Count);
            }

            liveness.CollectOut(block, live);
            foreach (int register in live.Members)
            {
                if (!registers.Contains(register)) continue;
                for (int s = 0; s < block.SuccessorCount; s++)
                {
                    MachineBlock next = block.Successor(s);
                    if (liveness.IsLiveIn(next, register)) Join(Current(current, register, block), Start(register, next));
                }
            }
        }
    }

    private void Rename(MachineFunction function)
    {
        Dictionary<int, int> names = [];
        HashSet<int> taken = [];
        List<(MachineInstruction Instruction, int Register, int Name)> changes = [];
        foreach ((MachineInstruction instruction, int register, int element) in _accesses)
        {
            int root = Root(element);
            if (!names.TryGetValue(root, out int name)) names.Add(root, name = taken.Add(register) ? register : function.NewRegister());
            if (name != register) changes.Add((instruction, register, name));
        }

        foreach ((MachineInstruction instruction, int register, int name) in changes)
        {
            // an instruction that sets what it reads of another web names both the same only if they are one; see Find
            bool reads = MachineFacts.ReadsDestination(instruction);
            if (instruction.Source == register) instruction.Source = name;
            if (instruction.Destination == register && (reads || MachineFacts.Defined(instruction) == register)) instruction.Destination = name;
        }
    }

    private int Current(Dictionary<int, int> current, int register, MachineBlock block) =>
        current.TryGetValue(register, out int element) ? element : current[register] = Start(register, block);

    private int Start(int register, MachineBlock block)
    {
        if (_starts.TryGetValue((register, block.Id), out int element)) return element;
        element = _parents.Count;
        _parents.Add(element);
        return _starts[(register, block.Id)] = element;
    }

    private int Root(int element)
    {
        while (_parents[element] != element) element = _parents[element] = _parents[_parents[element]];
        return element;
    }

    private void Join(int a, int b) => _parents[Root(a)] = Root(b);
}

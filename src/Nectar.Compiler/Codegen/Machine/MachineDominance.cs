// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Compiler.Codegen.Machine;

/// <summary>Dominators and loops of machine code; predecessors must be linked, all blocks reachable.</summary>
internal sealed class MachineDominance
{
    private readonly int[] _order;
    private readonly MachineBlock[] _immediate;

    public MachineDominance(MachineFunction function)
    {
        Order = Walk(function);
        _order = new int[function.BlockCount];
        for (int i = 0; i < Order.Count; i++) _order[Order[i].Id] = i;
        _immediate = new MachineBlock[function.BlockCount];
        _immediate[Order[0].Id] = Order[0];
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int i = 1; i < Order.Count; i++)
            {
                MachineBlock block = Order[i];
                MachineBlock? best = null;
                foreach (MachineBlock predecessor in block.Predecessors)
                {
                    if (_immediate[predecessor.Id] is null) continue;
                    best = best is null ? predecessor : Common(best, predecessor);
                }

                if (_immediate[block.Id] == best) continue;
                _immediate[block.Id] = best!;
                changed = true;
            }
        }

        FindLoops();
    }

    /// <summary>Blocks in reverse postorder.</summary>
    public List<MachineBlock> Order { get; }

    public int OrderOf(MachineBlock block) => _order[block.Id];

    public MachineBlock Immediate(MachineBlock block) => _immediate[block.Id];

    /// <summary>The closest block that every way to both passes.</summary>
    public MachineBlock Common(MachineBlock a, MachineBlock b)
    {
        while (a != b)
        {
            while (_order[a.Id] > _order[b.Id]) a = _immediate[a.Id];
            while (_order[b.Id] > _order[a.Id]) b = _immediate[b.Id];
        }

        return a;
    }

    private static List<MachineBlock> Walk(MachineFunction function)
    {
        List<MachineBlock> order = [];
        bool[] seen = new bool[function.BlockCount];
        Stack<(MachineBlock Block, int Next)> path = new([(function.Blocks[0], 0)]);
        seen[function.Blocks[0].Id] = true;
        while (path.TryPop(out (MachineBlock Block, int Next) top))
        {
            if (top.Next == top.Block.SuccessorCount)
            {
                order.Add(top.Block);
                continue;
            }

            path.Push((top.Block, top.Next + 1));
            MachineBlock next = top.Block.Successor(top.Block.SuccessorCount - 1 - top.Next); // so that the next block comes soon in the reversed order
            if (seen[next.Id]) continue;
            seen[next.Id] = true;
            path.Push((next, 0));
        }

        order.Reverse();
        return order;
    }

    private void FindLoops()
    {
        foreach (MachineBlock block in Order) block.LoopDepth = 0;
        Dictionary<MachineBlock, HashSet<MachineBlock>> loops = [];
        foreach (MachineBlock block in Order)
        {
            for (int i = 0; i < block.SuccessorCount; i++)
            {
                MachineBlock header = block.Successor(i);
                if (_order[header.Id] > _order[block.Id] || Common(header, block) != header) continue;
                if (!loops.TryGetValue(header, out HashSet<MachineBlock>? body)) loops.Add(header, body = [header]);
                Stack<MachineBlock> open = new([block]);
                while (open.TryPop(out MachineBlock? inside))
                {
                    if (!body.Add(inside)) continue;
                    foreach (MachineBlock predecessor in inside.Predecessors) open.Push(predecessor);
                }
            }
        }

        foreach (HashSet<MachineBlock> body in loops.Values)
        {
            foreach (MachineBlock block in body) block.LoopDepth++;
        }
    }
}

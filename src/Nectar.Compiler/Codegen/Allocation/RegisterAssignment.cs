// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Codegen.Machine;

namespace Nectar.Compiler.Codegen.Allocation;

/// <summary>Replaces virtual registers by machine registers, with as many rounds as it takes.</summary>
internal static class RegisterAssignment
{
    public static void Run(MachineFunction function)
    {
        function.LinkPredecessors();
        MachineDominance dominance = new(function);
        LoopConstants.Run(function, dominance);
        function.LinkPredecessors();
        dominance = new MachineDominance(function);
        Liveness liveness = new(function);
        OperandExchange.Run(function, liveness);
        List<int> crossing = CallPressure.Choose(function, liveness);
        if (crossing.Count > 0)
        {
            CallSplitter.Run(function, dominance, liveness, crossing);
            liveness = new Liveness(function);
        }

        HashSet<int> temporaries = [];
        HashSet<int> split = [.. crossing];
        while (true)
        {
            bool[] unspillable = new bool[function.RegisterCount];
            foreach (int register in temporaries) unspillable[register] = true;
            InterferenceGraph graph = new(function, liveness);
            List<List<int>> spilled = RegisterAllocator.Run(function, graph, unspillable, out int[] colors);
            if (spilled.Count == 0)
            {
                Apply(function, colors);
                return;
            }

            List<int> whole = [];
            List<int> parted = [];
            foreach (List<int> group in spilled)
            {
                Join(function, group);
                if (split.Add(group[0])) parted.Add(group[0]);
                else whole.Add(group[0]);
            }

            // one that lives over a call is first kept out of the way of calls only
            liveness = new Liveness(function);
            HashSet<int> over = LiveOverCalls(function, liveness);
            whole.AddRange(parted.Where(register => !over.Contains(register)));
            parted.RemoveAll(register => !over.Contains(register));
            if (parted.Count > 0) CallSplitter.Run(function, dominance, liveness, parted);
            if (whole.Count > 0) FrameSpiller.Run(function, whole, temporaries);
            liveness = new Liveness(function);
        }
    }

    /// <summary>Registers that have been coalesced become one, so that they share a place in the frame.</summary>
    private static void Join(MachineFunction function, List<int> group)
    {
        if (group.Count == 1) return;
        HashSet<int> members = [.. group];
        foreach (MachineBlock block in function.Blocks)
        {
            foreach (MachineInstruction instruction in block.Instructions) Rename(instruction);
            if (block.Condition is not null) Rename(block.Condition);
            block.Instructions.RemoveAll(instruction => instruction.IsCopy && instruction.Source == instruction.Destination);
        }

        void Rename(MachineInstruction instruction)
        {
            if (members.Contains(instruction.Destination)) instruction.Destination = group[0];
            if (members.Contains(instruction.Source)) instruction.Source = group[0];
        }
    }

    private static HashSet<int> LiveOverCalls(MachineFunction function, Liveness liveness)
    {
        HashSet<int> over = [];
        RegisterSet live = new(function.RegisterCount);
        foreach (MachineBlock block in function.Blocks)
        {
            liveness.CollectOut(block, live);
            if (block.Condition is not null) Liveness.StepBack(block.Condition, live);
            for (int i = block.Instructions.Count - 1; i >= 0; i--)
            {
                if (block.Instructions[i].IsCall) over.UnionWith(live.Members.ToArray());
                Liveness.StepBack(block.Instructions[i], live);
            }
        }

        return over;
    }

    private static void Apply(MachineFunction function, int[] colors)
    {
        foreach (MachineBlock block in function.Blocks)
        {
            foreach (MachineInstruction instruction in block.Instructions) Color(instruction);
            if (block.Condition is not null) Color(block.Condition);
            block.Instructions.RemoveAll(instruction => instruction.IsCopy && instruction.Source == instruction.Destination);
        }

        void Color(MachineInstruction instruction)
        {
            if (instruction.Destination >= MachineFacts.FirstVirtual) instruction.Destination = colors[instruction.Destination];
            if (instruction.Source >= MachineFacts.FirstVirtual) instruction.Source = colors[instruction.Source];
        }
    }
}

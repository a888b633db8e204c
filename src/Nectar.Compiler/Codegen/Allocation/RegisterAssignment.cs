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
                Rename(function, colors);
                return;
            }

            Join(function, spilled);
            List<int> whole = [];
            List<int> parted = [];
            foreach (List<int> group in spilled)
            {
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
    private static void Join(MachineFunction function, List<List<int>> groups)
    {
        int[] names = new int[function.RegisterCount];
        for (int i = 0; i < names.Length; i++) names[i] = i;
        foreach (List<int> group in groups)
        {
            foreach (int member in group) names[member] = group[0];
        }

        Rename(function, names);
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
                if (block.Instructions[i].IsCall) Include(live.Members);
                Liveness.StepBack(block.Instructions[i], live);
            }
        }

        return over;

        void Include(ReadOnlySpan<int> members)
        {
            foreach (int register in members) over.Add(register);
        }
    }

    /// <summary>Gives registers other numbers; copies that then copy nothing go.</summary>
    private static void Rename(MachineFunction function, int[] names)
    {
        foreach (MachineBlock block in function.Blocks)
        {
            foreach (MachineInstruction instruction in block.Instructions) Change(instruction);
            if (block.Condition is not null) Change(block.Condition);
            block.Instructions.RemoveAll(instruction => instruction.IsCopy && instruction.Source == instruction.Destination);
        }

        void Change(MachineInstruction instruction)
        {
            if (instruction.Destination >= MachineFacts.FirstVirtual) instruction.Destination = names[instruction.Destination];
            if (instruction.Source >= MachineFacts.FirstVirtual) instruction.Source = names[instruction.Source];
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Codegen.Machine;

namespace Nectar.Compiler.Codegen.Allocation;

/// <summary>Which registers cannot share a machine register, which copies would like to, and what it costs to keep a register in the frame.</summary>
internal sealed class InterferenceGraph
{
    private readonly EdgeSet _edges;

    public InterferenceGraph(MachineFunction function, Liveness liveness)
    {
        int count = function.RegisterCount;
        _edges = new EdgeSet(count);
        (Neighbours, Moves) = (new List<int>?[count], new List<int>?[count]);
        (Degree, Cost, Appears) = (new int[count], new float[count], new bool[count]);
        for (int i = 0; i < MachineFacts.FirstVirtual; i++) Degree[i] = int.MaxValue / 2;
        RegisterSet live = new(count);
        foreach (MachineBlock block in function.Blocks)
        {
            float weight = MathF.Pow(8, Math.Min(block.LoopDepth, 6));
            liveness.CollectOut(block, live);
            if (block.Condition is not null) Visit(block.Condition, live, weight);
            for (int i = block.Instructions.Count - 1; i >= 0; i--) Visit(block.Instructions[i], live, weight);
        }
    }

    /// <summary>For virtual registers; those of the machine have too many.</summary>
    public List<int>?[] Neighbours { get; }

    /// <summary>Numbers of copies that a register takes part in.</summary>
    public List<int>?[] Moves { get; }

    public int[] Degree { get; }

    /// <summary>Accesses, weighted by loops.</summary>
    public float[] Cost { get; }

    public bool[] Appears { get; }

    /// <summary>Copies between registers.</summary>
    public List<MachineInstruction> Copies { get; } = [];

    public bool Interferes(int a, int b) => a == b || (a < MachineFacts.FirstVirtual && b < MachineFacts.FirstVirtual) || _edges.Contains(a, b);

    public void AddEdge(int a, int b)
    {
        if (a == b || (a < MachineFacts.FirstVirtual && b < MachineFacts.FirstVirtual) || !_edges.Add(a, b)) return;
        Connect(a, b);
        Connect(b, a);
    }

    private void Connect(int a, int b)
    {
        if (a < MachineFacts.FirstVirtual) return;
        (Neighbours[a] ??= []).Add(b);
        Degree[a]++;
    }

    private void Visit(MachineInstruction instruction, RegisterSet live, float weight)
    {
        Span<int> used = stackalloc int[6];
        int count = MachineFacts.Used(instruction, used);
        int defined = MachineFacts.Defined(instruction);
        if (instruction.IsCopy)
        {
            live.Remove(instruction.Source); // both may be one register
            int number = Copies.Count;
            Copies.Add(instruction);
            (Moves[instruction.Source] ??= []).Add(number);
            if (instruction.Source != instruction.Destination) (Moves[instruction.Destination] ??= []).Add(number);
        }

        if (defined >= 0) Define(defined, live, weight);
        if (instruction.IsCall)
        {
            for (int i = 1; i < MachineFacts.FirstPreserved; i++) Define(i, live, 0);
        }

        Liveness.StepBack(instruction, live);
        foreach (int register in used[..count])
        {
            Appears[register] = true;
            Cost[register] += weight;
        }
    }

    private void Define(int register, RegisterSet live, float weight)
    {
        Appears[register] = true;
        Cost[register] += weight;
        foreach (int other in live.Members)
        {
            if (other != MachineFacts.FramePointer) AddEdge(register, other);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;
using Nectar.Compiler.Codegen.Machine;

namespace Nectar.Compiler.Codegen.Allocation;

/// <summary>
/// Which registers are wanted at the end of each block. Only registers that live over the edge of a block take part, so that the sets stay
/// small in functions of many values.
/// </summary>
internal sealed class Liveness
{
    private readonly MachineFunction _function;
    private readonly int[] _globals; // register → its bit, or -1
    private readonly List<int> _registers = []; // bit → register
    private readonly ulong[]?[] _out;
    private readonly ulong[]?[] _in;
    private readonly RegisterSet _live;

    public Liveness(MachineFunction function)
    {
        _function = function;
        _globals = new int[function.RegisterCount];
        Array.Fill(_globals, -1);
        _out = new ulong[function.BlockCount][];
        _in = new ulong[function.BlockCount][];
        _live = new RegisterSet(function.RegisterCount);
        FindGlobals();
        Solve();
    }

    /// <summary>Fills a set with the registers that are wanted behind a block's last instruction (its condition included).</summary>
    public void CollectOut(MachineBlock block, RegisterSet live)
    {
        live.Clear();
        ulong[] words = _out[block.Id]!;
        for (int i = 0; i < words.Length; i++)
        {
            for (ulong word = words[i]; word != 0; word &= word - 1) live.Add(_registers[(i * 64) + BitOperations.TrailingZeroCount(word)]);
        }
    }

    public bool IsLiveOut(MachineBlock block, int register) => Has(_out[block.Id]!, register);

    public bool IsLiveIn(MachineBlock block, int register) => Has(_in[block.Id]!, register);

    /// <summary>Goes over one instruction from its end to its beginning.</summary>
    public static void StepBack(MachineInstruction instruction, RegisterSet live)
    {
        Span<int> used = stackalloc int[6];
        int defined = MachineFacts.Defined(instruction);
        if (defined >= 0) live.Remove(defined);
        if (instruction.IsCall)
        {
            for (int i = 0; i < MachineFacts.FirstPreserved; i++) live.Remove(i);
        }

        int count = MachineFacts.Used(instruction, used);
        for (int i = 0; i < count; i++) live.Add(used[i]);
    }

    private bool Has(ulong[] words, int register)
    {
        int bit = register < _globals.Length ? _globals[register] : -1;
        return bit >= 0 && (words[bit >> 6] >> (bit & 63) & 1) != 0;
    }

    private void FindGlobals()
    {
        int[] definedIn = new int[_function.RegisterCount];
        Array.Fill(definedIn, -1);
        Span<int> used = stackalloc int[6];
        foreach (MachineBlock block in _function.Blocks)
        {
            foreach (MachineInstruction instruction in block.Instructions) Note(instruction, block, definedIn, used);
            if (block.Condition is not null) Note(block.Condition, block, definedIn, used);
        }
    }

    private void Note(MachineInstruction instruction, MachineBlock block, int[] definedIn, Span<int> used)
    {
        int count = MachineFacts.Used(instruction, used);
        foreach (int register in used[..count])
        {
            if (definedIn[register] == block.Id || _globals[register] >= 0) continue;
            _globals[register] = _registers.Count;
            _registers.Add(register);
        }

        int defined = MachineFacts.Defined(instruction);
        if (defined >= 0) definedIn[defined] = block.Id;
    }

    private void Solve()
    {
        int words = (_registers.Count + 63) / 64;
        ulong[]?[] kill = new ulong[_function.BlockCount][];
        ulong[]?[] gen = new ulong[_function.BlockCount][];
        foreach (MachineBlock block in _function.Blocks)
        {
            (gen[block.Id], kill[block.Id]) = (new ulong[words], new ulong[words]);
            (_out[block.Id], _in[block.Id]) = (new ulong[words], new ulong[words]);
            _live.Clear();
            if (block.Condition is not null) StepBack(block.Condition, _live);
            for (int i = block.Instructions.Count - 1; i >= 0; i--)
            {
                MachineInstruction instruction = block.Instructions[i];
                int defined = MachineFacts.Defined(instruction);
                if (defined >= 0) Set(kill[block.Id]!, defined);
                if (instruction.IsCall)
                {
                    for (int r = 0; r < MachineFacts.FirstPreserved; r++) Set(kill[block.Id]!, r);
                }

                StepBack(instruction, _live);
            }

            foreach (int register in _live.Members) Set(gen[block.Id]!, register);
            gen[block.Id]!.CopyTo(_in[block.Id]!, 0);
        }

        Queue<MachineBlock> open = new();
        bool[] queued = new bool[_function.BlockCount];
        for (int i = _function.Blocks.Count - 1; i >= 0; i--)
        {
            open.Enqueue(_function.Blocks[i]);
            queued[_function.Blocks[i].Id] = true;
        }

        while (open.TryDequeue(out MachineBlock? block))
        {
            queued[block.Id] = false;
            (ulong[] live, ulong[] wanted) = (_out[block.Id]!, _in[block.Id]!);
            for (int s = 0; s < block.SuccessorCount; s++)
            {
                ulong[] next = _in[block.Successor(s).Id]!;
                for (int w = 0; w < words; w++) live[w] |= next[w];
            }

            bool changed = false;
            for (int w = 0; w < words; w++)
            {
                ulong now = gen[block.Id]![w] | (live[w] & ~kill[block.Id]![w]);
                changed |= now != wanted[w];
                wanted[w] = now;
            }

            if (!changed) continue;
            foreach (MachineBlock predecessor in block.Predecessors)
            {
                if (queued[predecessor.Id]) continue;
                queued[predecessor.Id] = true;
                open.Enqueue(predecessor);
            }
        }
    }

    private void Set(ulong[] words, int register)
    {
        int bit = _globals[register];
        if (bit >= 0) words[bit >> 6] |= 1UL << (bit & 63);
    }
}

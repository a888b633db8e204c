// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Compiler.Codegen.Machine;

namespace Nectar.Compiler.Codegen.Allocation;

/// <summary>
/// Splits the lives of registers at calls: a value is stored once before the first call that it lives over, and loaded again before the first
/// use behind a call; uses that follow take the loaded copy. What is cheap to make is made again instead. All registers go in one walk.
/// </summary>
internal sealed class CallSplitter
{
    private sealed class Life
    {
        public required int Register { get; init; }

        public required int Number { get; init; }

        /// <summary>Where it is set.</summary>
        public List<(MachineBlock Block, MachineInstruction Instruction)> Definitions { get; } = [];

        /// <summary>The closest block that all calls which it lives over, and all loads, are behind; null until there is one.</summary>
        public MachineBlock? Before { get; set; }

        public MachineInstruction? Repeat { get; set; }

        public FrameSlot? Slot { get; set; }
    }

    private readonly MachineFunction _function;
    private readonly MachineDominance _dominance;
    private readonly Dictionary<int, Life> _lives = [];
    private readonly bool[][] _available; // at the start of a block

    private CallSplitter(MachineFunction function, MachineDominance dominance, Liveness liveness, List<int> registers)
    {
        (_function, _dominance) = (function, dominance);
        foreach (int register in registers) _lives.Add(register, new Life { Register = register, Number = _lives.Count });
        Find(liveness);
        _available = SolveAvailability();
    }

    /// <summary>Splits registers; afterwards none of them lives over a call.</summary>
    public static void Run(MachineFunction function, MachineDominance dominance, Liveness liveness, List<int> registers)
    {
        if (registers.Count == 0) return;
        CallSplitter splitter = new(function, dominance, liveness, registers);
        foreach (MachineBlock block in function.Blocks) splitter.InsertLoads(block);
        foreach (Life life in splitter._lives.Values) splitter.InsertStores(life);
        Webs.Rename(function, registers);
    }

    /// <summary>Definitions, and the calls that each register lives over.</summary>
    private void Find(Liveness liveness)
    {
        RegisterSet live = new(_function.RegisterCount);
        foreach (MachineBlock block in _function.Blocks)
        {
            liveness.CollectOut(block, live);
            if (block.Condition is not null) Liveness.StepBack(block.Condition, live);
            for (int i = block.Instructions.Count - 1; i >= 0; i--)
            {
                MachineInstruction instruction = block.Instructions[i];
                if (_lives.TryGetValue(MachineFacts.Defined(instruction), out Life? life)) life.Definitions.Add((block, instruction));
                if (instruction.IsCall)
                {
                    foreach (int register in live.Members)
                    {
                        if (_lives.TryGetValue(register, out Life? over)) Include(over, block);
                    }
                }

                Liveness.StepBack(instruction, live);
            }
        }

        foreach (Life life in _lives.Values)
        {
            life.Definitions.Reverse(); // in the order of each block
            if (life.Definitions is [var only] && only.Instruction.IsRepeatable) life.Repeat = only.Instruction;
            else life.Slot = _function.NewSavedSlot();
        }
    }

    private void Include(Life life, MachineBlock block) => life.Before = life.Before is null ? block : _dominance.Common(life.Before, block);

    private IEnumerable<MachineInstruction> CodeOf(MachineBlock block) => block.Condition is null ? block.Instructions : block.Instructions.Append(block.Condition);

    private bool[][] SolveAvailability()
    {
        bool[][] atStart = new bool[_function.BlockCount][];
        bool[][] atEnd = new bool[_function.BlockCount][];
        bool[][] set = new bool[_function.BlockCount][];
        bool[] calls = new bool[_function.BlockCount];
        int[] used = new int[6];
        foreach (MachineBlock block in _function.Blocks)
        {
            bool[] own = set[block.Id] = new bool[_lives.Count];
            (atStart[block.Id], atEnd[block.Id]) = (new bool[_lives.Count], new bool[_lives.Count]);
            Array.Fill(atStart[block.Id], true);
            foreach (MachineInstruction instruction in CodeOf(block))
            {
                for (int i = MachineFacts.Used(instruction, used) - 1; i >= 0; i--)
                {
                    if (_lives.TryGetValue(used[i], out Life? life)) own[life.Number] = true;
                }

                if (instruction.IsCall)
                {
                    Array.Clear(own);
                    calls[block.Id] = true;
                }

                if (_lives.TryGetValue(MachineFacts.Defined(instruction), out Life? defined)) own[defined.Number] = true;
            }

            for (int i = 0; i < own.Length; i++) atEnd[block.Id][i] = own[i] || !calls[block.Id];
        }

        for (bool changed = true; changed;)
        {
            changed = false;
            foreach (MachineBlock block in _dominance.Order)
            {
                (bool[] start, bool[] end) = (atStart[block.Id], atEnd[block.Id]);
                for (int i = 0; i < start.Length; i++)
                {
                    bool all = block.Predecessors.Count > 0;
                    for (int p = 0; p < block.Predecessors.Count && all; p++) all = atEnd[block.Predecessors[p].Id][i];
                    bool now = set[block.Id][i] || (all && !calls[block.Id]);
                    changed |= all != start[i] || now != end[i];
                    (start[i], end[i]) = (all, now);
                }
            }
        }

        return atStart;
    }

    private void InsertLoads(MachineBlock block)
    {
        bool[] here = [.. _available[block.Id]];
        Span<int> used = stackalloc int[6];
        List<MachineInstruction> code = new(block.Instructions.Count + 4);
        for (int i = 0; i <= block.Instructions.Count; i++)
        {
            MachineInstruction? instruction = i < block.Instructions.Count ? block.Instructions[i] : block.Condition;
            if (instruction is null) continue;
            int count = MachineFacts.Used(instruction, used);
            foreach (int register in used[..count])
            {
                if (!_lives.TryGetValue(register, out Life? life) || here[life.Number]) continue;
                here[life.Number] = true;
                code.Add(Again(life, instruction));
                Include(life, block);
            }

            if (instruction.IsCall) Array.Clear(here);
            if (_lives.TryGetValue(MachineFacts.Defined(instruction), out Life? defined)) here[defined.Number] = true;
            if (i < block.Instructions.Count) code.Add(instruction);
        }

        block.Instructions = code;
    }

    private static MachineInstruction Again(Life life, MachineInstruction user)
    {
        MachineInstruction again = life.Repeat?.Clone() ?? new MachineInstruction { Operation = Operation.Load, Destination = life.Register, Source = MachineFacts.FramePointer, Slot = life.Slot };
        again.Location = user.Location;
        return again;
    }

    private void InsertStores(Life life)
    {
        if (life.Slot is null) return;
        List<(MachineBlock Block, MachineInstruction Instruction)> ends = [];
        for (int i = 0; i < life.Definitions.Count; i++)
        {
            // a step of a computation in one register that goes on before the next call
            bool goesOn = i + 1 < life.Definitions.Count && life.Definitions[i + 1].Block == life.Definitions[i].Block && !IsCallBetween(life.Definitions[i], life.Definitions[i + 1].Instruction);
            if (!goesOn) ends.Add(life.Definitions[i]);
        }

        if (ends is [var only] && life.Before is { } at)
        {
            while (at.LoopDepth > only.Block.LoopDepth && at != only.Block) at = _dominance.Immediate(at);
            if (at == only.Block || _available[at.Id][life.Number])
            {
                int start = at == only.Block ? at.Instructions.IndexOf(only.Instruction) + 1 : 0;
                Store(at, IndexIn(at, life.Register, start), life);
                return;
            }
        }

        foreach ((MachineBlock block, MachineInstruction instruction) in ends) Store(block, block.Instructions.IndexOf(instruction) + 1, life);
    }

    private static bool IsCallBetween((MachineBlock Block, MachineInstruction Instruction) from, MachineInstruction to)
    {
        for (int i = from.Block.Instructions.IndexOf(from.Instruction) + 1; from.Block.Instructions[i] != to; i++)
        {
            if (from.Block.Instructions[i].IsCall) return true;
        }

        return false;
    }

    /// <summary>Behind the last access before the first call.</summary>
    private static int IndexIn(MachineBlock block, int register, int start)
    {
        int[] used = new int[6];
        int index = start;
        for (int i = start; i < block.Instructions.Count && !block.Instructions[i].IsCall; i++)
        {
            if (used.AsSpan(0, MachineFacts.Used(block.Instructions[i], used)).Contains(register)) index = i + 1;
        }

        return index;
    }

    private static void Store(MachineBlock block, int index, Life life) => block.Instructions.Insert(index, new MachineInstruction
    {
        Operation = Operation.StoreRegister,
        Destination = MachineFacts.FramePointer,
        Source = life.Register,
        Slot = life.Slot,
        Location = index > 0 ? block.Instructions[index - 1].Location : null,
    });
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Compiler.Codegen.Machine;

namespace Nectar.Compiler.Codegen.Allocation;

/// <summary>
/// Splits the life of a register at calls: it is stored once before the first call that it lives over, and loaded again before the first use
/// behind a call; uses that follow take the loaded copy. What is cheap to make is made again instead.
/// </summary>
internal sealed class CallSplitter(MachineFunction function, MachineDominance dominance, Liveness liveness)
{
    private readonly record struct Place(MachineBlock Block, int Index);

    /// <summary>Splits registers; afterwards none of them lives over a call.</summary>
    public void Run(List<int> registers)
    {
        foreach (int register in registers) Split(register);
        if (registers.Count > 0) Webs.Rename(function, registers);
    }

    private static bool Uses(MachineInstruction instruction, int register)
    {
        Span<int> used = stackalloc int[6];
        return used[..MachineFacts.Used(instruction, used)].Contains(register);
    }

    private void Split(int register)
    {
        (List<Place> definitions, List<Place> calls) = Find(register);
        MachineInstruction first = definitions[0].Block.Instructions[definitions[0].Index];
        MachineInstruction? repeat = definitions.Count == 1 && first.IsRepeatable ? first : null;
        FrameSlot? slot = repeat is null ? function.NewSavedSlot() : null;
        bool[] available = SolveAvailability(register);
        List<MachineBlock> loads = InsertLoads(register, available, repeat, slot);
        if (slot is not null) InsertStores(register, slot, [.. calls.Select(call => call.Block), .. loads], available);
    }

    /// <summary>Where it is set, and the calls that it lives over.</summary>
    private (List<Place> Definitions, List<Place> Calls) Find(int register)
    {
        (List<Place> definitions, List<Place> calls) = ([], []);
        foreach (MachineBlock block in function.Blocks)
        {
            bool live = liveness.IsLiveOut(block, register);
            if (block.Condition is not null && Uses(block.Condition, register)) live = true;
            for (int i = block.Instructions.Count - 1; i >= 0; i--)
            {
                MachineInstruction instruction = block.Instructions[i];
                if (instruction.IsCall && live) calls.Add(new Place(block, i));
                if (MachineFacts.Defined(instruction) == register)
                {
                    definitions.Add(new Place(block, i));
                    live = false;
                }

                if (Uses(instruction, register)) live = true;
            }
        }

        return (definitions, calls);
    }

    /// <summary>For each block whether the register holds its value at the start, whatever way was taken.</summary>
    private bool[] SolveAvailability(int register)
    {
        bool[] atStart = new bool[function.BlockCount];
        bool[] atEnd = new bool[function.BlockCount];
        bool?[] own = new bool?[function.BlockCount];
        foreach (MachineBlock block in function.Blocks)
        {
            foreach (MachineInstruction instruction in block.Instructions)
            {
                if (instruction.IsCall) own[block.Id] = false;
                if (MachineFacts.Defined(instruction) == register || Uses(instruction, register)) own[block.Id] = true;
            }

            if (block.Condition is not null && Uses(block.Condition, register)) own[block.Id] = true;
            (atStart[block.Id], atEnd[block.Id]) = (true, own[block.Id] ?? true);
        }

        for (bool changed = true; changed;)
        {
            changed = false;
            foreach (MachineBlock block in dominance.Order)
            {
                bool all = block.Predecessors.Count > 0 && block.Predecessors.TrueForAll(predecessor => atEnd[predecessor.Id]);
                bool end = own[block.Id] ?? all;
                changed |= all != atStart[block.Id] || end != atEnd[block.Id];
                (atStart[block.Id], atEnd[block.Id]) = (all, end);
            }
        }

        return atStart;
    }

    /// <summary>Gives the blocks that got one.</summary>
    private List<MachineBlock> InsertLoads(int register, bool[] available, MachineInstruction? repeat, FrameSlot? slot)
    {
        List<MachineBlock> loads = [];
        foreach (MachineBlock block in function.Blocks)
        {
            bool here = available[block.Id];
            for (int i = 0; i <= block.Instructions.Count; i++)
            {
                MachineInstruction? instruction = i < block.Instructions.Count ? block.Instructions[i] : block.Condition;
                if (instruction is null) continue;
                if (!here && Uses(instruction, register))
                {
                    block.Instructions.Insert(i++, Again(register, repeat, slot, instruction));
                    here = true;
                    loads.Add(block);
                }

                if (MachineFacts.Defined(instruction) == register) here = true;
                if (instruction.IsCall) here = false;
            }
        }

        return loads;
    }

    private static MachineInstruction Again(int register, MachineInstruction? repeat, FrameSlot? slot, MachineInstruction user)
    {
        if (repeat is null) return new MachineInstruction { Operation = Operation.Load, Destination = register, Source = MachineFacts.FramePointer, Slot = slot, Location = user.Location };
        MachineInstruction again = repeat.Clone();
        again.Location = user.Location;
        return again;
    }

    private void InsertStores(int register, FrameSlot slot, List<MachineBlock> places, bool[] available)
    {
        List<Place> definitions = Find(register).Definitions; // instructions have moved
        definitions.RemoveAll(place => place.Block.Instructions[place.Index] is { Operation: Operation.Load } load && load.Slot == slot);
        definitions.RemoveAll(place => definitions.Exists(later => IsSuperseded(place, later)));
        if (definitions.Count == 1 && places.Count > 0)
        {
            Place definition = definitions[0];
            MachineBlock at = places[0];
            foreach (MachineBlock place in places) at = dominance.Common(at, place); // so that the store comes before all loads too
            while (at.LoopDepth > definition.Block.LoopDepth && at != definition.Block) at = dominance.Immediate(at);
            if (at == definition.Block || available[at.Id])
            {
                Store(at, IndexIn(at, register, at == definition.Block ? definition.Index + 1 : 0), register, slot);
                return;
            }
        }

        foreach (Place place in definitions.OrderByDescending(place => place.Index)) Store(place.Block, place.Index + 1, register, slot);
    }

    /// <summary>True for a step of a computation in one register that goes on before the next call.</summary>
    private static bool IsSuperseded(Place place, Place later)
    {
        if (later.Block != place.Block || later.Index <= place.Index) return false;
        for (int i = place.Index + 1; i < later.Index; i++)
        {
            if (place.Block.Instructions[i].IsCall) return false;
        }

        return true;
    }

    /// <summary>Behind the last access before the first call.</summary>
    private static int IndexIn(MachineBlock block, int register, int start)
    {
        int index = start;
        for (int i = start; i < block.Instructions.Count && !block.Instructions[i].IsCall; i++)
        {
            if (Uses(block.Instructions[i], register)) index = i + 1;
        }

        return index;
    }

    private static void Store(MachineBlock block, int index, int register, FrameSlot slot) => block.Instructions.Insert(index, new MachineInstruction
    {
        Operation = Operation.StoreRegister,
        Destination = MachineFacts.FramePointer,
        Source = register,
        Slot = slot,
        Location = index > 0 ? block.Instructions[index - 1].Location : null,
    });
}

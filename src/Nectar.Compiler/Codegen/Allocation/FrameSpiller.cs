// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Compiler.Codegen.Machine;

namespace Nectar.Compiler.Codegen.Allocation;

/// <summary>Keeps registers in the frame for good: loaded in front of each use, stored behind each definition.</summary>
internal static class FrameSpiller
{
    /// <summary>Puts registers into the frame; the registers of the short lives that remain are added to <paramref name="temporaries"/>.</summary>
    public static void Run(MachineFunction function, List<int> registers, HashSet<int> temporaries)
    {
        Dictionary<int, FrameSlot> slots = [];
        Dictionary<int, MachineInstruction> repeats = FindRepeatable(function, registers);
        foreach (int register in registers)
        {
            if (!repeats.ContainsKey(register)) slots.Add(register, function.NewSavedSlot());
        }

        foreach (MachineBlock block in function.Blocks)
        {
            List<MachineInstruction> code = new(block.Instructions.Count);
            foreach (MachineInstruction instruction in block.Instructions) Rewrite(function, instruction, code, slots, repeats, temporaries);
            if (block.Condition is not null)
            {
                Rewrite(function, block.Condition, code, slots, repeats, temporaries);
                code.RemoveAt(code.Count - 1);
            }

            block.Instructions = code;
        }
    }

    private static Dictionary<int, MachineInstruction> FindRepeatable(MachineFunction function, List<int> registers)
    {
        Dictionary<int, MachineInstruction> repeats = [];
        HashSet<int> wanted = [.. registers];
        foreach (MachineBlock block in function.Blocks)
        {
            foreach (MachineInstruction instruction in block.Instructions)
            {
                int defined = MachineFacts.Defined(instruction);
                if (!wanted.Contains(defined)) continue;
                if (instruction.IsRepeatable && repeats.TryAdd(defined, instruction)) continue;
                wanted.Remove(defined);
                repeats.Remove(defined);
            }
        }

        return repeats;
    }

    private static void Rewrite(MachineFunction function, MachineInstruction instruction, List<MachineInstruction> code, Dictionary<int, FrameSlot> slots,
        Dictionary<int, MachineInstruction> repeats, HashSet<int> temporaries)
    {
        Span<int> used = stackalloc int[6];
        int count = MachineFacts.Used(instruction, used);
        int defined = MachineFacts.Defined(instruction);
        int renamed = -1;
        if (repeats.TryGetValue(defined, out MachineInstruction? repeated) && repeated == instruction) return; // made where it is used
        for (int i = 0; i < count; i++)
        {
            int register = used[i];
            if (used[..i].Contains(register)) continue; // x op x
            bool isSaved = slots.TryGetValue(register, out FrameSlot? slot);
            if (!isSaved && !repeats.ContainsKey(register)) continue;
            int temporary = function.NewRegister();
            temporaries.Add(temporary);
            MachineInstruction load = isSaved
                ? new MachineInstruction { Operation = Operation.Load, Source = MachineFacts.FramePointer, Slot = slot, Location = instruction.Location }
                : repeats[register].Clone();
            load.Destination = temporary;
            code.Add(load);
            if (register == defined) renamed = temporary;
            if (instruction.Source == register) instruction.Source = temporary;
            if (instruction.Destination == register && MachineFacts.ReadsDestination(instruction)) instruction.Destination = temporary;
        }

        code.Add(instruction);
        if (!slots.TryGetValue(defined, out FrameSlot? home)) return;
        if (renamed < 0)
        {
            renamed = function.NewRegister();
            temporaries.Add(renamed);
            if (instruction.Destination == defined) instruction.Destination = renamed;
        }

        code.Add(new MachineInstruction { Operation = Operation.StoreRegister, Destination = MachineFacts.FramePointer, Source = renamed, Slot = home, Location = instruction.Location });
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Compiler.Codegen.Machine;

namespace Nectar.Compiler.Codegen.Finishing;

/// <summary>What was just saved or loaded is still in its register: the next load of it is a copy or nothing, the next store nothing.</summary>
internal static class SavedCopies
{
    public static void Run(MachineFunction function)
    {
        Dictionary<FrameSlot, int> held = [];
        foreach (MachineBlock block in function.Blocks)
        {
            held.Clear();
            block.Instructions.RemoveAll(instruction => IsNeedless(instruction, held));
        }
    }

    private static bool IsNeedless(MachineInstruction instruction, Dictionary<FrameSlot, int> held)
    {
        bool isLoad = instruction.Operation == Operation.Load && instruction.Source == MachineFacts.FramePointer;
        bool isStore = instruction.Operation == Operation.StoreRegister && instruction.Destination == MachineFacts.FramePointer;
        if (instruction.Slot is { IsSaved: true } slot && (isLoad || isStore))
        {
            int register = isLoad ? instruction.Destination : instruction.Source;
            bool known = held.TryGetValue(slot, out int holder);
            if (known && holder == register) return true;
            if (isLoad)
            {
                if (known) (instruction.Operation, instruction.Source, instruction.Slot) = (Operation.Mov, holder, null);
                Forget(held, register);
            }

            held[slot] = register;
            return false;
        }

        int defined = MachineFacts.Defined(instruction);
        if (defined >= 0) Forget(held, defined);
        if (instruction.IsCall)
        {
            for (int i = 0; i < MachineFacts.FirstPreserved; i++) Forget(held, i);
        }

        return false;
    }

    private static void Forget(Dictionary<FrameSlot, int> held, int register)
    {
        foreach ((FrameSlot slot, int holder) in held)
        {
            if (holder == register) held.Remove(slot);
        }
    }
}

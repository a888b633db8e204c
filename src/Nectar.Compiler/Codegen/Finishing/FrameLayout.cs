// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Codegen.Machine;

namespace Nectar.Compiler.Codegen.Finishing;

/// <summary>Places the parts of the frame below r10, widest alignment first so that nothing is lost between them.</summary>
internal static class FrameLayout
{
    /// <summary>What every kernel gives a function.</summary>
    public const int Limit = 512;

    /// <summary>Sets the offsets of all parts that are used. Gives the frame's size, a multiple of eight.</summary>
    public static int Run(MachineFunction function, out List<FramePart> parts)
    {
        HashSet<FrameSlot> used = [];
        foreach (MachineBlock block in function.Blocks)
        {
            foreach (MachineInstruction instruction in block.Instructions)
            {
                if (instruction.Slot is not null) used.Add(instruction.Slot);
            }
        }

        long depth = 0;
        parts = [];
        foreach (FrameSlot slot in function.Slots.Where(used.Contains).OrderByDescending(slot => slot.Alignment))
        {
            long alignment = Math.Clamp(slot.Alignment, 1, 8);
            depth = (depth + slot.Size + alignment - 1) / alignment * alignment;
            slot.Offset = (int)-Math.Min(depth, int.MaxValue / 2);
            parts.Add(new FramePart(slot.Name, slot.Offset, slot.Size));
        }

        return (int)Math.Min((depth + 7) / 8 * 8, int.MaxValue / 2);
    }
}

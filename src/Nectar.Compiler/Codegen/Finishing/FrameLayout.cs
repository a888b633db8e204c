// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Codegen.Machine;

namespace Nectar.Compiler.Codegen.Finishing;

/// <summary>Places the parts of the frame below r10, widest alignment first, each as high as those allow that are wanted at the same time.</summary>
internal static class FrameLayout
{
    /// <summary>What every kernel gives a function.</summary>
    public const int Limit = 512;

    /// <summary>Sets the offsets of all parts that are used. Gives the frame's size, a multiple of eight.</summary>
    public static int Run(MachineFunction function, out List<FramePart> parts)
    {
        SlotSharing sharing = new(function);
        List<FrameSlot> placed = [];
        parts = [];
        long depth = 0;
        foreach (FrameSlot slot in sharing.Slots.OrderByDescending(slot => slot.Alignment).ThenByDescending(slot => slot.Size))
        {
            long end = Place(slot, placed, sharing);
            slot.Offset = (int)-Math.Min(end, int.MaxValue / 2);
            depth = Math.Max(depth, end);
            placed.Add(slot);
            parts.Add(new FramePart(slot.Name, slot.Offset, slot.Size));
        }

        return (int)Math.Min((depth + 7) / 8 * 8, int.MaxValue / 2);
    }

    /// <summary>The distance of a part's lowest byte from r10: the least that no conflicting part covers.</summary>
    private static long Place(FrameSlot slot, List<FrameSlot> placed, SlotSharing sharing)
    {
        long alignment = Math.Clamp(slot.Alignment, 1, 8);
        (long Low, long High)[] taken = [.. placed.Where(other => sharing.Conflicts(slot, other)).Select(other => (-(long)other.Offset, -(long)other.Offset - other.Size)).OrderBy(range => range.Item2)];
        long start = 0;
        foreach ((long low, long high) in taken)
        {
            if (End(start) <= high) break;
            start = Math.Max(start, low);
        }

        return End(start);

        long End(long from) => (from + slot.Size + alignment - 1) / alignment * alignment;
    }
}

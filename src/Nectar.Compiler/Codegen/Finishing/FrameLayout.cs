// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Codegen.Machine;

namespace Nectar.Compiler.Codegen.Finishing;

/// <summary>Places the parts of the frame below r10, widest alignment first, each as high as those allow that are wanted at the same time.</summary>
internal sealed class FrameLayout
{
    /// <summary>What every kernel gives a function.</summary>
    public const int Limit = 512;

    private readonly SlotSharing _sharing;
    private readonly List<(FrameSlot Slot, int Number)> _placed = [];
    private readonly List<(long Low, long High)> _taken = [];
    private long _depth;

    private FrameLayout(MachineFunction function) => _sharing = new SlotSharing(function);

    /// <summary>Sets the offsets of all parts that are used. Gives the frame's size, a multiple of eight.</summary>
    public static int Run(MachineFunction function, out List<FramePart> parts)
    {
        FrameLayout layout = new(function);
        parts = [];
        foreach (FrameSlot slot in layout._sharing.Slots.OrderByDescending(slot => slot.Alignment).ThenByDescending(slot => slot.Size))
        {
            slot.Offset = (int)-Math.Min(layout.Place(slot), int.MaxValue / 2);
            parts.Add(new FramePart(slot.Name, slot.Offset, slot.Size));
        }

        return (int)Math.Min((layout._depth + 7) / 8 * 8, int.MaxValue / 2);
    }

    /// <summary>The distance of a part's lowest byte from r10: the least that no conflicting part covers.</summary>
    private long Place(FrameSlot slot)
    {
        long alignment = Math.Clamp(slot.Alignment, 1, 8);
        _taken.Clear();
        int number = _sharing.NumberOf(slot);
        foreach ((FrameSlot other, int otherNumber) in _placed)
        {
            if (_sharing.Conflicts(number, otherNumber)) _taken.Add((-(long)other.Offset, -(long)other.Offset - other.Size));
        }

        _taken.Sort(static (a, b) => a.High.CompareTo(b.High));
        long start = 0;
        foreach ((long low, long high) in _taken)
        {
            if (End(start) <= high) break;
            start = Math.Max(start, low);
        }

        long end = End(start);
        _placed.Add((slot, number));
        _depth = Math.Max(_depth, end);
        return end;

        long End(long from) => (from + slot.Size + alignment - 1) / alignment * alignment;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Slots;

/// <summary>Bytes of a slot, from the first to behind the last.</summary>
internal readonly record struct ByteRange(long Start, long End) : IComparable<ByteRange>
{
    public long Size => End - Start;

    public ByteRange Within(long start, long end) => new(Math.Max(Start, start), Math.Min(End, end));

    public ByteRange Moved(long by) => new(Start + by, End + by);

    /// <summary>In pieces of 8, 4, 2 and 1 bytes, each at a multiple of its size.</summary>
    public IEnumerable<ByteRange> Aligned()
    {
        for (long at = Start; at < End;)
        {
            long size = 8;
            while ((at & (size - 1)) != 0 || at + size > End) size >>= 1;
            yield return new ByteRange(at, at + size);
            at += size;
        }
    }

    public int CompareTo(ByteRange other) => Start != other.Start ? Start.CompareTo(other.Start) : End.CompareTo(other.End);
}

/// <summary>An operation on bytes of a slot.</summary>
internal sealed class SlotAccess(Value op, long offset, long size, bool isTarget)
{
    public Value Op { get; } = op;

    public long Offset { get; } = offset;

    public long Size { get; } = size;

    /// <summary>The slot is what a copy writes.</summary>
    public bool IsTarget { get; } = isTarget;

    /// <summary>The slot at the other end of a copy, if that can be split too.</summary>
    public SplitSlot? Other;

    public long OtherOffset;
}

/// <summary>A piece of a slot that gets a slot of its own.</summary>
internal sealed class SlotCell(ByteRange range)
{
    public ByteRange Range { get; } = range;

    public Value? Slot;

    public bool IsPointer;

    /// <summary>No integer: stays in memory.</summary>
    public bool IsBlock => Range.Size is not (1 or 2 or 4 or 8);
}

/// <summary>A slot whose every use is known, and the pieces it is split into.</summary>
internal sealed class SplitSlot(Value value)
{
    public Value Value { get; } = value;

    public List<SlotAccess> Accesses { get; } = [];

    public SortedSet<ByteRange> Ranges { get; } = [];

    public List<SlotCell> Cells { get; } = [];

    /// <summary>Nothing would be won.</summary>
    public bool IsUnchanged { get; private set; }

    /// <summary>Notes all uses of an address; false if one lets the address out, or is no plain access.</summary>
    public bool Collect(Value pointer, long offset)
    {
        foreach (Value user in pointer.Users)
        {
            if (user.IsVolatile) return false;
            switch (user.Op)
            {
                case Op.PointerOffset:
                    if (!Collect(user, offset + user.Immediate)) return false;
                    continue;
                case Op.Load:
                case Op.Store when user[1] != pointer:
                    if (!Add(user, offset + user.Immediate, user.Width, user.Op == Op.Store)) return false;
                    continue;
                case Op.MemorySet when user[1].IsConstant:
                    if (!Add(user, offset, user.Immediate, true)) return false;
                    continue;
                case Op.MemoryCopy when Root(user[0]) != Root(user[1]):
                    if (!Add(user, offset, user.Immediate, user[0] == pointer)) return false;
                    continue;
                default:
                    return false;
            }
        }

        return true;
    }

    /// <summary>The pieces that single accesses name.</summary>
    public void AddScalarRanges()
    {
        foreach (SlotAccess access in Accesses)
        {
            if (access.Op.Op is Op.Load or Op.Store) Ranges.Add(new ByteRange(access.Offset, access.Offset + access.Size));
        }
    }

    /// <summary>What no range has between two offsets.</summary>
    public List<ByteRange> Gaps(long start, long end)
    {
        List<ByteRange> gaps = [];
        foreach (ByteRange range in Ranges)
        {
            if (range.Start >= end) break;
            if (range.Start > start) gaps.Add(new ByteRange(start, range.Start));
            start = Math.Max(start, range.End);
        }

        if (start < end) gaps.Add(new ByteRange(start, end));
        return gaps;
    }

    /// <summary>Joins ranges that overlap.</summary>
    public void MakeCells()
    {
        foreach (ByteRange range in Ranges)
        {
            if (Cells.Count > 0 && range.Start < Cells[^1].Range.End)
            {
                Cells[^1] = new SlotCell(new ByteRange(Cells[^1].Range.Start, Math.Max(Cells[^1].Range.End, range.End)));
                continue;
            }

            Cells.Add(new SlotCell(range));
        }

        foreach (SlotAccess access in Accesses)
        {
            bool isPointer = access.Op.Op switch { Op.Load => access.Op.Type, Op.Store => access.Op[1].Type, _ => IrType.Void } == IrType.Pointer;
            if (isPointer && CellAt(access.Offset) is { } cell && cell.Range.Size == 8) cell.IsPointer = true;
        }

        if (Cells.Count > 1 || (Cells.Count == 1 && Cells[0].Range.Size != Value.Immediate)) return;
        bool isWhole = Cells.Count == 0 || Accesses.TrueForAll(access => access.Op.Op is Op.Load or Op.Store && access.Op.Immediate == 0 && access.Op[0] == Value && access.Op.Width == Cells[0].Range.Size);
        IsUnchanged = Cells.Count == 1 && (Cells[0].IsBlock || isWhole);
    }

    public SlotCell? CellAt(long offset)
    {
        int low = 0, high = Cells.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (offset < Cells[middle].Range.Start) high = middle - 1;
            else if (offset >= Cells[middle].Range.End) low = middle + 1;
            else return Cells[middle];
        }

        return null;
    }

    /// <summary>Takes the slot and the addresses in it away, when nothing uses them any more.</summary>
    public void RemoveAddresses()
    {
        foreach (Value user in Value.Users.ToArray()) RemoveAddress(user);
        if (Value.Users.Count == 0) Value.Remove();
    }

    private static void RemoveAddress(Value address)
    {
        if (address.Op != Op.PointerOffset) return;
        foreach (Value user in address.Users.ToArray()) RemoveAddress(user);
        if (address.Users.Count == 0) address.Remove();
    }

    private static Value Root(Value pointer)
    {
        while (pointer.Op == Op.PointerOffset) pointer = pointer[0];
        return pointer;
    }

    private bool Add(Value op, long offset, long size, bool isTarget)
    {
        if (offset < 0 || offset + size > Value.Immediate) return false;
        Accesses.Add(new SlotAccess(op, offset, size, isTarget));
        return true;
    }
}

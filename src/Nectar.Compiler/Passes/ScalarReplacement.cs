// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Compiler.Ir;
using Nectar.Compiler.Passes.Slots;

namespace Nectar.Compiler.Passes;

/// <summary>
/// Splits stack slots into the pieces that are used as one: fields become slots of their own, which <see cref="Promote"/> makes values. Copies
/// and fills are split along. Pieces that are accessed in different widths become one integer that parts are put into and taken out of.
/// A slot whose address goes elsewhere stays as it is.
/// </summary>
internal sealed class ScalarReplacement
{
    /// <summary>Bytes that are only copied: longer runs stay together in memory.</summary>
    private const int LongestUntyped = 32;

    private readonly IrFunction _function;
    private readonly Dictionary<Value, SplitSlot> _slots = [];
    private readonly List<Value> _order = [];
    private List<Value> _code = [];

    private ScalarReplacement(IrFunction function) => _function = function;

    public static bool Run(IrFunction function, PassContext context) => new ScalarReplacement(function).RunOnce();

    private bool RunOnce()
    {
        foreach (Value value in _function.Entry.Values)
        {
            if (value.Op != Op.StackSlot) continue;
            SplitSlot slot = new(value);
            if (!slot.Collect(value, 0) || slot.Accesses.Count == 0) continue;
            _slots.Add(value, slot);
            _order.Add(value);
        }

        DropOpaqueCopies();
        foreach (SplitSlot slot in Slots()) slot.AddScalarRanges();
        Spread();
        foreach (SplitSlot slot in Slots()) AddCopiedRanges(slot);
        Spread();
        foreach (SplitSlot slot in Slots()) slot.MakeCells();
        // A slot that is one piece already needs no change, unless a copy or a fill of it is to become an access.
        foreach (Value value in _order)
        {
            if (_slots.TryGetValue(value, out SplitSlot? slot) && slot.IsUnchanged) _slots.Remove(value);
        }

        if (_slots.Count == 0) return false;
        CreateSlots();
        foreach (Block block in _function.Blocks) Rewrite(block);
        foreach (SplitSlot slot in Slots()) slot.RemoveAddresses();
        return true;
    }

    private IEnumerable<SplitSlot> Slots()
    {
        foreach (Value value in _order)
        {
            if (_slots.TryGetValue(value, out SplitSlot? slot)) yield return slot;
        }
    }

    /// <summary>Reads of kernel and user memory are calls: bytes that come from there come in one piece, so their slot stays.</summary>
    private void DropOpaqueCopies()
    {
        foreach (Value value in _order)
        {
            if (_slots[value].Accesses.Exists(access => access.Op.Op == Op.MemoryCopy && access.IsTarget && IsOpaque(access.Op[1]))) _slots.Remove(value);
        }

        foreach (SplitSlot slot in Slots())
        {
            foreach (SlotAccess access in slot.Accesses)
            {
                if (access.Op.Op != Op.MemoryCopy) continue;
                access.Other = Find(access.Op[access.IsTarget ? 1 : 0], out access.OtherOffset);
            }
        }
    }

    /// <summary>Kernel or user memory, or an address that still lies in a slot, so that nobody knows yet.</summary>
    private static bool IsOpaque(Value pointer)
    {
        if (pointer.Origin is PointerOrigin.Kernel or PointerOrigin.User) return true;
        while (pointer.Op == Op.PointerOffset) pointer = pointer[0];
        return pointer.Origin == PointerOrigin.Unknown && pointer is { Op: Op.Load } && pointer[0].Origin == PointerOrigin.Stack;
    }

    private SplitSlot? Find(Value pointer, out long offset)
    {
        offset = 0;
        while (pointer.Op == Op.PointerOffset) (offset, pointer) = (offset + pointer.Immediate, pointer[0]);
        return _slots.GetValueOrDefault(pointer);
    }

    /// <summary>Two slots that one copy joins have the same pieces where they are copied.</summary>
    private void Spread()
    {
        Stack<SplitSlot> waiting = new(Slots());
        while (waiting.TryPop(out SplitSlot? slot))
        {
            foreach (SlotAccess copy in slot.Accesses)
            {
                if (copy.Other is not { } other) continue;
                bool changed = false;
                foreach (ByteRange range in slot.Ranges.ToArray())
                {
                    ByteRange shared = range.Within(copy.Offset, copy.Offset + copy.Size);
                    if (shared.Size > 0) changed |= other.Ranges.Add(shared.Moved(copy.OtherOffset - copy.Offset));
                }

                if (changed && other != slot) waiting.Push(other);
            }
        }
    }

    /// <summary>What is copied out of slots is read there, also where nothing else accesses it.</summary>
    private static void AddCopiedRanges(SplitSlot slot)
    {
        foreach (SlotAccess copy in slot.Accesses)
        {
            if (copy.Op.Op != Op.MemoryCopy || copy.IsTarget || copy.Other is not null) continue;
            foreach (ByteRange gap in slot.Gaps(copy.Offset, copy.Offset + copy.Size))
            {
                if (gap.Size > LongestUntyped) slot.Ranges.Add(gap);
                else foreach (ByteRange piece in gap.Aligned()) slot.Ranges.Add(piece);
            }
        }
    }

    private void CreateSlots()
    {
        foreach (SplitSlot slot in Slots())
        {
            foreach (SlotCell cell in slot.Cells)
            {
                Value value = _function.NewValue(Op.StackSlot, IrType.Pointer);
                string name = cell.Range.Start == 0 ? $"{slot.Value.Symbol}" : string.Create(CultureInfo.InvariantCulture, $"{slot.Value.Symbol}+{cell.Range.Start}");
                long alignment = Math.Min(slot.Value.Width == 0 ? 8 : slot.Value.Width, cell.Range.Start == 0 ? 8 : cell.Range.Start & -cell.Range.Start);
                (value.Immediate, value.Width, value.Symbol, value.Origin, value.Location) = (cell.Range.Size, (byte)Math.Min(alignment, 8), name, PointerOrigin.Stack, slot.Value.Location);
                cell.Slot = _function.Entry.Insert(_function.Entry.IndexOf(slot.Value), value);
            }
        }
    }

    private void Rewrite(Block block)
    {
        bool isTouched = false;
        foreach (Value value in block.Values) isTouched |= Touches(value);
        if (!isTouched) return;
        _code = new List<Value>(block.Values.Count + 16);
        foreach (Value value in block.Values.ToArray())
        {
            if (!Touches(value)) _code.Add(value);
            else Rewrite(value);
        }

        block.Reset(_code);
    }

    private bool Touches(Value value) => value.Op switch
    {
        Op.Load or Op.Store or Op.MemorySet => Find(value[0], out _) is not null,
        Op.MemoryCopy => Find(value[0], out _) is not null || Find(value[1], out _) is not null,
        _ => false,
    };

    private void Rewrite(Value value)
    {
        SplitSlot? slot = Find(value[0], out long offset);
        switch (value.Op)
        {
            case Op.Load:
                SlotCell cell = slot!.CellAt(offset + value.Immediate)!;
                if (cell.IsBlock || cell.Range.Size == value.Width)
                {
                    Move(value, 0, cell, offset + value.Immediate);
                    break;
                }

                value.ReplaceUsesWith(Extract(cell, offset + value.Immediate, value));
                value.ClearOperands();
                break;
            case Op.Store:
                cell = slot!.CellAt(offset + value.Immediate)!;
                if (cell.IsBlock || cell.Range.Size == value.Width)
                {
                    Move(value, 0, cell, offset + value.Immediate);
                    break;
                }

                Insert(cell, offset + value.Immediate, value[1], value.Width, value.Location);
                value.ClearOperands();
                break;
            case Op.MemorySet:
                Fill(slot!, offset, value);
                value.ClearOperands();
                break;
            default:
                Copy(value, slot, offset);
                value.ClearOperands();
                break;
        }
    }

    private void Move(Value access, int operand, SlotCell cell, long offset)
    {
        access[operand] = cell.Slot!;
        access.Immediate = offset - cell.Range.Start;
        _code.Add(access);
    }

    private void Fill(SplitSlot slot, long offset, Value set)
    {
        long pattern = (byte)set[1].Immediate * 0x0101010101010101L;
        foreach (SlotCell cell in slot.Cells)
        {
            ByteRange piece = cell.Range.Within(offset, offset + set.Immediate);
            if (piece.Size <= 0) continue;
            if (cell.IsBlock)
            {
                Value part = New(Op.MemorySet, IrType.Void, set.Location, Address(cell, piece.Start, set.Location), set[1]);
                part.Immediate = piece.Size;
                continue;
            }

            foreach (ByteRange chunk in piece.Aligned())
            {
                IrType type = chunk.Size == 8 ? IrType.I64 : IrType.I32;
                Value constant = New(Op.Constant, type, set.Location);
                constant.Immediate = type == IrType.I64 ? pattern : (int)(pattern & ((1L << (int)(chunk.Size * 8)) - 1));
                Write(cell, chunk, constant, set.Location);
            }
        }
    }

    private void Copy(Value copy, SplitSlot? to, long toOffset)
    {
        SplitSlot? from = Find(copy[1], out long fromOffset);
        // Pieces between the borders of both sides; what one side has no piece for is never read.
        SortedSet<long> borders = [0, copy.Immediate];
        foreach (SlotCell cell in to?.Cells ?? []) AddBorders(cell.Range, toOffset);
        foreach (SlotCell cell in from?.Cells ?? []) AddBorders(cell.Range, fromOffset);
        long start = -1;
        foreach (long border in borders)
        {
            if (start >= 0) CopyPiece(start, border - start);
            start = border;
        }

        void AddBorders(ByteRange range, long offset)
        {
            if (range.Start - offset > 0 && range.Start - offset < copy.Immediate) borders.Add(range.Start - offset);
            if (range.End - offset > 0 && range.End - offset < copy.Immediate) borders.Add(range.End - offset);
        }

        void CopyPiece(long at, long size)
        {
            SlotCell? target = to?.CellAt(toOffset + at), source = from?.CellAt(fromOffset + at);
            if ((to is not null && target is null) || (from is not null && source is null)) return;
            if (target is null or { IsBlock: true } && source is null or { IsBlock: true })
            {
                Value piece = New(
                    Op.MemoryCopy, IrType.Void, copy.Location,
                    target is null ? Address(copy[0], at, copy.Location) : Address(target, toOffset + at, copy.Location),
                    source is null ? Address(copy[1], at, copy.Location) : Address(source, fromOffset + at, copy.Location));
                piece.Immediate = size;
                return;
            }

            ByteRange range = new(at, at + size);
            long alignAs = target is not null ? toOffset : fromOffset;
            foreach (ByteRange chunk in range.Moved(alignAs).Aligned())
            {
                long offset = chunk.Start - alignAs;
                Value value;
                if (source is not null) value = Read(source, new ByteRange(fromOffset + offset, fromOffset + offset + chunk.Size), copy.Location);
                else
                {
                    IrType type = chunk.Size < 8 ? IrType.I32 : target!.IsPointer ? IrType.Pointer : IrType.I64;
                    value = OutsideAccess.Load(New, copy[1], offset, (int)chunk.Size, type, copy.Location);
                }

                if (target is not null) Write(target, new ByteRange(toOffset + offset, toOffset + offset + chunk.Size), value, copy.Location);
                else
                {
                    OutsideAccess.Store(New, copy[0], offset, (int)chunk.Size, value, copy.Location);
                }
            }
        }
    }

    private Value Read(SlotCell cell, ByteRange range, SourceLocation? location)
    {
        Value load = _function.NewValue(Op.Load, range.Size < 8 ? IrType.I32 : cell.IsPointer ? IrType.Pointer : IrType.I64, cell.Slot!);
        (load.Width, load.Location) = ((byte)range.Size, location);
        if (cell.IsBlock || cell.Range.Size == range.Size)
        {
            load.Immediate = range.Start - cell.Range.Start;
            _code.Add(load);
            return load;
        }

        Value part = Extract(cell, range.Start, load);
        load.ClearOperands();
        return part;
    }

    private void Write(SlotCell cell, ByteRange range, Value value, SourceLocation? location)
    {
        if (!cell.IsBlock && cell.Range.Size != range.Size)
        {
            Insert(cell, range.Start, value, (int)range.Size, location);
            return;
        }

        Value store = New(Op.Store, IrType.Void, location, cell.Slot!, value);
        (store.Width, store.Immediate) = ((byte)range.Size, range.Start - cell.Range.Start);
    }

    /// <summary>A part of an integer, as a load of these bytes would give it.</summary>
    private Value Extract(SlotCell cell, long offset, Value load)
    {
        Value whole = LoadWhole(cell, load.Location);
        int shift = (int)(offset - cell.Range.Start) * 8;
        if (shift > 0) whole = New(Op.ShiftRight, whole.Type, load.Location, whole, Number(whole.Type, shift, load.Location));
        if (load.Type == IrType.I32 && whole.Type == IrType.I64) whole = New(Op.Truncate, IrType.I32, load.Location, whole);
        if (load.Width == 4 && load.Type == IrType.I32) return whole;
        Value extended = New(load.IsSigned ? Op.SignExtend : Op.ZeroExtend, load.Type, load.Location, whole);
        extended.Width = load.Width;
        return extended;
    }

    private void Insert(SlotCell cell, long offset, Value value, int width, SourceLocation? location)
    {
        Value whole = LoadWhole(cell, location);
        IrType type = whole.Type;
        int shift = (int)(offset - cell.Range.Start) * 8;
        long mask = width == 8 ? -1 : (1L << (width * 8)) - 1;
        if (value.Type == IrType.I64 && type == IrType.I32) value = New(Op.Truncate, IrType.I32, location, value);
        Value part = New(Op.ZeroExtend, type, location, value);
        part.Width = (byte)width;
        if (shift > 0) part = New(Op.ShiftLeft, type, location, part, Number(type, shift, location));
        Value rest = New(Op.And, type, location, whole, Number(type, ~(mask << shift), location));
        Value store = New(Op.Store, IrType.Void, location, cell.Slot!, New(Op.Or, type, location, rest, part));
        store.Width = (byte)cell.Range.Size;
    }

    private Value LoadWhole(SlotCell cell, SourceLocation? location)
    {
        Value load = New(Op.Load, cell.Range.Size == 8 ? IrType.I64 : IrType.I32, location, cell.Slot!);
        load.Width = (byte)cell.Range.Size;
        return load;
    }

    private Value Number(IrType type, long number, SourceLocation? location)
    {
        Value constant = New(Op.Constant, type, location);
        constant.Immediate = type == IrType.I32 ? (int)number : number;
        return constant;
    }

    private Value Address(SlotCell cell, long offset, SourceLocation? location) => Address(cell.Slot!, offset - cell.Range.Start, location);

    private Value Address(Value pointer, long offset, SourceLocation? location)
    {
        if (offset == 0) return pointer;
        Value address = New(Op.PointerOffset, IrType.Pointer, location, pointer);
        (address.Immediate, address.Origin) = (offset, pointer.Origin);
        return address;
    }

    private Value New(Op op, IrType type, SourceLocation? location, params ReadOnlySpan<Value> operands)
    {
        Value value = _function.NewValue(op, type, operands);
        value.Location = location;
        _code.Add(value);
        return value;
    }
}

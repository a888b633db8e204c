// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Memory;

/// <summary>
/// Leaves out what is stored and never read: overwritten before anything reads it, or in the frame and not read on any way to the end. Of
/// a fill that is overwritten in part the rest stays: padding keeps its zeros.
/// </summary>
internal sealed class DeadStores
{
    private const long LargestSplit = 64;

    /// <summary>What holds at a point: slots that may still be read, and bytes that are written before they are read.</summary>
    private sealed record State(ulong[] Live, List<Extent> Overwritten);

    private readonly IrFunction _function;
    private readonly Aliasing _aliasing;
    private readonly Dictionary<Value, int> _slots = []; // slot → its bit
    private readonly ulong[] _escaped; // slots that an unknown address may point to
    private bool _changed;

    private DeadStores(IrFunction function)
    {
        (_function, _aliasing) = (function, new Aliasing(function));
        foreach (Value value in function.Entry.Values)
        {
            if (value.Op == Op.StackSlot) _slots.Add(value, _slots.Count);
        }

        _escaped = new ulong[(_slots.Count + 63) / 64];
        foreach (Value slot in _slots.Keys)
        {
            if (_aliasing.IsEscaped(slot)) Add(_escaped, slot);
        }
    }

    public static bool Run(IrFunction function, PassContext context) => new DeadStores(function).Run();

    private bool Run()
    {
        State?[] atStart = new State?[_function.BlockCount];
        List<Block> order = _function.Dominance.ReversePostorder;
        List<Value> values = [];
        for (int i = order.Count - 1; i >= 0; i--)
        {
            State state = AtEnd(order[i], atStart);
            values.Clear();
            values.AddRange(order[i].Values.Span);
            for (int j = values.Count - 1; j >= 0; j--) Visit(values[j], state);
            atStart[order[i].Id] = state;
        }

        return _changed;
    }

    private State AtEnd(Block block, State?[] atStart)
    {
        State? all = null;
        foreach (Block next in block.Successors)
        {
            if (atStart[next.Id] is not { } state) return new State(Everything(), []); // a loop
            if (all is null) all = new State([.. state.Live], [.. state.Overwritten]);
            else
            {
                Join(all.Live, state.Live);
                all.Overwritten.RemoveAll(bytes => !state.Overwritten.Contains(bytes));
            }
        }

        return all ?? new State(new ulong[_escaped.Length], []);
    }

    private ulong[] Everything()
    {
        ulong[] all = new ulong[_escaped.Length];
        Array.Fill(all, ulong.MaxValue);
        return all;
    }

    private static void Join(ulong[] to, ulong[] from)
    {
        for (int i = 0; i < to.Length; i++) to[i] |= from[i];
    }

    private void Add(ulong[] to, Value slot)
    {
        int bit = _slots[slot];
        to[bit >> 6] |= 1UL << (bit & 63);
    }

    private bool IsLive(State state, Value slot)
    {
        int bit = _slots[slot];
        return (state.Live[bit >> 6] >> (bit & 63) & 1) != 0;
    }

    private void Visit(Value value, State state)
    {
        Extent? written = value.Op switch
        {
            Op.Store => Extent.Of(value[0], value.Immediate, value.Width),
            Op.MemorySet or Op.MemoryCopy => Extent.Of(value[0], 0, value.Immediate),
            _ => null,
        };
        if (written is { } bytes && !value.IsVolatile)
        {
            bool isSlot = bytes.Root.Op == Op.StackSlot;
            if ((isSlot && !IsLive(state, bytes.Root)) || (bytes.Offset is not null && IsCovered(bytes, state)))
            {
                value.Remove();
                _changed = true;
                return;
            }

            if (value.Op == Op.MemorySet && bytes.Offset is { } start) Shrink(value, bytes.Root, start, state);
        }

        Read(value, state);
        if (written is { Offset: not null } now && !value.IsVolatile && value.Block is not null && state.Overwritten.Count < 32) state.Overwritten.Add(now);
    }

    private void Read(Value value, State state)
    {
        if (value.Op is not (Op.Load or Op.MemoryCopy or Op.MemoryEqual or Op.Atomic or Op.Call)) return;
        int kept = 0;
        for (int i = 0; i < state.Overwritten.Count; i++)
        {
            if (!_aliasing.MayRead(value, state.Overwritten[i])) state.Overwritten[kept++] = state.Overwritten[i];
        }

        state.Overwritten.RemoveRange(kept, state.Overwritten.Count - kept);
        switch (value.Op)
        {
            case Op.Load or Op.Atomic:
                ReadAt(value[0], state);
                break;
            case Op.MemoryCopy:
                ReadAt(value[1], state);
                break;
            case Op.MemoryEqual:
                ReadAt(value[0], state);
                ReadAt(value[1], state);
                break;
            default:
                Join(state.Live, _escaped);
                foreach (Value operand in value.Operands)
                {
                    if (operand.Type == IrType.Pointer && PointerFacts.Root(operand).Root is { Op: Op.StackSlot } slot) Add(state.Live, slot);
                }

                break;
        }
    }

    /// <summary>Slots that an address may point to are read.</summary>
    private void ReadAt(Value pointer, State state)
    {
        Value root = PointerFacts.Root(pointer).Root;
        if (root.Op == Op.StackSlot) Add(state.Live, root);
        else if (pointer.Origin is PointerOrigin.Unknown or PointerOrigin.Stack) Join(state.Live, _escaped);
    }

    private static bool IsCovered(Extent bytes, State state)
    {
        long at = bytes.Offset!.Value, end = at + bytes.Size!.Value;
        for (bool moved = true; moved && at < end;)
        {
            moved = false;
            foreach (Extent other in state.Overwritten)
            {
                if (other.Root != bytes.Root || other.Offset > at || other.Offset + other.Size <= at) continue;
                at = other.Offset!.Value + other.Size!.Value;
                moved = true;
            }
        }

        return at >= end;
    }

    /// <summary>Of a fill only the bytes that are not overwritten.</summary>
    private void Shrink(Value set, Value root, long start, State state)
    {
        if (!set[1].IsConstant || set.Immediate > LargestSplit) return;
        bool[] isNeeded = new bool[set.Immediate];
        int needed = 0;
        for (int i = 0; i < isNeeded.Length; i++)
        {
            isNeeded[i] = !IsCovered(new Extent(root, start + i, 1, default), state);
            if (isNeeded[i]) needed++;
        }

        if (needed == isNeeded.Length) return;
        _changed = true;
        for (int i = 0; i < isNeeded.Length;)
        {
            if (!isNeeded[i])
            {
                i++;
                continue;
            }

            int end = i;
            while (end < isNeeded.Length && isNeeded[end]) end++;
            Value address = set[0];
            if (i > 0)
            {
                address = _function.NewValue(Op.PointerOffset, IrType.Pointer, set[0]);
                (address.Immediate, address.Origin, address.Location) = (i, set[0].Origin, set.Location);
                set.Block!.InsertBefore(set, address);
            }

            Value part = _function.NewValue(Op.MemorySet, IrType.Void, address, set[1]);
            (part.Immediate, part.Location) = (end - i, set.Location);
            set.Block!.InsertBefore(set, part);
            i = end;
        }

        set.Remove();
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Compiler.Ir;
using Nectar.Compiler.Passes.Memory;

namespace Nectar.Compiler.Passes.Lowering;

/// <summary>
/// Copies, fills and comparisons of memory as loads and stores of 8, 4, 2 and 1 bytes; large ones as loops. There is no library to call, and a
/// compiler that calls one makes programs that do not load.
/// </summary>
internal static class MemoryLowering
{
    /// <summary>Bytes from which on a loop is made; accesses in each of its turns, so that counting costs a fraction of them.</summary>
    private const int LoopFrom = 513, Turn = 8;

    public static bool Run(IrFunction function, PassContext context)
    {
        AlignSlots(function);
        bool changed = false;
        foreach (Block start in function.Blocks.ToArray())
        {
            foreach (Value value in start.Values.ToArray())
            {
                if (value.Op is not (Op.MemoryCopy or Op.MemorySet or Op.MemoryEqual)) continue;
                changed = true;
                Lower(new IrBuilder(function) { Before = value, Location = value.Location }, value);
            }
        }

        return changed;
    }

    /// <summary>Slots as aligned as their size lets them be useful: bytes in them are then moved by words.</summary>
    private static void AlignSlots(IrFunction function)
    {
        foreach (Value slot in function.Entry.Values)
        {
            if (slot.Op == Op.StackSlot) slot.Width = (byte)Math.Max((int)slot.Width, slot.Immediate switch { >= 8 => 8, >= 4 => 4, >= 2 => 2, _ => 1 });
        }
    }

    private static void Lower(IrBuilder builder, Value value)
    {
        if (value.Op == Op.MemoryEqual)
        {
            if (value.Immediate >= LoopFrom && value[0] != value[1]) EqualLoop(value);
            else Equal(builder, value);
            return;
        }

        bool isSame = value.Op == Op.MemoryCopy && value[0] == value[1];
        if (value.Immediate >= LoopFrom && !isSame) Loop(value);
        else if (value.Op == Op.MemoryCopy && !isSame) Copy(builder, value);
        else if (value.Op == Op.MemorySet) Set(builder, value);
        value.Remove();
    }

    private static void Copy(IrBuilder builder, Value value)
    {
        ReadOnlyMemory<byte>? known = PointerFacts.ConstantBytes(value[1]);
        bool overlaps = !PointerFacts.IsStack(value[0]) && !PointerFacts.IsStack(value[1]);
        foreach ((long offset, int width) in Chunks(value.Immediate, overlaps, value[0], value[1]))
        {
            Value word = known is { } bytes && bytes.Length >= offset + width ? Word(builder, bytes.Span[(int)offset..], width) : builder.Load(TypeOf(width), value[1], width, offset);
            builder.Store(value[0], word, width, offset);
        }
    }

    private static void Set(IrBuilder builder, Value value)
    {
        Value fill = value[1];
        Dictionary<int, Value> patterns = [];
        foreach ((long offset, int width) in Chunks(value.Immediate, !PointerFacts.IsStack(value[0]), value[0], value[0]))
        {
            if (!patterns.TryGetValue(width, out Value? pattern)) patterns.Add(width, pattern = Pattern(builder, fill, width));
            builder.Store(value[0], pattern, width, offset);
        }
    }

    /// <summary>Without branches: the differences of all words or-ed.</summary>
    private static void Equal(IrBuilder builder, Value value)
    {
        bool overlaps = !PointerFacts.IsStack(value[0]) && !PointerFacts.IsStack(value[1]);
        (long Offset, int Width)[] chunks = [.. Chunks(value.Immediate, overlaps, value[0], value[1])];
        Value? difference = null;
        foreach ((long offset, int width) in chunks)
        {
            Value left = Operand(builder, value[0], offset, width), right = Operand(builder, value[1], offset, width);
            if (chunks.Length == 1)
            {
                Replace(value, builder.Compare(Op.Equal, left, right));
                return;
            }

            if (left.Type == IrType.I32) left = builder.ZeroExtend(left, 4, IrType.I64);
            if (right.Type == IrType.I32) right = builder.ZeroExtend(right, 4, IrType.I64);
            Value here = builder.Binary(Op.Xor, left, right);
            difference = difference is null ? here : builder.Binary(Op.Or, difference, here);
        }

        Replace(value, difference is null ? builder.I32(1) : builder.Compare(Op.Equal, difference, builder.I64(0)));
    }

    /// <summary>A word a turn, up to the first that differs; what is left behind the words is compared without a loop.</summary>
    private static void EqualLoop(Value value)
    {
        Block before = value.Block!;
        IrFunction function = before.Function;
        Block head = function.NewBlock(), latch = function.NewBlock(), after = function.NewBlock();
        before.MoveTail(before.IndexOf(value), after);
        int step = Math.Min(PointerFacts.WidestAccess(value[0], 0), PointerFacts.WidestAccess(value[1], 0));
        long whole = value.Immediate / (step * Turn) * (step * Turn);

        IrBuilder builder = new(function) { Block = before, Location = value.Location };
        Value start = builder.I64(0), different = builder.I32(0), same = builder.I32(1);
        builder.Jump(head);
        builder.Block = head;
        Value at = builder.Phi(IrType.I64, start);
        Value left = builder.Load(TypeOf(step), builder.PointerAdd(value[0], at), step), right = builder.Load(TypeOf(step), builder.PointerAdd(value[1], at), step);
        builder.Branch(builder.Compare(Op.Equal, left, right), latch, after);
        builder.Block = latch;
        Value next = builder.Binary(Op.Add, at, builder.I64(step));
        builder.Branch(builder.Compare(Op.LessUnsigned, next, builder.I64(whole)), head, after);
        at.AddOperand(next);

        builder.Block = after;
        Value equal = builder.Phi(IrType.I32, different, same);
        if (whole < value.Immediate)
        {
            IrBuilder rest = new(function) { Before = value, Location = value.Location };
            Value tail = rest.MemoryEqual(rest.Offset(value[0], whole), rest.Offset(value[1], whole), value.Immediate - whole);
            equal = rest.Binary(Op.And, equal, tail);
            Replace(value, equal);
            Equal(new IrBuilder(function) { Before = tail, Location = tail.Location }, tail);
            return;
        }

        Replace(value, equal);
    }

    private static Value Operand(IrBuilder builder, Value pointer, long offset, int width) =>
        PointerFacts.ConstantBytes(pointer) is { } bytes && bytes.Length >= offset + width ? Word(builder, bytes.Span[(int)offset..], width) : builder.Load(TypeOf(width), pointer, width, offset);

    private static void Replace(Value value, Value by)
    {
        value.ReplaceUsesWith(by);
        value.Remove();
    }

    /// <summary>Some words a turn, and what is left behind the loop.</summary>
    private static void Loop(Value value)
    {
        Block before = value.Block!;
        IrFunction function = before.Function;
        Block body = function.NewBlock(), after = function.NewBlock();
        int index = before.IndexOf(value);
        before.MoveTail(index, after);
        int step = Math.Min(PointerFacts.WidestAccess(value[0], 0), value.Op == Op.MemoryCopy ? PointerFacts.WidestAccess(value[1], 0) : 8);
        long whole = value.Immediate / (step * Turn) * (step * Turn);

        IrBuilder builder = new(function) { Block = before, Location = value.Location };
        Value start = builder.I64(0);
        Value? pattern = value.Op == Op.MemorySet ? Pattern(builder, value[1], step) : null;
        builder.Jump(body);
        builder.Block = body;
        Value at = builder.Phi(IrType.I64, start);
        Value to = builder.PointerAdd(value[0], at);
        Value? from = pattern is null ? builder.PointerAdd(value[1], at) : null;
        for (int i = 0; i < Turn; i++) builder.Store(to, pattern ?? builder.Load(TypeOf(step), from!, step, i * step), step, i * step);
        Value next = builder.Binary(Op.Add, at, builder.I64(step * Turn));
        builder.Branch(builder.Compare(Op.LessUnsigned, next, builder.I64(whole)), body, after);
        at.AddOperand(next);

        IrBuilder rest = new(function) { Before = value, Location = value.Location };
        for (long offset = whole; offset < value.Immediate;)
        {
            int width = value.Immediate - offset >= step ? step : 1;
            Value last = value.Op == Op.MemorySet ? Pattern(rest, value[1], width) : rest.Load(TypeOf(width), value[1], width, offset);
            rest.Store(value[0], last, width, offset);
            offset += width;
        }
    }

    /// <summary>The largest accesses that both sides allow; a rest is reached by one that overlaps where that is allowed.</summary>
    private static IEnumerable<(long Offset, int Width)> Chunks(long size, bool overlaps, Value first, Value second)
    {
        for (long at = 0; at < size;)
        {
            int width = (int)Math.Min(Math.Min(PointerFacts.WidestAccess(first, at), PointerFacts.WidestAccess(second, at)), 8);
            long left = size - at;
            if (left < width && overlaps && at >= width - left && left is 3 or 5 or 6 or 7)
            {
                int cover = left == 3 ? 4 : 8;
                if (at >= cover - left)
                {
                    yield return (size - cover, cover);
                    yield break;
                }
            }

            while (width > left) width /= 2;
            yield return (at, width);
            at += width;
        }
    }

    private static Value Pattern(IrBuilder builder, Value fill, int width)
    {
        ulong ones = width switch { 1 => 1, 2 => 0x0101, 4 => 0x01010101, _ => 0x0101010101010101 };
        if (fill.IsConstant) return builder.Constant(TypeOf(width), (long)((ulong)(byte)fill.Immediate * ones));
        Value value = builder.ZeroExtend(fill, 1, TypeOf(width));
        return width == 1 ? value : builder.Binary(Op.Multiply, value, builder.Constant(TypeOf(width), (long)ones));
    }

    private static Value Word(IrBuilder builder, ReadOnlySpan<byte> bytes, int width) => builder.Constant(TypeOf(width), width switch
    {
        1 => bytes[0],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        4 => (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        _ => BinaryPrimitives.ReadInt64LittleEndian(bytes),
    });

    private static IrType TypeOf(int width) => width == 8 ? IrType.I64 : IrType.I32;
}

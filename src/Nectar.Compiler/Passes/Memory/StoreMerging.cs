// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Memory;

/// <summary>
/// Neighbouring stores become one: of numbers that fit into an instruction, and of what was loaded from neighbouring bytes (two fields of a header
/// that go to two fields of a record).
/// </summary>
internal sealed class StoreMerging
{
    /// <summary>How many operations a store is looked for behind another.</summary>
    private const int Farthest = 64;

    private readonly IrFunction _function;
    private readonly Aliasing _aliasing;
    private bool _changed;

    private StoreMerging(IrFunction function) => (_function, _aliasing) = (function, new Aliasing(function));

    public static bool Run(IrFunction function, PassContext context)
    {
        StoreMerging pass = new(function);
        foreach (Block block in function.Blocks)
        {
            // From bytes to halves, words and double words: three sweeps.
            for (int sweep = 0; sweep < 3 && pass.Sweep(block); sweep++) pass._changed = true;
        }

        return pass._changed;
    }

    private bool Sweep(Block block)
    {
        Items<Value> values = block.Values;
        bool merged = false;
        for (int i = 0; i < values.Count; i++)
        {
            if (!IsCandidate(values[i])) continue;
            Value first = values[i];
            for (int j = i + 1; j < values.Count && j - i <= Farthest; j++)
            {
                Value other = values[j];
                if (IsCandidate(other) && TryMerge(block, first, other))
                {
                    merged = true;
                    i--; // another operation has its place now
                    break;
                }

                if (other.Op is Op.Load or Op.Store or Op.MemoryEqual or Op.MemoryCopy or Op.MemorySet or Op.Call or Op.Atomic && IsBarrier(first, other)) break;
            }
        }

        return merged;
    }

    private static bool IsCandidate(Value value) => value is { Op: Op.Store, IsVolatile: false, Width: < 8 };

    /// <summary>The store cannot be done later than this.</summary>
    private bool IsBarrier(Value store, Value other)
    {
        Extent bytes = Extent.Of(store[0], store.Immediate, store.Width);
        Place place = Place.Of(store[0], store.Immediate, store.Width);
        Place? touched = other.Op == Op.Load ? Place.Of(other[0], other.Immediate, other.Width) : Place.Written(other);
        if (other.Op != Op.MemoryCopy && touched is { } apart && apart.IsApartFrom(place)) return false;
        return _aliasing.MayRead(other, bytes) || _aliasing.MayWrite(other, bytes);
    }

    private bool TryMerge(Block block, Value first, Value second)
    {
        if (first.Width != second.Width) return false;
        Place a = Place.Of(first[0], first.Immediate, first.Width), b = Place.Of(second[0], second.Immediate, second.Width);
        if (a.Base != b.Base) return false;
        (Value low, Value high) = a.Offset < b.Offset ? (first, second) : (second, first);
        int width = first.Width;
        if (Math.Abs(a.Offset - b.Offset) != width) return false;
        if (PointerFacts.WidestAccess(low[0], low.Immediate) < width * 2) return false;
        Value? value = Constants(low, high, width) ?? Loads(low, high, width, second);
        if (value is null) return false;
        block.InsertBefore(second, value);
        Value store = _function.NewValue(Op.Store, IrType.Void, low[0], value);
        (store.Width, store.Immediate, store.Location) = ((byte)(width * 2), low.Immediate, second.Location);
        block.InsertBefore(second, store);
        first.Remove();
        second.Remove();
        return true;
    }

    private Value? Constants(Value low, Value high, int width)
    {
        if (!low[1].IsConstant || !high[1].IsConstant) return null;
        long mask = (1L << (width * 8)) - 1, number = (low[1].Immediate & mask) | (high[1].Immediate << (width * 8));
        if (width == 4 && number != (int)number) return null;
        Value value = _function.NewValue(Op.Constant, width == 4 ? IrType.I64 : IrType.I32);
        value.Immediate = width == 2 ? (int)number : width == 1 ? number & 0xFFFF : number;
        value.Location = low.Location;
        return value;
    }

    private Value? Loads(Value low, Value high, int width, Value place)
    {
        Value first = low[1], second = high[1];
        if (!IsMovable(first, width, place) || !IsMovable(second, width, place)) return null;
        if (first.Users.Count > 1 && second.Users.Count > 1) return null; // both loads would stay: nothing is won
        if (first[0] != second[0] || second.Immediate - first.Immediate != width) return null;
        if (first[0].Origin is not (PointerOrigin.Packet or PointerOrigin.MapValue or PointerOrigin.Record or PointerOrigin.Data or PointerOrigin.ReadOnlyData or PointerOrigin.Stack)) return null;
        if (PointerFacts.WidestAccess(first[0], first.Immediate) < width * 2) return null;
        Value value = _function.NewValue(Op.Load, width == 4 ? IrType.I64 : IrType.I32, first[0]);
        (value.Width, value.Immediate, value.Location) = ((byte)(width * 2), first.Immediate, first.Location);
        return value;
    }

    /// <summary>A load whose bytes are still the same at a place in the same block or behind it on the only way.</summary>
    private bool IsMovable(Value load, int width, Value place)
    {
        if (load is not { Op: Op.Load, IsVolatile: false } || load.Width != width) return false;
        Extent bytes = Extent.Of(load[0], load.Immediate, load.Width);
        Block? block = place.Block;
        int at = block!.IndexOf(place);
        for (int steps = 0; steps < 16; steps++)
        {
            for (int i = at - 1; i >= 0; i--)
            {
                Value value = block.Values[i];
                if (value == load) return true;
                if (value.Op.HasEffect() && !value.IsTerminator && _aliasing.MayWrite(value, bytes)) return false;
            }

            if (block.Predecessors.Count != 1) return false;
            block = block.Predecessors[0];
            at = block.Values.Count;
        }

        return false;
    }
}

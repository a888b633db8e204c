// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Memory;

/// <summary>
/// What was stored or loaded is not loaded again while nothing can have written there; storing what is there already is left out; what was copied
/// is copied on from where it came. Known bytes are followed along all ways that agree on them.
/// </summary>
internal sealed class Forward
{
    private const int MostKnown = 48;

    /// <summary>Bytes whose value is in a register, or that are a copy of others.</summary>
    private sealed record Known(Extent Bytes, Place Place, Value Value, bool IsLoad, Place? Source);

    private readonly IrFunction _function;
    private readonly Aliasing _aliasing;
    private bool _changed;

    private Forward(IrFunction function) => (_function, _aliasing) = (function, new Aliasing(function));

    public static bool Run(IrFunction function, PassContext context) => new Forward(function).Run();

    private bool Run()
    {
        List<Known>?[] atEnd = new List<Known>?[_function.BlockCount];
        List<Value> values = [];
        foreach (Block block in _function.Dominance.ReversePostorder)
        {
            List<Known> known = AtStart(block, atEnd);
            values.Clear();
            values.AddRange(block.Values.Span);
            foreach (Value value in values) Visit(value, known);
            atEnd[block.Id] = known;
        }

        return _changed;
    }

    private static List<Known> AtStart(Block block, List<Known>?[] atEnd)
    {
        if (block.Predecessors.Count == 0 || atEnd[block.Predecessors[0].Id] is not { } first) return [];
        List<Known> known = [.. first];
        for (int i = 1; i < block.Predecessors.Count && known.Count > 0; i++)
        {
            if (atEnd[block.Predecessors[i].Id] is not { } other) return []; // a loop: what its body writes is not known yet
            int kept = 0;
            for (int j = 0; j < known.Count; j++)
            {
                if (Has(other, known[j])) known[kept++] = known[j];
            }

            known.RemoveRange(kept, known.Count - kept);
        }

        return known;
    }

    private static bool Has(List<Known> list, Known item)
    {
        foreach (Known other in list)
        {
            if (ReferenceEquals(other, item) || (ReferenceEquals(other.Value, item.Value) && other == item)) return true;
        }

        return false;
    }

    private void Visit(Value value, List<Known> known)
    {
        switch (value.Op)
        {
            case Op.Load:
                Extent bytes = Extent.Of(value[0], value.Immediate, value.Width);
                Place place = Place.Of(value[0], value.Immediate, value.Width);
                if (value.IsVolatile) return;
                if (Find(value, place, known) is { } found)
                {
                    value.ReplaceUsesWith(found);
                    value.Remove();
                    _changed = true;
                    return;
                }

                Add(known, new Known(bytes, place, value, IsLoad: true, null));
                return;
            case Op.Store:
                bytes = Extent.Of(value[0], value.Immediate, value.Width);
                place = Place.Of(value[0], value.Immediate, value.Width);
                if (!value.IsVolatile && IsThere(value, place, known))
                {
                    value.Remove();
                    _changed = true;
                    return;
                }

                Forget(value, known);
                if (!value.IsVolatile) Add(known, new Known(bytes, place, value[1], IsLoad: false, null));
                return;
            case Op.MemoryCopy:
                Copy(value, known);
                return;
            case Op.MemorySet or Op.Atomic or Op.Call:
                Forget(value, known);
                // A register that lives over a call is dear, and reading again costs one instruction.
                if (value.Op == Op.Call) known.RemoveAll(static item => item.IsLoad && item.Bytes.Origin is PointerOrigin.Packet or PointerOrigin.MapValue or PointerOrigin.Record or PointerOrigin.Stack or PointerOrigin.Trusted);
                if (value.Op == Op.MemorySet && value[1].IsConstantOf(0)) Add(known, new Known(Extent.Of(value[0], 0, value.Immediate), Place.Of(value[0], 0, value.Immediate), value[1], IsLoad: false, null));
                return;
        }
    }

    private static bool IsThere(Value store, Place place, List<Known> known)
    {
        foreach (Known item in known)
        {
            if (item.Source is null && item.Place == place && item.Value == store[1] && (!item.IsLoad || item.Value.Width == store.Width)) return true;
        }

        return false;
    }

    private static void Add(List<Known> known, Known item)
    {
        if (known.Count >= MostKnown) known.RemoveAt(0);
        known.Add(item);
    }

    private void Forget(Value effect, List<Known> known)
    {
        if (known.Count == 0) return;
        Place? written = Place.Written(effect);
        int kept = 0;
        for (int i = 0; i < known.Count; i++)
        {
            Known item = known[i];
            bool isGone = MayWrite(effect, written, item.Bytes, item.Place) || (item.Source is { } source && MayWrite(effect, written, Extent.Of(source.Base, source.Offset, source.Size), source));
            if (!isGone) known[kept++] = item;
        }

        known.RemoveRange(kept, known.Count - kept);
    }

    private bool MayWrite(Value effect, in Place? written, in Extent bytes, in Place place) => !(written is { } apart && apart.IsApartFrom(place)) && _aliasing.MayWrite(effect, bytes);

    private void Copy(Value copy, List<Known> known)
    {
        Place to = Place.Of(copy[0], 0, copy.Immediate), from = Place.Of(copy[1], 0, copy.Immediate);
        foreach (Known item in known)
        {
            if (item.Source is not { } source || item.Place.Base != from.Base || item.Place.Offset > from.Offset || item.Place.Offset + item.Place.Size < from.Offset + from.Size) continue;
            long offset = source.Offset + from.Offset - item.Place.Offset;
            Value address = source.Base;
            if (offset != 0)
            {
                address = _function.NewValue(Op.PointerOffset, IrType.Pointer, source.Base);
                (address.Immediate, address.Origin, address.Location) = (offset, source.Base.Origin, copy.Location);
                copy.Block!.InsertBefore(copy, address);
            }

            copy[1] = address;
            from = Place.Of(copy[1], 0, copy.Immediate);
            _changed = true;
            break;
        }

        Forget(copy, known);
        if (copy[1].Origin is not (PointerOrigin.Kernel or PointerOrigin.User)) Add(known, new Known(Extent.Of(copy[0], 0, copy.Immediate), to, copy, IsLoad: false, from));
    }

    private Value? Find(Value load, Place place, List<Known> known)
    {
        for (int i = known.Count - 1; i >= 0; i--)
        {
            Known item = known[i];
            if (item.Source is not null || item.Place.Base != place.Base) continue;
            long distance = place.Offset - item.Place.Offset;
            if (distance < 0 || distance + load.Width > item.Place.Size) continue;
            bool isFill = item.Place.Size is not (1 or 2 or 4 or 8);
            if (isFill) return load.Type == IrType.Pointer ? null : Number(load, 0); // only fills with zeros are noted

            if (item.Value.IsConstant && item.Value.Type != IrType.Pointer && load.Type != IrType.Pointer)
            {
                long number = item.Value.Immediate >> (int)(distance * 8);
                return Number(load, Extend(number, load.Width, load.IsSigned));
            }

            return distance == 0 ? Low(load, item) : null;
        }

        return null;
    }

    /// <summary>The low bytes of a register, as the load would give them.</summary>
    private Value? Low(Value load, Known item)
    {
        Value value = item.Value;
        if (item.IsLoad && value.Width == load.Width && value.Type == load.Type && value.IsSigned == load.IsSigned) return value;
        if (load.Type == IrType.Pointer || value.Type == IrType.Pointer) return load.Width == 8 && load.Type == value.Type ? value : null;
        // Context fields are read as they are declared; a second width may be another field to the kernel.
        if (item.Bytes.Origin == PointerOrigin.Context && value.Width != load.Width) return null;
        if (load.Width == 8) return value.Type == load.Type ? value : null;
        if (load.Width == 4 && load.Type == IrType.I32) return value.Type == IrType.I32 ? value : New(Op.Truncate, load, value, 0);
        return New(load.IsSigned ? Op.SignExtend : Op.ZeroExtend, load, value, load.Width);
    }

    private Value New(Op op, Value load, Value operand, int width)
    {
        Value value = _function.NewValue(op, load.Type, operand);
        (value.Width, value.Location) = ((byte)width, load.Location);
        return load.Block!.InsertBefore(load, value);
    }

    private Value Number(Value load, long number)
    {
        Value value = _function.NewValue(Op.Constant, load.Type);
        (value.Immediate, value.Location) = (load.Type == IrType.I32 ? (int)number : number, load.Location);
        return load.Block!.InsertBefore(load, value);
    }

    private static long Extend(long number, int width, bool isSigned) => width switch
    {
        1 => isSigned ? (sbyte)number : (byte)number,
        2 => isSigned ? (short)number : (ushort)number,
        4 => isSigned ? (int)number : (uint)number,
        _ => number,
    };
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Compiler.Codegen.Machine;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Codegen.Selection;

/// <summary>Loads, stores and atomic operations, with constant offsets, fields and stored numbers in the instruction.</summary>
internal sealed class MemorySelection(SelectionState state)
{
    /// <summary>Where an access goes.</summary>
    private readonly record struct Place(int Base, int Offset, FrameSlot? Slot, CoreAccess? Access);

    public void Load(Value value)
    {
        Place place = Find(value[0], value.Immediate);
        int width = value.Width * 8;
        bool extends = value.IsSigned && width < (value.Type == IrType.I32 ? 32 : 64);
        bool isSigned = extends && state.Target.HasSignedLoads && place.Access is null; // loaders resize unsigned loads only
        int result = state.Home(value);
        state.Emit(new MachineInstruction
        {
            Operation = isSigned ? Operation.LoadSx : Operation.Load,
            Width = (byte)width,
            Destination = result,
            Source = place.Base,
            Offset = place.Offset,
            Slot = place.Slot,
            Access = place.Access,
        });
        if (!extends || isSigned) return;
        int bits = value.Type == IrType.I32 ? 32 : 64;
        state.Immediate(Operation.Lsh, bits, result, bits - width);
        state.Immediate(Operation.Arsh, bits, result, bits - width);
    }

    public void Store(Value value)
    {
        Place place = Find(value[0], value.Immediate);
        Value stored = Strip(value[1], value.Width * 8);
        MachineInstruction store = new()
        {
            Operation = Operation.StoreRegister,
            Width = (byte)(value.Width * 8),
            Destination = place.Base,
            Offset = place.Offset,
            Slot = place.Slot,
            Access = place.Access,
        };
        long number = stored.Op == Op.Undefined ? 0 : stored.Immediate;
        if (stored.Op is Op.Constant or Op.Undefined && (value.Width <= 4 || number == (int)number) && state.Target.HasStoreImmediate)
        {
            store.Operation = Operation.StoreImmediate;
            store.Immediate = value.Width switch { 1 => (byte)number, 2 => (ushort)number, _ => (int)number };
        }
        else
        {
            store.Source = state.Use(stored);
        }

        state.Emit(store);
    }

    public void Atomic(Value value)
    {
        AtomicKind kind = (AtomicKind)value.Symbol!;
        Place place = Find(value[0], value.Immediate);
        bool fetches = kind >= AtomicKind.Exchange || (value.Type != IrType.Void && value.Users.Count > 0);
        int source;
        if (fetches && kind != AtomicKind.CompareExchange)
        {
            source = value.Type == IrType.Void ? state.Machine.NewRegister() : state.Home(value);
            state.UseInto(source, value[1]);
        }
        else
        {
            source = state.Use(value[kind == AtomicKind.CompareExchange ? 2 : 1]);
        }

        if (kind == AtomicKind.CompareExchange) state.UseInto(0, value[1]);
        state.Emit(new MachineInstruction
        {
            Operation = kind switch
            {
                AtomicKind.Add => fetches ? Operation.AtomicFetchAdd : Operation.AtomicAdd,
                AtomicKind.Or => fetches ? Operation.AtomicFetchOr : Operation.AtomicOr,
                AtomicKind.And => fetches ? Operation.AtomicFetchAnd : Operation.AtomicAnd,
                AtomicKind.Xor => fetches ? Operation.AtomicFetchXor : Operation.AtomicXor,
                AtomicKind.Exchange => Operation.AtomicXchg,
                _ => Operation.AtomicCmpXchg,
            },
            Width = (byte)(value.Width * 8),
            Destination = place.Base,
            Source = source,
            Offset = place.Offset,
            Slot = place.Slot,
        });
        if (kind == AtomicKind.CompareExchange && value.Type != IrType.Void) state.Copy(state.Home(value), 0);
    }

    private Place Find(Value pointer, long offset)
    {
        if (pointer.Op == Op.CoreField && state.Addresses.IsFolded(pointer))
        {
            CoreAccess access = (CoreAccess)pointer.Symbol!;
            if (offset == 0 && access.LocalValue is >= 0 and <= short.MaxValue) return new Place(state.Use(pointer[0]), (int)access.LocalValue, null, access);
            int field = state.Machine.NewRegister();
            state.UseInto(field, pointer[0]);
            state.Immediate(Operation.Add, 64, field, access.LocalValue).Access = access;
            return new Place(field, (int)offset, null, null);
        }

        AddressMode mode = state.Addresses.Of(pointer, offset);
        if (mode.Slot is not null) return new Place(state.Home(mode.Base), (int)mode.Offset, state.SlotOf(mode.Slot), null);
        if (mode.Base.Op == Op.StackSlot) return new Place(MachineFacts.FramePointer, (int)mode.Offset, state.SlotOf(mode.Base), null);
        if (mode.Base.Op == Op.GlobalAddress && mode.Base.Immediate + mode.Offset is >= 0 and <= short.MaxValue)
            return new Place(state.Address(mode.Base.Symbol!, 0), (int)(mode.Base.Immediate + mode.Offset), null, null);
        if (mode.Offset is >= short.MinValue and <= short.MaxValue) return new Place(state.Use(mode.Base), (int)mode.Offset, null, null);
        int register = state.Machine.NewRegister();
        state.SetPointer(register, mode);
        return new Place(register, 0, null, null);
    }

    /// <summary>The value without conversions that a narrow store does not see.</summary>
    private static Value Strip(Value value, int bits)
    {
        while (true)
        {
            bool sees = value.Op switch
            {
                Op.ZeroExtend or Op.SignExtend => value.Width * 8 < bits,
                Op.Truncate => bits > 32,
                Op.And when value[1].IsConstant => (value[1].Immediate & ((1L << bits) - 1)) != (1L << bits) - 1,
                _ => true,
            };
            if (sees || bits == 64) return value;
            value = value[0];
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Tests.Verifier.Fuzzing;

/// <summary>Loads and stores.</summary>
internal static class FuzzMemory
{
    private static readonly Operation[] s_atomics =
    [
        Operation.AtomicAdd, Operation.AtomicOr, Operation.AtomicAnd, Operation.AtomicXor, Operation.AtomicFetchAdd, Operation.AtomicXchg, Operation.AtomicCmpXchg,
        Operation.AtomicFetchXor,
    ];

    public static void StackWrite(FuzzBuilder b)
    {
        int size = b.Chance(60) ? 8 : 1 << b.Next(4), slot = b.Next(16), inside = b.Next(8 / size) * size;
        int offset = -8 * (slot + 1) + inside;
        if (b.Slip) offset += b.Next(2) == 0 ? b.Next(8) : -b.Next(600);
        int register = b.Chance(20) ? -1 : b.Chance(50) ? b.Number() : b.Find(value => value.Kind != FuzzKind.Nothing);
        if (register < 0) b.Code.StoreImmediate(size, 10, offset, b.Constant());
        else b.Code.Store(size, 10, offset, register);
        bool isPointer = register >= 0 && b.State.Registers[register].Kind is not (FuzzKind.Number or FuzzKind.Nothing);
        if (size == 8) b.State.Slots[slot] = register < 0 ? FuzzValue.Number() : b.State.Registers[register];
        else if (isPointer || b.State.Slots[slot].Kind != FuzzKind.Number) b.State.Slots[slot] = default;
    }

    public static void StackRead(FuzzBuilder b)
    {
        int start = b.Next(16), slot = start;
        for (int i = 0; i < 16 && b.State.Slots[slot].Kind == FuzzKind.Nothing; i++) slot = (start + i) % 16;
        FuzzValue value = b.State.Slots[slot];
        if (value.Kind == FuzzKind.Nothing && !b.Slip) return;
        int size = value.Kind == FuzzKind.Number && b.Chance(50) ? 1 << b.Next(4) : 8;
        int register = b.Free();
        int offset = -8 * (slot + 1) + b.Next(8 / size) * size;
        if (size < 8 && b.Chance(25)) b.Code.LoadSigned(size, register, 10, offset);
        else b.Code.Load(size, register, 10, offset);
        b.Put(register, size == 8 ? value : FuzzValue.Number());
    }

    /// <summary>Stack at an offset that is a number.</summary>
    public static void StackVariable(FuzzBuilder b)
    {
        if (b.Chance(50)) return;
        int index = b.Number();
        FuzzNumbers.Bounded(b, index, 16);
        int pointer = b.Free();
        if (pointer == index) return;
        b.Code.Move(pointer, 10);
        if (b.Chance(70)) b.Code.Immediate(Operation.Lsh, 64, index, 3);
        b.Code.Immediate(Operation.Add, 64, pointer, b.Slip ? -120 : -128);
        b.Code.Register(Operation.Add, 64, pointer, index);
        b.Put(index, FuzzValue.Number());
        b.Put(pointer, default);
        if (b.Chance(60))
        {
            b.Code.StoreImmediate(b.Chance(50) ? 1 : 8, pointer, 0, b.Constant());
            for (int i = 0; i < 16; i++)
            {
                if (b.State.Slots[i].Kind != FuzzKind.Number) b.State.Slots[i] = default;
            }
        }
        else if (b.State.Slots.All(slot => slot.Kind == FuzzKind.Number) || b.Slip)
        {
            b.Code.Load(1, pointer, pointer, 0);
            b.Put(pointer, FuzzValue.Number(255));
        }
    }

    public static void Context(FuzzBuilder b)
    {
        int context = b.Find(value => value.Kind == FuzzKind.Context);
        if (context < 0) return;
        FuzzProfile p = b.Profile;
        int size = b.Chance(90) ? p.WordSize : 1 << b.Next(4);
        int offset = b.Next(Math.Max(1, p.ContextSize / size)) * size;
        if (b.Slip) offset += b.Next(9) - 4;
        bool isPacket = p.Packet is { } packet && (offset == packet.Start || offset == packet.End) || p.Type == Bpf.Objects.ProgramType.SchedCls && offset is 140;
        if (isPacket || !b.Slip && offset is >= 128 and < 168 && p.WordSize == 4) return;
        if (b.Chance(12))
        {
            if (b.Chance(50)) b.Code.StoreImmediate(size, context, offset, b.Next(100));
            else b.Code.Store(size, context, offset, b.Number());
            return;
        }
        int register = b.Free();
        b.Code.Load(size, register, context, offset);
        b.Put(register, FuzzValue.Number());
    }

    /// <summary>Memory at a constant offset.</summary>
    public static void Access(FuzzBuilder b)
    {
        int pointer = b.Find(value => value.IsMemory && (!value.MaybeNull || b.Slip));
        if (pointer < 0) return;
        FuzzValue memory = b.State.Registers[pointer];
        int size = 1 << b.Next(4);
        if (memory.Size < size && !b.Slip) return;
        int offset = b.Next(Math.Max(1, memory.Size - size + 1));
        if (memory.Kind is FuzzKind.Stack && !b.Slip) offset &= -size;
        if (b.Slip) offset += b.Next(12) - 3;
        Use(b, pointer, offset, size, memory.Kind);
    }

    /// <summary>Memory at an offset that is a number.</summary>
    public static void AccessVariable(FuzzBuilder b)
    {
        int pointer = b.Find(value => value.Kind is FuzzKind.MapValue or FuzzKind.Packet or FuzzKind.Record && !value.MaybeNull);
        if (pointer < 0) return;
        FuzzValue memory = b.State.Registers[pointer];
        int index = b.Number(), size = 1 << b.Next(4);
        if (index == pointer || memory.Size <= size) return;
        FuzzNumbers.Bounded(b, index, memory.Size - size + 1);
        if (b.State.Registers[pointer].Kind != memory.Kind) return;
        int moved = b.Free();
        if (moved == pointer || moved == index) return;
        b.Code.Move(moved, pointer);
        if (b.Chance(80)) b.Code.Register(Operation.Add, 64, moved, index);
        else b.Code.Register(Operation.Sub, 64, moved, index);
        b.Put(moved, default);
        Use(b, moved, b.Slip ? 1 : 0, size, memory.Kind);
    }

    public static void Atomic(FuzzBuilder b)
    {
        int size = b.Chance(50) ? 8 : 4;
        int pointer = b.Find(value => value.Kind is FuzzKind.MapValue && !value.MaybeNull && value.Size >= 8);
        int offset = pointer >= 0 ? b.Next((b.State.Registers[pointer].Size - size) / size + 1) * size : 0;
        if (pointer < 0 || b.Chance(30))
        {
            pointer = 10;
            int slot = b.Next(16);
            if (b.State.Slots[slot].Kind != FuzzKind.Number && !b.Slip)
            {
                b.Code.StoreImmediate(8, 10, -8 * (slot + 1), b.Constant());
                b.State.Slots[slot] = FuzzValue.Number();
            }
            offset = -8 * (slot + 1);
        }
        if (b.Slip) offset += 2;
        Operation operation = s_atomics[b.Next(s_atomics.Length)];
        int source = b.Number();
        if (operation == Operation.AtomicCmpXchg)
        {
            if (b.State.Registers[0].Kind != FuzzKind.Number && !b.Slip) return;
            b.Put(0, FuzzValue.Number());
        }
        b.Code.Add(operation, size * 8, OperandForm.StoreReg, pointer, source, offset, 0);
        b.Put(source, FuzzValue.Number());
    }

    /// <summary>The packet's first bytes, compared with its end.</summary>
    public static void Packet(FuzzBuilder b)
    {
        if (b.Profile.Packet is not { } packet) return;
        int context = b.Find(value => value.Kind == FuzzKind.Context);
        int start = b.Free(), end = b.Free(), limit = b.Free();
        if (context < 0 || start == end || start == limit || end == limit || context == start || context == end || context == limit || b.HoldsRecord) return;
        b.Code.Load(packet.Size, start, context, packet.Start);
        b.Code.Load(packet.Size, end, context, packet.End);
        int size = 1 + b.Next(64);
        b.Code.Move(limit, start, size);
        if (b.Chance(25))
        {
            int index = b.Number();
            if (index == start || index == end || index == limit) return;
            FuzzNumbers.Bounded(b, index, 32);
            b.Put(start, default);
            if (b.State.Registers[index].Kind != FuzzKind.Number || index == start || index == limit || index == end) return;
            b.Code.Register(Operation.Add, 64, start, index);
            b.Code.Move(limit, start, size);
        }
        b.Put(end, default);
        b.Put(limit, default);
        if (!b.Slip)
        {
            switch (b.Next(4))
            {
                case 0: b.Bails.Add(b.Code.JumpIfRegister(Operation.Jgt, 64, limit, end)); break;
                case 1: b.Bails.Add(b.Code.JumpIfRegister(Operation.Jlt, 64, end, limit)); break;
                case 2: b.Bails.Add(b.Code.JumpIfRegister(Operation.Jge, 64, limit, end)); break;
                default:
                    int inside = b.Code.JumpIfRegister(Operation.Jle, 64, limit, end);
                    b.Bails.Add(b.Code.Jump());
                    b.Code.Land(inside);
                    break;
            }
        }
        b.Put(start, new FuzzValue(FuzzKind.Packet, size));
    }

    /// <summary>Copies, compares and mixes registers of any kind.</summary>
    public static void MoveAny(FuzzBuilder b)
    {
        int source = b.Find(value => value.Kind != FuzzKind.Nothing), destination = b.Free();
        if (source < 0) return;
        b.Code.Move(destination, source);
        FuzzValue value = b.State.Registers[source];
        if (value.IsMemory && value.Size > 8 && b.Chance(40) && !value.MaybeNull)
        {
            int by = b.Next(8);
            b.Code.Immediate(Operation.Add, 64, destination, by);
            value = value with { Size = value.Size - by, Offset = value.Offset + by };
        }
        b.Put(destination, value);
        if (b.Slip) b.Code.Register(b.Chance(50) ? Operation.Add : Operation.Sub, b.Chance(80) ? 64 : 32, destination, b.Next(10));
    }

    private static void Use(FuzzBuilder b, int pointer, int offset, int size, FuzzKind kind)
    {
        if (b.Chance(45) && (kind != FuzzKind.Packet || b.Profile.Type != Bpf.Objects.ProgramType.CgroupSkb && b.Profile.Type != Bpf.Objects.ProgramType.LwtIn || b.Slip))
        {
            if (b.Chance(50)) b.Code.StoreImmediate(size, pointer, offset, b.Constant());
            else b.Code.Store(size, pointer, offset, b.Number());
            return;
        }
        int register = b.Free();
        if (size < 8 && b.Chance(15)) b.Code.LoadSigned(size, register, pointer, offset);
        else b.Code.Load(size, register, pointer, offset);
        b.Put(register, FuzzValue.Number(size == 1 ? 255 : -1));
    }
}

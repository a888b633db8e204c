// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.Tests.Verifier.Fuzzing;

/// <summary>Calls of helpers and subprograms.</summary>
internal static class FuzzCalls
{
    // helpers without arguments: time, random number, processor, numa node, jiffies, boot time
    private static readonly int[] s_simple = [5, 7, 8, 42, 118, 125];

    public static void Simple(FuzzBuilder b)
    {
        int helper = s_simple[b.Next(s_simple.Length)];
        if (b.Slip) helper = b.Next(212);
        b.Code.Call(helper);
        b.AfterCall(FuzzValue.Number());
    }

    public static void Lookup(FuzzBuilder b)
    {
        int map = b.Slip ? b.Next(FuzzMaps.All.Length) : FuzzMaps.WithElements[b.Next(FuzzMaps.WithElements.Length)];
        MapDefinition definition = FuzzMaps.All[map];
        Key(b, 2, definition);
        b.Code.Map(1, map);
        b.Code.Call(1);
        b.AfterCall(new FuzzValue(FuzzKind.MapValue, (int)definition.ValueSize, 0, true));
        int keep = 7 + b.Next(3);
        if (b.Chance(60))
        {
            b.Code.Move(keep, 0);
            b.Put(keep, b.State.Registers[0]);
        }
        if (b.Chance(80)) FuzzFlow.NullTest(b);
    }

    public static void Update(FuzzBuilder b)
    {
        int map = b.Slip ? b.Next(FuzzMaps.All.Length) : FuzzMaps.WithElements[b.Next(FuzzMaps.WithElements.Length)];
        MapDefinition definition = FuzzMaps.All[map];
        Key(b, 2, definition);
        bool deletes = b.Chance(30);
        if (!deletes)
        {
            int value = b.Find(v => v.Kind is FuzzKind.MapValue && !v.MaybeNull && v.Size >= definition.ValueSize);
            if (value is > 5 && b.Chance(60)) b.Code.Move(3, value);
            else Fill(b, 3, (int)definition.ValueSize);
            b.Code.Set(4, b.Slip ? b.Constant() : 0);
        }
        b.Code.Map(1, map);
        b.Code.Call(deletes ? 3 : 2);
        b.AfterCall(FuzzValue.Number());
    }

    /// <summary>The address of the value of an array's element, without a call.</summary>
    public static void DirectValue(FuzzBuilder b)
    {
        int register = b.Free(), offset = b.Next(24);
        if (b.Slip) offset += 12;
        b.Code.Map(register, FuzzMaps.Single, offset);
        b.Put(register, new FuzzValue(FuzzKind.MapValue, 32 - offset));
    }

    /// <summary>Reserves a record, or gives one back.</summary>
    public static void Record(FuzzBuilder b)
    {
        if (b.HoldsRecord)
        {
            if (b.Chance(60)) Release(b);
            return;
        }
        if (b.Loops > 0 && !b.Slip) return;
        int size = 8 * (1 + b.Next(8));
        b.Code.Set(2, size);
        b.Code.Set(3, b.Slip ? 1 : 0);
        b.Code.Map(1, b.Slip ? FuzzMaps.Queue : FuzzMaps.Ring);
        b.Code.Call(131);
        b.AfterCall(default);
        b.Bails.Add(b.Code.JumpIf(Operation.Jeq, 64, 0, 0));
        b.Code.Move(9, 0);
        b.Put(9, new FuzzValue(FuzzKind.Record, size));
        b.HoldsRecord = true;
        if (b.Chance(50)) Release(b);
    }

    /// <summary>Gives the record back that is held.</summary>
    public static void Release(FuzzBuilder b)
    {
        if (!b.HoldsRecord) return;
        b.HoldsRecord = false;
        if (b.Slip) return;
        b.Code.Move(1, 9);
        b.Code.Set(2, 0);
        b.Code.Call(b.Chance(50) ? 132 : 133);
        b.AfterCall(default);
        for (int r = 0; r < 10; r++)
        {
            if (b.State.Registers[r].Kind == FuzzKind.Record) b.Put(r, default);
        }
        for (int i = 0; i < b.State.Slots.Length; i++)
        {
            if (b.State.Slots[i].Kind == FuzzKind.Record) b.State.Slots[i] = default;
        }
    }

    /// <summary>Helpers that take memory and its size.</summary>
    public static void WithMemory(FuzzBuilder b)
    {
        int size = 4 * (1 + b.Next(8)), context = b.Find(value => value.Kind == FuzzKind.Context);
        switch (b.Next(4))
        {
            case 0: // bpf_csum_diff of stack bytes, or bpf_get_current_comm
                if (b.Profile.Helpers.Contains(28))
                {
                    b.Code.Set(1, 0);
                    b.Code.Set(2, 0);
                    Fill(b, 3, size);
                    Size(b, 4, size);
                    b.Code.Set(5, 0);
                    b.Code.Call(28);
                }
                else if (b.Profile.Helpers.Contains(16))
                {
                    b.Code.Move(1, 10, -8 * ((size + 7) / 8));
                    Size(b, 2, size);
                    b.Code.Call(16);
                    Overwrite(b, size);
                }
                else return;
                break;
            case 1: // bpf_ringbuf_output
                Fill(b, 2, size);
                Size(b, 3, size);
                b.Code.Set(4, 0);
                b.Code.Map(1, FuzzMaps.Ring);
                b.Code.Call(130);
                break;
            case 2: // bpf_perf_event_output
                if (context < 0 || !b.Profile.Helpers.Contains(25) && !b.Slip) return;
                if (context != 1) b.Code.Move(1, context);
                if (context is > 1 and < 6) b.Put(context, default);
                Fill(b, 4, size);
                Size(b, 5, size);
                b.Code.Immediate(Operation.Mov, 32, 3, -1);
                b.Code.Map(2, FuzzMaps.Events);
                b.Code.Call(25);
                break;
            default: // push, pop or peek
                int helper = 87 + b.Next(3);
                Fill(b, 2, 8);
                b.Code.Set(3, 0);
                b.Code.Map(1, b.Slip ? FuzzMaps.Array : FuzzMaps.Queue);
                b.Code.Call(helper);
                if (helper != 87) Overwrite(b, 8);
                break;
        }
        b.AfterCall(FuzzValue.Number());
    }

    /// <summary>Helpers over packets.</summary>
    public static void Packet(FuzzBuilder b)
    {
        int context = b.Find(value => value.Kind == FuzzKind.Context);
        if (context < 0) return;
        if (b.Profile.Helpers.Contains(26) && b.Chance(60))
        {
            int size = 1 + b.Next(32);
            if (context != 1) b.Code.Move(1, context);
            b.Code.Set(2, b.Next(60));
            b.Code.Move(3, 10, -8 * ((size + 7) / 8));
            Size(b, 4, size);
            b.Code.Call(26); // bpf_skb_load_bytes
            Overwrite(b, size);
            b.AfterCall(FuzzValue.Number());
        }
        else if (b.Profile.Helpers.Contains(39) && b.Chance(60))
        {
            if (context != 1) b.Code.Move(1, context);
            b.Code.Set(2, 14 + b.Next(40));
            b.Code.Call(39); // bpf_skb_pull_data: packet pointers are gone
            b.AfterCall(FuzzValue.Number());
            if (b.Slip) return;
            for (int r = 0; r < 10; r++)
            {
                if (b.State.Registers[r].Kind == FuzzKind.Packet) b.Put(r, default);
            }
            for (int i = 0; i < 16; i++)
            {
                if (b.State.Slots[i].Kind == FuzzKind.Packet) b.State.Slots[i] = default;
            }
        }
        else if (b.Profile.Type is ProgramType.SocketFilter or ProgramType.SchedCls && b.State.Registers[6].Kind == FuzzKind.Context && !b.HoldsRecord)
        {
            b.Code.Add(Operation.LdAbs, 8 << b.Next(3), OperandForm.PacketAbs, 0, 0, 0, b.Next(40));
            b.AfterCall(FuzzValue.Number());
        }
    }

    public static void TailCall(FuzzBuilder b)
    {
        int context = b.Find(value => value.Kind == FuzzKind.Context);
        if (context < 0 || b.HoldsRecord && !b.Slip || b.Chance(60)) return;
        if (context != 1) b.Code.Move(1, context);
        b.Code.Set(3, b.Next(5));
        b.Code.Map(2, b.Slip ? FuzzMaps.Hash : FuzzMaps.Programs);
        b.Code.Call(12);
        b.AfterCall(default);
    }

    public static void Subprogram(FuzzBuilder b)
    {
        if (!b.IsMain && !b.Slip) return;
        int context = b.Find(value => value.Kind == FuzzKind.Context), number = b.Number();
        if (context < 0) return;
        b.Code.Move(2, number);
        if (context == 2) return;
        if (context != 1) b.Code.Move(1, context);
        if (b.Chance(50)) b.Code.Set(3, b.Constant());
        else b.Code.Move(3, 2);
        b.Calls.Add((b.Code.Count, 1 + b.Next(2)));
        b.Code.Add(Operation.CallLocal, 0, OperandForm.Call, 0, 0, 0, 0);
        b.AfterCall(FuzzValue.Number());
    }

    private static void Key(FuzzBuilder b, int register, MapDefinition map)
    {
        if (map.KeySize == 0) Fill(b, register, 8);
        else if (map.KeySize == 4 && b.Chance(70))
        {
            b.Code.StoreImmediate(4, 10, -4, b.Next(6));
            b.State.Slots[0] = default;
            b.Code.Move(register, 10, -4);
        }
        else Fill(b, register, (int)map.KeySize);
    }

    /// <summary>Lets a register point to bytes of the stack that are all written.</summary>
    private static void Fill(FuzzBuilder b, int register, int size)
    {
        int slots = (size + 7) / 8;
        for (int i = 0; i < slots && i < 16; i++)
        {
            if (b.State.Slots[i].Kind == FuzzKind.Number || b.Slip) continue;
            b.Code.StoreImmediate(8, 10, -8 * (i + 1), b.Constant());
            b.State.Slots[i] = FuzzValue.Number();
        }
        b.Code.Move(register, 10, -8 * slots);
    }

    private static void Overwrite(FuzzBuilder b, int size)
    {
        for (int i = 0; i < (size + 7) / 8 && i < 16; i++) b.State.Slots[i] = FuzzValue.Number();
    }

    /// <summary>A size: constant, or a number that is bounded.</summary>
    private static void Size(FuzzBuilder b, int register, int size)
    {
        if (b.Slip) size += b.Chance(50) ? 8 : -size;
        int number = b.Find(value => value.Kind == FuzzKind.Number);
        if (b.Chance(70) || number < 6)
        {
            b.Code.Set(register, size);
            return;
        }
        b.Code.Move(register, number);
        b.Code.Immediate(Operation.And, 64, register, 3);
        if (!b.Slip) b.Code.Immediate(Operation.Add, 64, register, 1);
    }
}

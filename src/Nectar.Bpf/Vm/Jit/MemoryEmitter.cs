// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;
using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Vm.Jit;

/// <summary>Loads and stores, and the test of an access in the checked regime.</summary>
internal static class MemoryEmitter
{
    private const Gpr Scratch = JitBuilder.Scratch;

    /// <summary>0 to 3 for 8 to 64 bits.</summary>
    internal static int Log(int width) => BitOperations.Log2((uint)width) - 3;

    internal static void Load(JitBuilder b, OpcodeInfo row)
    {
        Instruction instruction = b.Code[b.Slot];
        Gpr dst = b.Dst;
        AccessKind kind = b.Program.Access[b.Slot];
        switch (kind)
        {
            case AccessKind.PacketStart:
            case AccessKind.PacketEnd:
            case AccessKind.PacketMeta:
                int field = kind == AccessKind.PacketStart ? StateOffsets.PacketStart : kind == AccessKind.PacketEnd ? StateOffsets.PacketEnd : StateOffsets.PacketMeta;
                b.X.Rm(true, X64Emitter.LoadOp, dst, new Mem(b.State, field));
                b.Cover.Forget(instruction.Destination);
                return;
            case AccessKind.Unknown:
                LoadFrom(b, row, new Mem(JitBuilder.Map(instruction.Source), instruction.Offset), instruction.Source);
                return;
            case AccessKind.Proved:
                LoadPlain(b, row, dst, new Mem(JitBuilder.Map(instruction.Source), instruction.Offset));
                b.Cover.Forget(instruction.Destination);
                return;
            default:
                LoadPlain(b, row, dst, Known(b, kind, instruction.Source, instruction.Offset));
                b.Cover.Forget(instruction.Destination);
                return;
        }
    }

    /// <summary>A load of unproved memory; <paramref name="register"/> is the BPF register of a simple address, -1 for sums of two.</summary>
    internal static void LoadFrom(JitBuilder b, OpcodeInfo row, Mem memory, int register)
    {
        int after = Test(b, row.Width, memory, register, false, row.Operation == Operation.Load && b.Program.Context.HasRedirects);
        if (!b.IsChecked && !b.Program.IsVerified && row.Operation == Operation.Load && b.Program.Context.MayRedirect(b.Code[b.Slot].Offset, row.Width / 8) && !b.Regions.IsGuessed(b.Slot)) after = TestContext(b, memory);
        LoadPlain(b, row, b.Dst, memory);
        if (after != 0) b.Place(after);
        b.Cover.Forget(b.Code[b.Slot].Destination);
    }

    internal static void LoadPlain(JitBuilder b, OpcodeInfo row, Gpr dst, Mem memory)
    {
        bool signed = row.Operation == Operation.LoadSx;
        switch (row.Width)
        {
            case 8: b.X.Rm(signed, signed ? 0xfbe : 0xfb6, dst, memory); break;
            case 16: b.X.Rm(signed, signed ? 0xfbf : 0xfb7, dst, memory); break;
            case 32: b.X.Rm(signed, signed ? 0x63 : X64Emitter.LoadOp, dst, memory); break;
            default: b.X.Rm(true, X64Emitter.LoadOp, dst, memory); break;
        }
    }

    internal static void StoreRegister(JitBuilder b, OpcodeInfo row)
    {
        Instruction instruction = b.Code[b.Slot];
        StoreRegisterTo(b, row, Target(b, row), JitBuilder.Map(instruction.Source));
    }

    internal static void StoreRegisterTo(JitBuilder b, OpcodeInfo row, Mem memory, Gpr source)
    {
        switch (row.Width)
        {
            case 8: b.X.Rm(false, 0x88, source, memory, forceRex: true); break;
            case 16:
                b.X.Byte(0x66);
                b.X.Rm(false, X64Emitter.Mov, source, memory);
                break;
            default: b.X.Rm(row.Width == 64, X64Emitter.Mov, source, memory); break;
        }
    }

    internal static void StoreImmediate(JitBuilder b, OpcodeInfo row)
    {
        Mem memory = Target(b, row);
        int value = b.Code[b.Slot].Immediate;
        switch (row.Width)
        {
            case 8:
                b.X.UnaryMem(false, 0xc6, 0, memory);
                b.X.Byte(value);
                break;
            case 16:
                b.X.Byte(0x66);
                b.X.UnaryMem(false, 0xc7, 0, memory);
                b.X.Byte(value);
                b.X.Byte(value >> 8);
                break;
            default:
                b.X.UnaryMem(row.Width == 64, 0xc7, 0, memory);
                b.X.Int32(value);
                break;
        }
    }

    /// <summary>The tested memory operand of a store or atomic at the current slot.</summary>
    internal static Mem Target(JitBuilder b, OpcodeInfo row)
    {
        Instruction instruction = b.Code[b.Slot];
        int register = row.AddressIsSource ? instruction.Source : instruction.Destination;
        AccessKind kind = b.Program.Access[b.Slot];
        if (kind == AccessKind.Proved) return new Mem(JitBuilder.Map(register), instruction.Offset);
        if (kind != AccessKind.Unknown) return Known(b, kind, register, instruction.Offset);
        Mem memory = new(JitBuilder.Map(register), instruction.Offset);
        Test(b, row.Width, memory, register, row.WritesMemory, false);
        return memory;
    }

    /// <summary>
    /// Tests an access against the bounds in its region slot. Returns a label that the caller places behind the load if a context
    /// field that stands for an address may be met, else 0.
    /// </summary>
    internal static int Test(JitBuilder b, int width, Mem memory, int register, bool write, bool mayRedirect)
    {
        if (!b.IsChecked || b.Program.Access[b.Slot] == AccessKind.Proved) return 0;
        if (register >= 0)
        {
            if (b.Cover.Contains(register, memory.Displacement, width / 8, write)) return 0;

            // A context never gets a region slot, because some of its fields are redirected: then each load has to be looked at.
            if (!mayRedirect) b.Cover.Add(register, memory.Displacement, width / 8, write);
        }

        X64Emitter x = b.X;
        int index = b.Regions.SlotOf(b.Slot);
        int log = Log(width);
        if (memory.Displacement == 0 && !memory.HasIndex) x.Move(true, Scratch, memory.Base);
        else x.Lea(true, Scratch, memory);
        x.Rm(true, 0x2b, Scratch, new Mem(b.State, StateOffsets.RegionSlot(index)));
        x.Rm(true, 0x3b, Scratch, new Mem(b.State, StateOffsets.RegionLimit(index, log)));
        int cold = b.NewLabel();
        int back = b.NewLabel();
        int after = mayRedirect ? b.NewLabel() : 0;
        b.JumpCold(Condition.AboveEqual, cold);
        b.Place(back);
        b.AddCold(new ColdPath
        {
            Kind = ColdKind.Access,
            Label = cold,
            Continue = back,
            Redirected = after,
            Slot = b.Slot,
            Memory = memory,
            Register = b.Dst,
            Description = JitRuntime.Describe(b.Original(b.Slot), index, log, write),
        });
        return after;
    }

    /// <summary>
    /// In the trusted regime: a load at the offset of a redirected field, through a register that nothing is known about, may
    /// be one of the context. Returns a label that the caller places behind the load.
    /// </summary>
    private static int TestContext(JitBuilder b, Mem memory)
    {
        X64Emitter x = b.X;
        int cold = b.NewLabel(), back = b.NewLabel(), after = b.NewLabel();
        x.Lea(true, Scratch, memory);
        x.Rm(true, 0x2b, Scratch, new Mem(b.State, StateOffsets.Context));
        x.Ri(true, X64Emitter.ExtCmp, Scratch, b.Program.Context.Size);
        b.JumpCold(Condition.Below, cold);
        b.Place(back);
        b.AddCold(new ColdPath { Kind = ColdKind.Redirect, Label = cold, Continue = back, Redirected = after, Slot = b.Slot, Register = b.Dst });
        return after;
    }

    private static Mem Known(JitBuilder b, AccessKind kind, int register, int offset)
    {
        if (kind == AccessKind.Stack) return new Mem(Gpr.Rbp, b.Program.AccessOffset[b.Slot]);
        if (!b.IsChecked) return new Mem(JitBuilder.Map(register), offset);
        b.X.Rm(true, X64Emitter.LoadOp, Scratch, new Mem(b.State, StateOffsets.Context));
        return new Mem(Scratch, b.Program.AccessOffset[b.Slot]);
    }
}

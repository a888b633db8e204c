// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Vm.Jit;

/// <summary>
/// How a program and its functions are entered and left. A program that never calls anything and tests nothing has neither frame
/// nor saved registers. Otherwise the outermost frame holds the caller's registers and the previous exit point, at which code from any
/// depth leaves the program; all entries of a program push the same, so they share one way out.
/// </summary>
internal static class Prologue
{
    /// <summary>How often may_goto falls through in one activation, as in the kernel (BPF_MAX_LOOPS).</summary>
    private const int MaxLoops = 8 * 1024 * 1024;

    private const Gpr Scratch = JitBuilder.Scratch, Scratch2 = JitBuilder.Scratch2;

    /// <summary>True if the program may be left from a depth on the machine stack that is not known.</summary>
    internal static bool NeedsExit(JitBuilder b) => !b.IsLeaf;

    /// <summary>True if r10 is kept.</summary>
    internal static bool UsesFrame(JitBuilder b) => b.Program.FunctionStarts.Length > 1 || ((b.Analysis.Touched >> 10) & 1) != 0;

    /// <summary>The entry for a run: r1, r2 and the state in the first three argument registers.</summary>
    internal static void EmitMain(JitBuilder b)
    {
        X64Emitter x = b.X;
        PushAll(b);
        x.Move(true, b.State, Gpr.Rdx);
        if (UsesFrame(b)) x.Rm(true, X64Emitter.LoadOp, Gpr.Rbp, new Mem(b.State, StateOffsets.StackTop));
        SetExit(b);
        ResetRegions(b);
        int live = b.Analysis.LiveAtEntry & ~0b10000000110;
        for (int r = 0; r < 10; r++)
        {
            if (((live >> r) & 1) != 0) x.Rr(false, X64Emitter.Xor, JitBuilder.Map(r), JitBuilder.Map(r));
        }

        if (!b.CountsFuel) return;
        b.Slot = 0;
        LoadFuel(b);
        CallEmitter.ChargeFuel(b, b.Program.FunctionCost(0));
    }

    /// <summary>The entry for tail calls and callbacks: r1 to r5 and the state; the caller has charged fuel and counted the frame.</summary>
    internal static void EmitCallback(JitBuilder b, int slot)
    {
        X64Emitter x = b.X;
        PushAll(b);
        x.Move(true, b.State, Gpr.R9);
        if (UsesFrame(b))
        {
            x.Rm(false, X64Emitter.LoadOp, Gpr.Rax, new Mem(b.State, StateOffsets.CallDepth));
            x.ShiftImmediate(false, X64Emitter.ExtShl, Gpr.Rax, 9);
            x.Rm(true, X64Emitter.LoadOp, Gpr.Rbp, new Mem(b.State, StateOffsets.StackTop));
            x.Rr(true, X64Emitter.Sub, Gpr.Rax, Gpr.Rbp);
        }

        SetExit(b);
        if (slot == 0) ResetRegions(b);
        LoadFuel(b);
        foreach (int r in (ReadOnlySpan<int>)[0, 6, 7, 8, 9])
        {
            if (((b.Analysis.Touched >> r) & 1) != 0) x.Rr(false, X64Emitter.Xor, JitBuilder.Map(r), JitBuilder.Map(r));
        }

        if (slot == 0 && b.IsEntryMerged)
        {
            b.Jump(b.BodyLabel(0));
            return;
        }

        b.Call(b.BodyLabel(slot));
        EmitLeave(b);
    }

    /// <summary>Leaves the program: the stack pointer is where the prologue left it.</summary>
    internal static void EmitLeave(JitBuilder b)
    {
        X64Emitter x = b.X;
        if (b.FuelInRegister) x.Rm(true, X64Emitter.Mov, JitBuilder.FuelRegister, new Mem(b.State, StateOffsets.Fuel));
        if (b.EntryPadding) x.Ri(true, X64Emitter.ExtAdd, Gpr.Rsp, 8);
        if (NeedsExit(b)) x.UnaryMem(false, 0x8f, 0, new Mem(b.State, StateOffsets.ExitStackPointer));

        PopSaved(b, b.EntrySaved);
        x.Byte(0xc3);
    }

    /// <summary>Computes what all entries save.</summary>
    internal static void Plan(JitBuilder b)
    {
        FunctionFrame frame = b.EntrySaved;
        frame.Clear();
        if (UsesFrame(b)) frame.Save(Gpr.Rbp);
        for (int r = 6; r <= 9; r++)
        {
            if (((b.Analysis.Touched >> r) & 1) != 0) frame.Save(JitBuilder.Map(r));
        }

        if (b.State == Gpr.R12) frame.Save(Gpr.R12);

        // The return address, the registers and the old exit point; calls want a multiple of 16, also those in the shared stubs.
        b.EntryPadding = (!b.IsLeaf || b.IsChecked) && (frame.SavedCount + (NeedsExit(b) ? 2 : 1)) % 2 != 0;
    }

    /// <summary>The prologue of a function that is called.</summary>
    internal static void EmitFunction(JitBuilder b)
    {
        FunctionFrame frame = b.Frame;
        X64Emitter x = b.X;
        frame.Clear();
        bool mayGoto = false;
        int written = 0;
        for (int i = frame.Start; i < frame.End; i++)
        {
            written |= b.Analysis.Sets(i);
            mayGoto |= b.Program.Rows[i]?.Operation == Operation.MayGoto;
        }

        if (!frame.IsMerged)
        {
            for (int r = 6; r <= 9; r++)
            {
                if (((written >> r) & 1) != 0) frame.Save(JitBuilder.Map(r));
            }
        }

        foreach (Gpr register in frame.Saved) x.Push(register);
        frame.LocalSize = mayGoto ? 16 : 0;
        if (!frame.IsMerged && frame.SavedCount % 2 == 0) frame.LocalSize += 8;
        frame.MayGotoOffset = mayGoto ? 0 : -1;
        if (frame.LocalSize != 0) x.Ri(true, X64Emitter.ExtSub, Gpr.Rsp, frame.LocalSize);
        if (!mayGoto) return;
        x.UnaryMem(false, 0xc7, 0, new Mem(Gpr.Rsp, 0));
        x.Int32(MaxLoops);
    }

    /// <summary>The end of a function: exit.</summary>
    internal static void EmitReturn(JitBuilder b)
    {
        FunctionFrame frame = b.Frame;
        if (frame.LocalSize != 0) b.X.Ri(true, X64Emitter.ExtAdd, Gpr.Rsp, frame.LocalSize);
        if (frame.IsMerged)
        {
            EmitLeave(b);
            return;
        }

        PopSaved(b, frame);
        b.X.Byte(0xc3);
    }

    /// <summary>Fills the packet's slot and empties the others, so that nothing is believed from an earlier run.</summary>
    internal static void ResetRegions(JitBuilder b)
    {
        if (!b.IsChecked) return;
        X64Emitter x = b.X;
        bool zero = false;
        for (int i = 0; i < VmState.SlotCount; i++)
        {
            int widths = i == RegionSlotMap.Packet ? 0 : b.Regions.Widths(i);
            for (int log = 0; log < 4; log++)
            {
                if (((widths >> log) & 1) == 0) continue;
                if (!zero) x.Rr(false, X64Emitter.Xor, Scratch, Scratch);
                zero = true;
                x.Rm(true, X64Emitter.Mov, Scratch, new Mem(b.State, StateOffsets.RegionLimit(i, log)));
            }
        }

        int packet = b.Regions.Widths(RegionSlotMap.Packet);
        if (packet == 0) return;
        x.Rm(true, X64Emitter.LoadOp, Scratch, new Mem(b.State, StateOffsets.PacketMeta));
        x.Rm(true, X64Emitter.Mov, Scratch, new Mem(b.State, StateOffsets.RegionSlot(RegionSlotMap.Packet)));
        x.Unary(true, 0xf7, 3, Scratch);
        x.Rm(true, 0x03, Scratch, new Mem(b.State, StateOffsets.PacketEnd));
        if (packet > 1) x.Rr(false, X64Emitter.Xor, Scratch2, Scratch2);
        int taken = 0;
        for (int log = 0; log < 4; log++)
        {
            if (((packet >> log) & 1) == 0) continue;
            int less = (1 << log) - 1;
            if (less != taken)
            {
                // Never below zero: a limit of zero admits nothing.
                x.Ri(true, X64Emitter.ExtSub, Scratch, less - taken);
                x.Rr(true, 0xf42, Scratch, Scratch2);
                taken = less;
            }

            x.Rm(true, X64Emitter.Mov, Scratch, new Mem(b.State, StateOffsets.RegionLimit(RegionSlotMap.Packet, log)));
        }
    }

    private static void PushAll(JitBuilder b)
    {
        foreach (Gpr register in b.EntrySaved.Saved) b.X.Push(register);
    }

    private static void SetExit(JitBuilder b)
    {
        if (NeedsExit(b)) b.X.UnaryMem(false, 0xff, 6, new Mem(b.State, StateOffsets.ExitStackPointer));
        if (b.EntryPadding) b.X.Ri(true, X64Emitter.ExtSub, Gpr.Rsp, 8);
        if (NeedsExit(b)) b.X.Rm(true, X64Emitter.Mov, Gpr.Rsp, new Mem(b.State, StateOffsets.ExitStackPointer));
    }

    private static void LoadFuel(JitBuilder b)
    {
        if (b.FuelInRegister) b.X.Rm(true, X64Emitter.LoadOp, JitBuilder.FuelRegister, new Mem(b.State, StateOffsets.Fuel));
    }

    private static void PopSaved(JitBuilder b, FunctionFrame frame)
    {
        ReadOnlySpan<Gpr> saved = frame.Saved;
        for (int i = saved.Length - 1; i >= 0; i--) b.X.Pop(saved[i]);
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Vm.Jit;

/// <summary>Calls of helpers, of functions of the program, of other programs, and legacy packet access, which may call.</summary>
internal static class CallEmitter
{
    private const Gpr Scratch = JitBuilder.Scratch, Scratch2 = JitBuilder.Scratch2;

    internal static void Helper(JitBuilder b)
    {
        int id = (int)b.Program.Constants[b.Slot];
        if (id == HelperTable.TailCall)
        {
            TailCall(b);
            return;
        }

        if (InlineHelpers.TryEmit(b, id)) return;
        Helper(b, HelperTable.Find(id)!.Function);
        b.Cover.Clear();
    }

    /// <summary>Calls a helper by its address.</summary>
    internal static void Helper(JitBuilder b, nint function)
    {
        NoteInstruction(b);
        b.X.MoveImmediate(Scratch, (ulong)function);
        b.Call(b.Stubs.CallHelper);
    }

    internal static void Local(JitBuilder b)
    {
        X64Emitter x = b.X;
        int callee = (int)b.Program.Constants[b.Slot];
        Mem depth = new(b.State, StateOffsets.CallDepth);
        int tooDeep = b.NewLabel();
        x.Mi(false, X64Emitter.ExtCmp, depth, VmState.MaxFrames - 1);
        b.JumpCold(Condition.AboveEqual, tooDeep);
        b.AddCold(new ColdPath { Kind = ColdKind.Fault, Label = tooDeep, Slot = b.Slot, Description = (ulong)FaultKind.CallDepth });
        if (b.CountsFuel) ChargeFuel(b, b.Program.FunctionCost(callee));
        x.Mi(false, X64Emitter.ExtAdd, depth, 1);
        x.Ri(true, X64Emitter.ExtSub, Gpr.Rbp, VmState.FrameSize);
        b.Call(b.BodyLabel(callee));
        Return(b);
    }

    /// <summary>callx: the runtime finds the function, charges and counts as for a direct call.</summary>
    internal static void Register(JitBuilder b)
    {
        X64Emitter x = b.X;
        NoteInstruction(b);
        x.Move(true, Scratch, b.Dst);
        b.Call(b.Stubs.CallRegister);
        int done = b.NewLabel();
        int after = b.NewLabel();
        x.Rr(false, X64Emitter.Test, Scratch, Scratch);
        b.JumpCold(Condition.Sign, done);
        x.Ri(true, X64Emitter.ExtSub, Gpr.Rbp, VmState.FrameSize);
        foreach (int start in b.Program.FunctionStarts)
        {
            x.Reserve();
            int next = b.NewLabel();
            x.Ri(false, X64Emitter.ExtCmp, Scratch, start);
            b.JumpNear(Condition.NotEqual, next);
            b.Call(b.BodyLabel(start));
            b.Jump(after);
            b.Place(next);
        }

        b.Place(after);
        Return(b);
        b.Place(done);
    }

    /// <summary>Takes fuel away and goes for more when there is none left. Changes no register of the program.</summary>
    internal static void ChargeFuel(JitBuilder b, int cost)
    {
        if (b.FuelInRegister) b.X.Ri(true, X64Emitter.ExtSub, JitBuilder.FuelRegister, cost);
        else b.X.Mi(true, X64Emitter.ExtSub, new Mem(b.State, StateOffsets.Fuel), cost);
        int cold = b.NewLabel();
        int go = b.NewLabel();
        b.JumpCold(Condition.Sign, cold);
        b.Place(go);
        b.AddCold(new ColdPath { Kind = ColdKind.Fuel, Label = cold, Continue = go, Slot = b.Slot });
    }

    /// <summary>LD_ABS and LD_IND: big-endian bytes of the packet into r0; outside of it the function ends with 0.</summary>
    internal static void Packet(JitBuilder b, OpcodeInfo row)
    {
        X64Emitter x = b.X;
        int bytes = row.Width / 8;
        int slow = b.NewLabel(), none = b.NewLabel(), done = b.NewLabel();
        int immediate = b.Code[b.Slot].Immediate;
        if (row.Form == OperandForm.PacketInd)
        {
            x.Rr(true, 0x63, Scratch, b.Src);
            if (immediate != 0) x.Ri(true, X64Emitter.ExtAdd, Scratch, immediate);
        }
        else
        {
            x.MoveImmediate(Scratch, (ulong)immediate);
        }

        x.Rm(true, X64Emitter.LoadOp, Scratch2, new Mem(b.State, StateOffsets.PacketEnd));
        x.Rm(true, 0x2b, Scratch2, new Mem(b.State, StateOffsets.PacketStart));
        x.Ri(true, X64Emitter.ExtSub, Scratch2, bytes);
        b.JumpNear(Condition.Below, slow);
        x.Rr(true, X64Emitter.Cmp, Scratch2, Scratch);
        b.JumpNear(Condition.Above, slow);
        x.Rm(true, 0x03, Scratch, new Mem(b.State, StateOffsets.PacketStart));
        Mem memory = new(Scratch, 0);
        switch (row.Width)
        {
            case 8: x.Rm(false, 0xfb6, Gpr.Rax, memory); break;
            case 16:
                x.Rm(false, 0xfb7, Gpr.Rax, memory);
                x.Byte(0x66);
                x.ShiftImmediate(false, X64Emitter.ExtRol, Gpr.Rax, 8);
                break;
            default:
                x.Rm(false, X64Emitter.LoadOp, Gpr.Rax, memory);
                ArithmeticEmitter.Swap(x, false, Gpr.Rax);
                break;
        }

        b.JumpNear(done);
        b.Place(slow);
        x.MoveImmediate(Scratch2, (ulong)bytes);
        b.Call(b.Stubs.LoadPacket);
        x.Rr(false, X64Emitter.Test, Scratch, Scratch);
        b.JumpNear(Condition.NotEqual, done);
        b.Place(none);
        x.Rr(false, X64Emitter.Xor, Gpr.Rax, Gpr.Rax);
        Prologue.EmitReturn(b);
        b.Place(done);
        b.Cover.Clear();
    }

    private static void TailCall(JitBuilder b)
    {
        X64Emitter x = b.X;
        NoteInstruction(b);
        x.Move(true, Scratch, JitBuilder.Map(2));
        x.Move(true, Scratch2, JitBuilder.Map(3));
        b.Call(b.Stubs.TailCall);
        int stay = b.NewLabel();
        x.Rr(true, X64Emitter.Test, Scratch, Scratch);
        b.JumpCold(Condition.Equal, stay);

        // The other program runs in this frame: it is called, and what it returns is returned.
        x.Move(true, Gpr.R9, b.State);
        x.Unary(false, 0xff, 2, Scratch);
        if (b.FuelInRegister) x.Rm(true, X64Emitter.LoadOp, JitBuilder.FuelRegister, new Mem(b.State, StateOffsets.Fuel));
        if (!b.Frame.IsMerged)
        {
            x.Mi(false, X64Emitter.ExtCmp, new Mem(b.State, StateOffsets.Fault), 0);
            b.JumpCold(Condition.NotEqual, b.Stubs.Leave);
            x.MoveImmediate(Scratch, (ulong)b.Header);
            x.Rm(true, X64Emitter.Mov, Scratch, new Mem(b.State, StateOffsets.Program));
            x.Reserve();
            Prologue.ResetRegions(b);
        }

        Prologue.EmitReturn(b);
        b.Place(stay);
        b.Cover.Clear();
    }

    /// <summary>Back from a function: its frame is given back.</summary>
    private static void Return(JitBuilder b)
    {
        b.X.Ri(true, X64Emitter.ExtAdd, Gpr.Rbp, VmState.FrameSize);
        b.X.Mi(false, X64Emitter.ExtSub, new Mem(b.State, StateOffsets.CallDepth), 1);
        b.Cover.Clear();
    }

    private static void NoteInstruction(JitBuilder b)
    {
        b.X.UnaryMem(false, 0xc7, 0, new Mem(b.State, StateOffsets.CurrentInstruction));
        b.X.Int32(b.Original(b.Slot));
    }
}

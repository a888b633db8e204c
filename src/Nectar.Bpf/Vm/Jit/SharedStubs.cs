// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Vm.Jit;

/// <summary>
/// Code that a program has at most once, behind its functions: the ways into managed code, and the way out. Each is emitted
/// only if something refers to it.
/// </summary>
internal sealed class SharedStubs
{
    private const Gpr Scratch = JitBuilder.Scratch, Scratch2 = JitBuilder.Scratch2;

    /// <summary>Where BPF's registers are that a call may overwrite.</summary>
    private static readonly Gpr[] s_volatile = [Gpr.Rax, Gpr.Rdi, Gpr.Rsi, Gpr.Rdx, Gpr.Rcx, Gpr.R8];

    private JitBuilder _b = null!;
    private int _resolve, _nextSlice, _callHelper, _callRegister, _tailCall, _loadPacket, _leave, _leaveBody;

    /// <summary>Asks for the region of the access that r10 (address) and r9 (description) tell; r10 is the answer.</summary>
    internal int Resolve => Get(ref _resolve);

    /// <summary>Asks for more fuel; r9 is the slot.</summary>
    internal int NextSlice => Get(ref _nextSlice);

    /// <summary>Calls the helper whose address is in r10.</summary>
    internal int CallHelper => Get(ref _callHelper);

    /// <summary>Finds what callx means: the value is in r10; the slot of a function comes back in r10, or -1 if a helper was called.</summary>
    internal int CallRegister => Get(ref _callRegister);

    /// <summary>Finds the machine code that a tail call continues with: r10, 0 to go on.</summary>
    internal int TailCall => Get(ref _tailCall);

    /// <summary>Reads packet bytes: offset in r10, size in r9; r10 is 0 if they are not there, else r0 is the value.</summary>
    internal int LoadPacket => Get(ref _loadPacket);

    /// <summary>Leaves the program from the body of a function.</summary>
    internal int Leave => Get(ref _leaveBody);

    /// <summary>Leaves the program from a stub.</summary>
    private int LeaveStub => Get(ref _leave);

    internal void Start(JitBuilder b)
    {
        _b = b;
        _resolve = _nextSlice = _callHelper = _callRegister = _tailCall = _loadPacket = _leave = _leaveBody = 0;
    }

    internal unsafe void Emit()
    {
        X64Emitter x = _b.X;
        x.Reserve();
        if (_resolve != 0) EmitResolve();
        x.Reserve();
        if (_nextSlice != 0) Question(_nextSlice, JitRuntime.NextSliceEntry, true);
        if (_callRegister != 0) Question(_callRegister, JitRuntime.CallRegisterEntry, true);
        x.Reserve();
        if (_tailCall != 0) Question(_tailCall, JitRuntime.TailCallEntry, true);
        if (_loadPacket != 0) Question(_loadPacket, JitRuntime.LoadPacketEntry, false);
        x.Reserve();
        if (_callHelper != 0) Helper();
        if (_leave != 0) EmitLeave(_leave, 8);
        if (_leaveBody != 0) EmitLeave(_leaveBody, 0);
    }

    private void EmitLeave(int label, int depth)
    {
        _b.Place(label);
        if (!_b.IsLeaf) _b.X.Rm(true, X64Emitter.LoadOp, Gpr.Rsp, new Mem(_b.State, StateOffsets.ExitStackPointer));
        else if (depth + _b.Frame.LocalSize != 0) _b.X.Ri(true, X64Emitter.ExtAdd, Gpr.Rsp, depth + _b.Frame.LocalSize);
        Prologue.EmitLeave(_b);
    }

    /// <summary>
    /// Packet and current frame are looked at here, so that a program without maps never needs managed code. Where managed code
    /// cannot be called (<see cref="VmState.HelperId"/> is set), anything else is given back as a fault, and the run is repeated.
    /// </summary>
    private void EmitResolve()
    {
        X64Emitter x = _b.X;
        Gpr state = _b.State;
        _b.Place(_resolve);
        int stack = _b.NewLabel(), ask = _b.NewLabel(), fill = _b.NewLabel();
        x.Push(Gpr.Rax);
        x.Push(Gpr.Rdx);
        x.Move(true, Gpr.Rax, Scratch);
        x.Rm(true, 0x2b, Gpr.Rax, new Mem(state, StateOffsets.PacketMeta));
        x.Rm(true, X64Emitter.LoadOp, Gpr.Rdx, new Mem(state, StateOffsets.PacketEnd));
        x.Rm(true, 0x2b, Gpr.Rdx, new Mem(state, StateOffsets.PacketMeta));
        x.Rm(true, X64Emitter.LoadOp, Scratch, new Mem(state, StateOffsets.PacketMeta));
        x.Rr(true, X64Emitter.Cmp, Gpr.Rdx, Gpr.Rax);
        _b.JumpNear(Condition.Below, fill);
        if (Prologue.UsesFrame(_b))
        {
            x.Rr(true, X64Emitter.Add, Scratch, Gpr.Rax); // the address again
            x.Lea(true, Scratch, new Mem(Gpr.Rbp, -VmState.FrameSize));
            x.Rr(true, X64Emitter.Sub, Scratch, Gpr.Rax);
            x.MoveImmediate(Gpr.Rdx, VmState.FrameSize);
            x.Rr(true, X64Emitter.Cmp, Gpr.Rdx, Gpr.Rax);
            _b.Jump(Condition.AboveEqual, ask);
        }
        else
        {
            _b.Jump(ask);
        }

        // r10 is where the region starts, rax the offset in it, rdx its length.
        _b.Place(fill);
        x.Rr(true, X64Emitter.Sub, Gpr.Rax, Gpr.Rdx);
        x.Push(Scratch2);
        x.Ri(false, X64Emitter.ExtAnd, Scratch2, 15);
        x.Rr(true, X64Emitter.Cmp, Scratch2, Gpr.Rdx);
        x.Pop(Scratch2);
        x.Lea(true, Gpr.Rdx, new Mem(Gpr.Rdx, Gpr.Rax, 0));
        _b.Jump(Condition.Below, ask);
        x.Move(false, Gpr.Rax, Scratch2);
        x.ShiftImmediate(false, X64Emitter.ExtShr, Gpr.Rax, 4);
        x.Ri(false, X64Emitter.ExtAnd, Gpr.Rax, 0xfff);
        x.Rm(true, X64Emitter.Mov, Scratch, new Mem(state, Gpr.Rax, 0));
        x.Rm(true, X64Emitter.Mov, Gpr.Rdx, new Mem(state, Gpr.Rax, 8));
        x.Rr(false, X64Emitter.Xor, Scratch2, Scratch2);
        for (int log = 1; log < 4; log++)
        {
            // Each limit is the one before less the growth of the access, never below zero.
            x.Ri(true, X64Emitter.ExtSub, Gpr.Rdx, 1 << (log - 1));
            x.Rr(true, 0xf42, Gpr.Rdx, Scratch2);
            x.Rm(true, X64Emitter.Mov, Gpr.Rdx, new Mem(state, Gpr.Rax, 8 + (8 * log)));
        }

        x.Pop(Gpr.Rdx);
        x.Pop(Gpr.Rax);
        x.MoveImmediate(Scratch, 1);
        x.Byte(0xc3);

        _b.Place(ask);
        x.Reserve();
        x.Rr(true, X64Emitter.Add, Gpr.Rax, Scratch);
        x.Pop(Gpr.Rdx);
        x.Pop(Gpr.Rax);
        if (_b.IsRepeatable)
        {
            int question = _b.NewLabel();
            x.Mi(false, X64Emitter.ExtCmp, new Mem(state, StateOffsets.HelperId), 0);
            _b.Jump(Condition.Equal, question);
            x.Rm(true, X64Emitter.Mov, Scratch, new Mem(state, StateOffsets.FaultAddress));
            x.Rm(true, X64Emitter.Mov, Scratch2, new Mem(state, StateOffsets.Scratch));
            x.UnaryMem(false, 0xc7, 0, new Mem(state, StateOffsets.Fault));
            x.Int32((int)FaultKind.Memory);
            _b.Jump(LeaveStub);
            _b.Place(question);
        }

        Ask(JitRuntime.ResolveEntry, true);
    }

    private int Get(ref int label)
    {
        if (label == 0) label = _b.NewLabel();
        return label;
    }

    private void Helper()
    {
        X64Emitter x = _b.X;
        _b.Place(_callHelper);
        x.Rm(true, X64Emitter.Mov, Scratch, new Mem(_b.State, StateOffsets.Scratch));
        StoreFuel();
        x.Move(true, Gpr.R9, _b.State);
        x.Ri(true, X64Emitter.ExtSub, Gpr.Rsp, 8);
        x.CallAbsolute(Scratch, JitRuntime.CallHelperEntry);
        x.Ri(true, X64Emitter.ExtAdd, Gpr.Rsp, 8);
        LoadFuel();
        LeaveOnFault();
        x.Byte(0xc3);
    }

    /// <summary>
    /// Calls <c>ulong F(VmState*, ulong r10, ulong r9, ulong* registers)</c> with all registers of the program kept in
    /// <see cref="VmState.Saved"/>, where the function may change them. Leaves if there is a fault afterwards.
    /// </summary>
    private void Question(int label, nint entry, bool leaves)
    {
        _b.Place(label);
        Ask(entry, leaves);
    }

    private void Ask(nint entry, bool leaves)
    {
        X64Emitter x = _b.X;
        for (int i = 0; i < s_volatile.Length; i++) x.Rm(true, X64Emitter.Mov, s_volatile[i], new Mem(_b.State, StateOffsets.Saved + (8 * i)));
        StoreFuel();
        x.Move(true, Gpr.Rdi, _b.State);
        x.Move(true, Gpr.Rsi, Scratch);
        x.Move(true, Gpr.Rdx, Scratch2);
        x.Push(_b.State);
        x.CallAbsolute(Gpr.Rax, entry);
        x.Pop(_b.State);
        x.Move(true, Scratch, Gpr.Rax);
        for (int i = 0; i < s_volatile.Length; i++) x.Rm(true, X64Emitter.LoadOp, s_volatile[i], new Mem(_b.State, StateOffsets.Saved + (8 * i)));
        LoadFuel();
        if (leaves) LeaveOnFault();
        x.Byte(0xc3);
    }

    private void LeaveOnFault()
    {
        _b.X.Mi(false, X64Emitter.ExtCmp, new Mem(_b.State, StateOffsets.Fault), 0);
        _b.JumpCold(Condition.NotEqual, LeaveStub);
    }

    private void StoreFuel()
    {
        if (_b.FuelInRegister) _b.X.Rm(true, X64Emitter.Mov, JitBuilder.FuelRegister, new Mem(_b.State, StateOffsets.Fuel));
    }

    private void LoadFuel()
    {
        if (_b.FuelInRegister) _b.X.Rm(true, X64Emitter.LoadOp, JitBuilder.FuelRegister, new Mem(_b.State, StateOffsets.Fuel));
    }
}

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
    private int _resolve, _nextSlice, _callHelper, _callRegister, _tailCall, _loadPacket, _leave;

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

    /// <summary>Leaves the program from any depth of calls.</summary>
    internal int Leave => Get(ref _leave);

    internal void Start(JitBuilder b)
    {
        _b = b;
        _resolve = _nextSlice = _callHelper = _callRegister = _tailCall = _loadPacket = _leave = 0;
    }

    internal unsafe void Emit()
    {
        X64Emitter x = _b.X;
        x.Reserve();
        if (_resolve != 0) Question(_resolve, JitRuntime.ResolveEntry, true);
        if (_nextSlice != 0) Question(_nextSlice, JitRuntime.NextSliceEntry, true);
        x.Reserve();
        if (_callRegister != 0) Question(_callRegister, JitRuntime.CallRegisterEntry, true);
        if (_tailCall != 0) Question(_tailCall, JitRuntime.TailCallEntry, true);
        x.Reserve();
        if (_loadPacket != 0) Question(_loadPacket, JitRuntime.LoadPacketEntry, false);
        if (_callHelper != 0) Helper();
        x.Reserve();
        if (_leave == 0) return;
        _b.Place(_leave);
        x.Rm(true, X64Emitter.LoadOp, Gpr.Rsp, new Mem(_b.State, StateOffsets.ExitStackPointer));
        Prologue.EmitLeave(_b);
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
        X64Emitter x = _b.X;
        _b.Place(label);
        for (int i = 0; i < s_volatile.Length; i++) x.Rm(true, X64Emitter.Mov, s_volatile[i], new Mem(_b.State, StateOffsets.Saved + (8 * i)));
        StoreFuel();
        x.Move(true, Gpr.Rdi, _b.State);
        x.Move(true, Gpr.Rsi, Scratch);
        x.Move(true, Gpr.Rdx, Scratch2);
        x.Ri(true, X64Emitter.ExtSub, Gpr.Rsp, 8);
        x.CallAbsolute(Gpr.Rax, entry);
        x.Ri(true, X64Emitter.ExtAdd, Gpr.Rsp, 8);
        x.Move(true, Scratch, Gpr.Rax);
        for (int i = 0; i < s_volatile.Length; i++) x.Rm(true, X64Emitter.LoadOp, s_volatile[i], new Mem(_b.State, StateOffsets.Saved + (8 * i)));
        LoadFuel();
        if (leaves) LeaveOnFault();
        x.Byte(0xc3);
    }

    private void LeaveOnFault()
    {
        _b.X.Mi(false, X64Emitter.ExtCmp, new Mem(_b.State, StateOffsets.Fault), 0);
        _b.JumpCold(Condition.NotEqual, Leave);
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

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Vm;

/// <summary>The engine that runs everywhere.</summary>
internal sealed class InterpreterEngine : Engine
{
    internal static readonly InterpreterEngine Instance = new();

    internal override ExecutableProgram Compile(PreparedProgram program, EngineSettings settings) => new InterpretedProgram(program, settings);
}

/// <summary>A program decoded for the interpreter.</summary>
internal unsafe partial class InterpretedProgram : ExecutableProgram
{
    private readonly Op[] _ops; // pinned: _code points into it
    private readonly Op* _code;
    private readonly int[] _slots;
    private readonly int[] _opOfSlot;

    internal InterpretedProgram(PreparedProgram prepared, EngineSettings settings)
        : base(prepared)
    {
        (_ops, _slots, _opOfSlot) = OpDecoder.Decode(prepared, settings);
        _code = (Op*)Unsafe.AsPointer(ref _ops[0]);
    }

    internal override ulong Run(VmState* state, ulong r1, ulong r2)
    {
        state->Program = (nint)Header;
        state->Fuel -= Header->EntryCost;
        if (state->Fuel < 0 && VmSupport.NextSlice(state) == 0)
        {
            state->FaultInstruction = 0;
            return 0;
        }

        return Execute<Plain>(state, this, _code, r1, r2, 0, 0, 0);
    }

    internal override ulong RunFunction(VmState* state, int slot, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        Execute<Plain>(state, this, _code + _opOfSlot[slot], r1, r2, r3, r4, r5);

    /// <summary>The first decoded instruction.</summary>
    protected Op* Code => _code;

    /// <summary>The decoded instruction of a slot.</summary>
    protected Op* At(int slot) => _code + _opOfSlot[slot];

    /// <summary>The slot that an instruction was decoded from.</summary>
    internal int SlotOf(Op* op) => _slots[(int)(op - _code)];

    /// <summary>What a local call has to bring back.</summary>
    internal struct Frame
    {
        internal ulong R6, R7, R8, R9, MayGoto;
        internal Op* Return;
        internal nint Program;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Enter(VmState* state, InterpretedProgram program, ref Frame* frame, Op* op, ulong* r)
    {
        if (state->CallDepth + 1 >= VmState.MaxFrames)
        {
            state->Fault = FaultKind.CallDepth;
            return false;
        }

        if (state->Fuel < 0 && VmSupport.NextSlice(state) == 0) return false;
        state->CallDepth++;
        frame->R6 = r[6];
        frame->R7 = r[7];
        frame->R8 = r[8];
        frame->R9 = r[9];
        frame->MayGoto = r[MayGotoRegister];
        frame->Return = op + 1;
        frame->Program = (nint)program.Header;
        frame++;
        r[10] -= VmState.FrameSize;
        r[MayGotoRegister] = MaxLoops;
        return true;
    }

    /// <summary>The decoded instruction that a function handle stands for; -1 if the value is none, with a fault if it pretends to be one.</summary>
    private int Callee(VmState* state, ulong value)
    {
        int slot = VmSupport.SlotOfHandle(value);
        if (slot < 0 && value < (ulong)HelperNames.Count) return -1;
        if (slot >= 0 && Array.BinarySearch(Prepared.FunctionStarts, slot) >= 0) return _opOfSlot[slot];
        state->Fault = FaultKind.HelperArgument;
        state->FaultAddress = value;
        return -1;
    }

    /// <summary>callx with the number of a helper, as the conformance vectors use it.</summary>
    private static ulong CallHelperByNumber(VmState* state, int number, ulong* r)
    {
        if (HelperTable.Find(number) is { } helper)
        {
            return ((delegate*<ulong, ulong, ulong, ulong, ulong, VmState*, ulong>)helper.Function)(r[1], r[2], r[3], r[4], r[5], state);
        }

        state->Fault = FaultKind.HelperArgument;
        state->FaultAddress = (ulong)number;
        return 0;
    }

    /// <summary>The slow path of an access: asks for the region. For a redirected context field <see cref="VmState.Scratch"/> is the value, else 0.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Test(VmState* state, ulong address, uint size, bool write, RegionSlot* slot)
    {
        byte result = VmSupport.Resolve(state, address, size, write, slot);
        if (result != 2) state->Scratch = 0;
        return result != 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool LoadPacket(VmState* state, Op* op, ulong* r)
    {
        long offset = op->Imm + (op->Code == OpCode.LdInd ? (int)r[op->Src] : 0);
        if (op->Code == OpCode.LdInd && offset != (int)offset || VmSupport.LoadPacket(state, (int)offset, (uint)op->Offset) == 0)
        {
            r[0] = 0;
            return false;
        }

        return true;
    }

    private static ulong SignedDiv64(ulong a, ulong b) => b == 0 ? 0 : b == ulong.MaxValue ? 0 - a : (ulong)((long)a / (long)b);

    private static ulong SignedMod64(ulong a, ulong b) => b == 0 ? a : b == ulong.MaxValue ? 0 : (ulong)((long)a % (long)b);

    private static ulong SignedDiv32(ulong a, uint b) => b == 0 ? 0 : b == uint.MaxValue ? (uint)-(int)a : (uint)((int)a / (int)b);

    private static ulong SignedMod32(ulong a, uint b) => b == 0 ? (uint)a : b == uint.MaxValue ? 0 : (uint)((int)a % (int)b);
}

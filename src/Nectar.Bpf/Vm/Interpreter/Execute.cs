// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Nectar.Bpf.Vm.Debugging;

namespace Nectar.Bpf.Vm;

/// <summary>The loop of the interpreter. One method, registers in native memory, one dispatch per instruction.</summary>
internal unsafe partial class InterpretedProgram
{
    /// <summary>Registers r0 to r10, the context's address, room for a count of may_goto.</summary>
    private const int ContextRegister = 11;
    private const int MayGotoRegister = 12;
    private const int RegisterCount = 16;

    /// <summary>How often may_goto falls through in one function, as in the kernel (BPF_MAX_LOOPS).</summary>
    private const ulong MaxLoops = 8 * 1024 * 1024;

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected static ulong Execute<TMode>(VmState* state, InterpretedProgram program, Op* op, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
        where TMode : struct, IStepMode
    {
        ulong* r = stackalloc ulong[RegisterCount];
        Frame* frames = stackalloc Frame[VmState.MaxFrames];
        Frame* frame = frames;
        RegionSlot* slot;
        ulong address;
        r[0] = r[6] = r[7] = r[8] = r[9] = 0;
        r[1] = r1;
        r[2] = r2;
        r[3] = r3;
        r[4] = r4;
        r[5] = r5;
        r[10] = state->StackTop - (state->CallDepth * VmState.FrameSize);
        r[ContextRegister] = state->Context;
        r[MayGotoRegister] = MaxLoops;
        while (true)
        {
            if (typeof(TMode) == typeof(Stepped) && !Unsafe.As<SteppedProgram>(program).Stepper.OnInstruction(state, program, op, r, frames, frame)) goto Fault;
            switch (op->Code)
            {
                case OpCode.Add64Imm: r[op->Dst] += (ulong)(long)op->Imm; op++; continue;
                case OpCode.Add64Reg: r[op->Dst] += r[op->Src]; op++; continue;
                case OpCode.Add32Imm: r[op->Dst] = (uint)r[op->Dst] + (uint)op->Imm; op++; continue;
                case OpCode.Add32Reg: r[op->Dst] = (uint)r[op->Dst] + (uint)r[op->Src]; op++; continue;
                case OpCode.Sub64Imm: r[op->Dst] -= (ulong)(long)op->Imm; op++; continue;
                case OpCode.Sub64Reg: r[op->Dst] -= r[op->Src]; op++; continue;
                case OpCode.Sub32Imm: r[op->Dst] = (uint)r[op->Dst] - (uint)op->Imm; op++; continue;
                case OpCode.Sub32Reg: r[op->Dst] = (uint)r[op->Dst] - (uint)r[op->Src]; op++; continue;
                case OpCode.Mul64Imm: r[op->Dst] *= (ulong)(long)op->Imm; op++; continue;
                case OpCode.Mul64Reg: r[op->Dst] *= r[op->Src]; op++; continue;
                case OpCode.Mul32Imm: r[op->Dst] = (uint)r[op->Dst] * (uint)op->Imm; op++; continue;
                case OpCode.Mul32Reg: r[op->Dst] = (uint)r[op->Dst] * (uint)r[op->Src]; op++; continue;
                case OpCode.Div64Imm: r[op->Dst] = (ulong)(long)op->Imm == 0 ? 0 : r[op->Dst] / (ulong)(long)op->Imm; op++; continue;
                case OpCode.Div64Reg: r[op->Dst] = r[op->Src] == 0 ? 0 : r[op->Dst] / r[op->Src]; op++; continue;
                case OpCode.Div32Imm: r[op->Dst] = (uint)op->Imm == 0 ? 0 : (uint)r[op->Dst] / (uint)op->Imm; op++; continue;
                case OpCode.Div32Reg: r[op->Dst] = (uint)r[op->Src] == 0 ? 0 : (uint)r[op->Dst] / (uint)r[op->Src]; op++; continue;
                case OpCode.SDiv64Imm: r[op->Dst] = SignedDiv64(r[op->Dst], (ulong)(long)op->Imm); op++; continue;
                case OpCode.SDiv64Reg: r[op->Dst] = SignedDiv64(r[op->Dst], r[op->Src]); op++; continue;
                case OpCode.SDiv32Imm: r[op->Dst] = SignedDiv32(r[op->Dst], (uint)op->Imm); op++; continue;
                case OpCode.SDiv32Reg: r[op->Dst] = SignedDiv32(r[op->Dst], (uint)r[op->Src]); op++; continue;
                case OpCode.Or64Imm: r[op->Dst] |= (ulong)(long)op->Imm; op++; continue;
                case OpCode.Or64Reg: r[op->Dst] |= r[op->Src]; op++; continue;
                case OpCode.Or32Imm: r[op->Dst] = (uint)r[op->Dst] | (uint)op->Imm; op++; continue;
                case OpCode.Or32Reg: r[op->Dst] = (uint)r[op->Dst] | (uint)r[op->Src]; op++; continue;
                case OpCode.And64Imm: r[op->Dst] &= (ulong)(long)op->Imm; op++; continue;
                case OpCode.And64Reg: r[op->Dst] &= r[op->Src]; op++; continue;
                case OpCode.And32Imm: r[op->Dst] = (uint)r[op->Dst] & (uint)op->Imm; op++; continue;
                case OpCode.And32Reg: r[op->Dst] = (uint)r[op->Dst] & (uint)r[op->Src]; op++; continue;
                case OpCode.Lsh64Imm: r[op->Dst] <<= op->Imm; op++; continue;
                case OpCode.Lsh64Reg: r[op->Dst] <<= (int)r[op->Src]; op++; continue;
                case OpCode.Lsh32Imm: r[op->Dst] = (uint)r[op->Dst] << op->Imm; op++; continue;
                case OpCode.Lsh32Reg: r[op->Dst] = (uint)r[op->Dst] << (int)r[op->Src]; op++; continue;
                case OpCode.Rsh64Imm: r[op->Dst] >>= op->Imm; op++; continue;
                case OpCode.Rsh64Reg: r[op->Dst] >>= (int)r[op->Src]; op++; continue;
                case OpCode.Rsh32Imm: r[op->Dst] = (uint)r[op->Dst] >> op->Imm; op++; continue;
                case OpCode.Rsh32Reg: r[op->Dst] = (uint)r[op->Dst] >> (int)r[op->Src]; op++; continue;
                case OpCode.Mod64Imm: r[op->Dst] = (ulong)(long)op->Imm == 0 ? r[op->Dst] : r[op->Dst] % (ulong)(long)op->Imm; op++; continue;
                case OpCode.Mod64Reg: r[op->Dst] = r[op->Src] == 0 ? r[op->Dst] : r[op->Dst] % r[op->Src]; op++; continue;
                case OpCode.Mod32Imm: r[op->Dst] = (uint)op->Imm == 0 ? (uint)r[op->Dst] : (uint)r[op->Dst] % (uint)op->Imm; op++; continue;
                case OpCode.Mod32Reg: r[op->Dst] = (uint)r[op->Src] == 0 ? (uint)r[op->Dst] : (uint)r[op->Dst] % (uint)r[op->Src]; op++; continue;
                case OpCode.SMod64Imm: r[op->Dst] = SignedMod64(r[op->Dst], (ulong)(long)op->Imm); op++; continue;
                case OpCode.SMod64Reg: r[op->Dst] = SignedMod64(r[op->Dst], r[op->Src]); op++; continue;
                case OpCode.SMod32Imm: r[op->Dst] = SignedMod32(r[op->Dst], (uint)op->Imm); op++; continue;
                case OpCode.SMod32Reg: r[op->Dst] = SignedMod32(r[op->Dst], (uint)r[op->Src]); op++; continue;
                case OpCode.Xor64Imm: r[op->Dst] ^= (ulong)(long)op->Imm; op++; continue;
                case OpCode.Xor64Reg: r[op->Dst] ^= r[op->Src]; op++; continue;
                case OpCode.Xor32Imm: r[op->Dst] = (uint)r[op->Dst] ^ (uint)op->Imm; op++; continue;
                case OpCode.Xor32Reg: r[op->Dst] = (uint)r[op->Dst] ^ (uint)r[op->Src]; op++; continue;
                case OpCode.Mov64Imm: r[op->Dst] = (ulong)(long)op->Imm; op++; continue;
                case OpCode.Mov64Reg: r[op->Dst] = r[op->Src]; op++; continue;
                case OpCode.Mov32Imm: r[op->Dst] = (uint)op->Imm; op++; continue;
                case OpCode.Mov32Reg: r[op->Dst] = (uint)r[op->Src]; op++; continue;
                case OpCode.Arsh64Imm: r[op->Dst] = (ulong)((long)r[op->Dst] >> op->Imm); op++; continue;
                case OpCode.Arsh64Reg: r[op->Dst] = (ulong)((long)r[op->Dst] >> (int)r[op->Src]); op++; continue;
                case OpCode.Arsh32Imm: r[op->Dst] = (uint)((int)r[op->Dst] >> op->Imm); op++; continue;
                case OpCode.Arsh32Reg: r[op->Dst] = (uint)((int)r[op->Dst] >> (int)r[op->Src]); op++; continue;
                case OpCode.Neg64: r[op->Dst] = 0 - r[op->Dst]; op++; continue;
                case OpCode.Neg32: r[op->Dst] = (uint)-(int)r[op->Dst]; op++; continue;
                case OpCode.MovSx8To64: r[op->Dst] = (ulong)(sbyte)r[op->Src]; op++; continue;
                case OpCode.MovSx16To64: r[op->Dst] = (ulong)(short)r[op->Src]; op++; continue;
                case OpCode.MovSx32To64: r[op->Dst] = (ulong)(int)r[op->Src]; op++; continue;
                case OpCode.MovSx8To32: r[op->Dst] = (uint)(sbyte)r[op->Src]; op++; continue;
                case OpCode.MovSx16To32: r[op->Dst] = (uint)(short)r[op->Src]; op++; continue;
                case OpCode.Truncate16: r[op->Dst] = (ushort)r[op->Dst]; op++; continue;
                case OpCode.Truncate32: r[op->Dst] = (uint)r[op->Dst]; op++; continue;
                case OpCode.Swap16: r[op->Dst] = BinaryPrimitives.ReverseEndianness((ushort)r[op->Dst]); op++; continue;
                case OpCode.Swap32: r[op->Dst] = BinaryPrimitives.ReverseEndianness((uint)r[op->Dst]); op++; continue;
                case OpCode.Swap64: r[op->Dst] = BinaryPrimitives.ReverseEndianness(r[op->Dst]); op++; continue;
                case OpCode.LdImm64: r[op->Dst] = op->Wide; op++; continue;
                case OpCode.Jeq64Imm: if (r[op->Dst] == (ulong)(long)op->Imm) goto Jump; op++; continue;
                case OpCode.Jeq64Reg: if (r[op->Dst] == r[op->Src]) goto Jump; op++; continue;
                case OpCode.Jeq32Imm: if ((uint)r[op->Dst] == (uint)op->Imm) goto Jump; op++; continue;
                case OpCode.Jeq32Reg: if ((uint)r[op->Dst] == (uint)r[op->Src]) goto Jump; op++; continue;
                case OpCode.Jgt64Imm: if (r[op->Dst] > (ulong)(long)op->Imm) goto Jump; op++; continue;
                case OpCode.Jgt64Reg: if (r[op->Dst] > r[op->Src]) goto Jump; op++; continue;
                case OpCode.Jgt32Imm: if ((uint)r[op->Dst] > (uint)op->Imm) goto Jump; op++; continue;
                case OpCode.Jgt32Reg: if ((uint)r[op->Dst] > (uint)r[op->Src]) goto Jump; op++; continue;
                case OpCode.Jge64Imm: if (r[op->Dst] >= (ulong)(long)op->Imm) goto Jump; op++; continue;
                case OpCode.Jge64Reg: if (r[op->Dst] >= r[op->Src]) goto Jump; op++; continue;
                case OpCode.Jge32Imm: if ((uint)r[op->Dst] >= (uint)op->Imm) goto Jump; op++; continue;
                case OpCode.Jge32Reg: if ((uint)r[op->Dst] >= (uint)r[op->Src]) goto Jump; op++; continue;
                case OpCode.Jset64Imm: if ((r[op->Dst] & (ulong)(long)op->Imm) != 0) goto Jump; op++; continue;
                case OpCode.Jset64Reg: if ((r[op->Dst] & r[op->Src]) != 0) goto Jump; op++; continue;
                case OpCode.Jset32Imm: if (((uint)r[op->Dst] & (uint)op->Imm) != 0) goto Jump; op++; continue;
                case OpCode.Jset32Reg: if (((uint)r[op->Dst] & (uint)r[op->Src]) != 0) goto Jump; op++; continue;
                case OpCode.Jne64Imm: if (r[op->Dst] != (ulong)(long)op->Imm) goto Jump; op++; continue;
                case OpCode.Jne64Reg: if (r[op->Dst] != r[op->Src]) goto Jump; op++; continue;
                case OpCode.Jne32Imm: if ((uint)r[op->Dst] != (uint)op->Imm) goto Jump; op++; continue;
                case OpCode.Jne32Reg: if ((uint)r[op->Dst] != (uint)r[op->Src]) goto Jump; op++; continue;
                case OpCode.Jsgt64Imm: if ((long)r[op->Dst] > op->Imm) goto Jump; op++; continue;
                case OpCode.Jsgt64Reg: if ((long)r[op->Dst] > (long)r[op->Src]) goto Jump; op++; continue;
                case OpCode.Jsgt32Imm: if ((int)r[op->Dst] > op->Imm) goto Jump; op++; continue;
                case OpCode.Jsgt32Reg: if ((int)r[op->Dst] > (int)r[op->Src]) goto Jump; op++; continue;
                case OpCode.Jsge64Imm: if ((long)r[op->Dst] >= op->Imm) goto Jump; op++; continue;
                case OpCode.Jsge64Reg: if ((long)r[op->Dst] >= (long)r[op->Src]) goto Jump; op++; continue;
                case OpCode.Jsge32Imm: if ((int)r[op->Dst] >= op->Imm) goto Jump; op++; continue;
                case OpCode.Jsge32Reg: if ((int)r[op->Dst] >= (int)r[op->Src]) goto Jump; op++; continue;
                case OpCode.Jlt64Imm: if (r[op->Dst] < (ulong)(long)op->Imm) goto Jump; op++; continue;
                case OpCode.Jlt64Reg: if (r[op->Dst] < r[op->Src]) goto Jump; op++; continue;
                case OpCode.Jlt32Imm: if ((uint)r[op->Dst] < (uint)op->Imm) goto Jump; op++; continue;
                case OpCode.Jlt32Reg: if ((uint)r[op->Dst] < (uint)r[op->Src]) goto Jump; op++; continue;
                case OpCode.Jle64Imm: if (r[op->Dst] <= (ulong)(long)op->Imm) goto Jump; op++; continue;
                case OpCode.Jle64Reg: if (r[op->Dst] <= r[op->Src]) goto Jump; op++; continue;
                case OpCode.Jle32Imm: if ((uint)r[op->Dst] <= (uint)op->Imm) goto Jump; op++; continue;
                case OpCode.Jle32Reg: if ((uint)r[op->Dst] <= (uint)r[op->Src]) goto Jump; op++; continue;
                case OpCode.Jslt64Imm: if ((long)r[op->Dst] < op->Imm) goto Jump; op++; continue;
                case OpCode.Jslt64Reg: if ((long)r[op->Dst] < (long)r[op->Src]) goto Jump; op++; continue;
                case OpCode.Jslt32Imm: if ((int)r[op->Dst] < op->Imm) goto Jump; op++; continue;
                case OpCode.Jslt32Reg: if ((int)r[op->Dst] < (int)r[op->Src]) goto Jump; op++; continue;
                case OpCode.Jsle64Imm: if ((long)r[op->Dst] <= op->Imm) goto Jump; op++; continue;
                case OpCode.Jsle64Reg: if ((long)r[op->Dst] <= (long)r[op->Src]) goto Jump; op++; continue;
                case OpCode.Jsle32Imm: if ((int)r[op->Dst] <= op->Imm) goto Jump; op++; continue;
                case OpCode.Jsle32Reg: if ((int)r[op->Dst] <= (int)r[op->Src]) goto Jump; op++; continue;
                case OpCode.Ja: goto Jump;
                case OpCode.Load8:
                    address = r[op->Src] + (ulong)(long)op->Offset;
                    slot = &state->FirstSlot + op->Src;
                    if (address - slot->Low >= slot->Limit8) { if (!Test(state, address, 1, false, slot)) goto Fault; if (state->Scratch != 0) { r[op->Dst] = state->Scratch; op++; continue; } }
                    r[op->Dst] = *(byte*)address;
                    op++;
                    continue;
                case OpCode.Load16:
                    address = r[op->Src] + (ulong)(long)op->Offset;
                    slot = &state->FirstSlot + op->Src;
                    if (address - slot->Low >= slot->Limit16) { if (!Test(state, address, 2, false, slot)) goto Fault; if (state->Scratch != 0) { r[op->Dst] = state->Scratch; op++; continue; } }
                    r[op->Dst] = *(ushort*)address;
                    op++;
                    continue;
                case OpCode.Load32:
                    address = r[op->Src] + (ulong)(long)op->Offset;
                    slot = &state->FirstSlot + op->Src;
                    if (address - slot->Low >= slot->Limit32) { if (!Test(state, address, 4, false, slot)) goto Fault; if (state->Scratch != 0) { r[op->Dst] = state->Scratch; op++; continue; } }
                    r[op->Dst] = *(uint*)address;
                    op++;
                    continue;
                case OpCode.Load64:
                    address = r[op->Src] + (ulong)(long)op->Offset;
                    slot = &state->FirstSlot + op->Src;
                    if (address - slot->Low >= slot->Limit64) { if (!Test(state, address, 8, false, slot)) goto Fault; if (state->Scratch != 0) { r[op->Dst] = state->Scratch; op++; continue; } }
                    r[op->Dst] = *(ulong*)address;
                    op++;
                    continue;
                case OpCode.LoadSx8:
                    address = r[op->Src] + (ulong)(long)op->Offset;
                    slot = &state->FirstSlot + op->Src;
                    if (address - slot->Low >= slot->Limit8 && !Test(state, address, 1, false, slot)) goto Fault;
                    r[op->Dst] = (ulong)*(sbyte*)address;
                    op++;
                    continue;
                case OpCode.LoadSx16:
                    address = r[op->Src] + (ulong)(long)op->Offset;
                    slot = &state->FirstSlot + op->Src;
                    if (address - slot->Low >= slot->Limit16 && !Test(state, address, 2, false, slot)) goto Fault;
                    r[op->Dst] = (ulong)*(short*)address;
                    op++;
                    continue;
                case OpCode.LoadSx32:
                    address = r[op->Src] + (ulong)(long)op->Offset;
                    slot = &state->FirstSlot + op->Src;
                    if (address - slot->Low >= slot->Limit32 && !Test(state, address, 4, false, slot)) goto Fault;
                    r[op->Dst] = (ulong)*(int*)address;
                    op++;
                    continue;
                case OpCode.StoreImm8:
                    address = r[op->Dst] + (ulong)(long)op->Offset;
                    slot = &state->FirstSlot + 11 + op->Dst;
                    if (address - slot->Low >= slot->Limit8 && !Test(state, address, 1, true, slot)) goto Fault;
                    *(byte*)address = (byte)op->Imm;
                    op++;
                    continue;
                case OpCode.StoreImm16:
                    address = r[op->Dst] + (ulong)(long)op->Offset;
                    slot = &state->FirstSlot + 11 + op->Dst;
                    if (address - slot->Low >= slot->Limit16 && !Test(state, address, 2, true, slot)) goto Fault;
                    *(ushort*)address = (ushort)op->Imm;
                    op++;
                    continue;
                case OpCode.StoreImm32:
                    address = r[op->Dst] + (ulong)(long)op->Offset;
                    slot = &state->FirstSlot + 11 + op->Dst;
                    if (address - slot->Low >= slot->Limit32 && !Test(state, address, 4, true, slot)) goto Fault;
                    *(uint*)address = (uint)op->Imm;
                    op++;
                    continue;
                case OpCode.StoreImm64:
                    address = r[op->Dst] + (ulong)(long)op->Offset;
                    slot = &state->FirstSlot + 11 + op->Dst;
                    if (address - slot->Low >= slot->Limit64 && !Test(state, address, 8, true, slot)) goto Fault;
                    *(ulong*)address = (ulong)(long)op->Imm;
                    op++;
                    continue;
                case OpCode.StoreReg8:
                    address = r[op->Dst] + (ulong)(long)op->Offset;
                    slot = &state->FirstSlot + 11 + op->Dst;
                    if (address - slot->Low >= slot->Limit8 && !Test(state, address, 1, true, slot)) goto Fault;
                    *(byte*)address = (byte)r[op->Src];
                    op++;
                    continue;
                case OpCode.StoreReg16:
                    address = r[op->Dst] + (ulong)(long)op->Offset;
                    slot = &state->FirstSlot + 11 + op->Dst;
                    if (address - slot->Low >= slot->Limit16 && !Test(state, address, 2, true, slot)) goto Fault;
                    *(ushort*)address = (ushort)r[op->Src];
                    op++;
                    continue;
                case OpCode.StoreReg32:
                    address = r[op->Dst] + (ulong)(long)op->Offset;
                    slot = &state->FirstSlot + 11 + op->Dst;
                    if (address - slot->Low >= slot->Limit32 && !Test(state, address, 4, true, slot)) goto Fault;
                    *(uint*)address = (uint)r[op->Src];
                    op++;
                    continue;
                case OpCode.StoreReg64:
                    address = r[op->Dst] + (ulong)(long)op->Offset;
                    slot = &state->FirstSlot + 11 + op->Dst;
                    if (address - slot->Low >= slot->Limit64 && !Test(state, address, 8, true, slot)) goto Fault;
                    *(ulong*)address = r[op->Src];
                    op++;
                    continue;
                case OpCode.Load8Direct: r[op->Dst] = *(byte*)(r[op->Src] + (ulong)(long)op->Offset); op++; continue;
                case OpCode.Load16Direct: r[op->Dst] = *(ushort*)(r[op->Src] + (ulong)(long)op->Offset); op++; continue;
                case OpCode.Load32Direct: r[op->Dst] = *(uint*)(r[op->Src] + (ulong)(long)op->Offset); op++; continue;
                case OpCode.Load64Direct: r[op->Dst] = *(ulong*)(r[op->Src] + (ulong)(long)op->Offset); op++; continue;
                case OpCode.LoadSx8Direct: r[op->Dst] = (ulong)*(sbyte*)(r[op->Src] + (ulong)(long)op->Offset); op++; continue;
                case OpCode.LoadSx16Direct: r[op->Dst] = (ulong)*(short*)(r[op->Src] + (ulong)(long)op->Offset); op++; continue;
                case OpCode.LoadSx32Direct: r[op->Dst] = (ulong)*(int*)(r[op->Src] + (ulong)(long)op->Offset); op++; continue;
                case OpCode.StoreImm8Direct: *(byte*)(r[op->Dst] + (ulong)(long)op->Offset) = (byte)op->Imm; op++; continue;
                case OpCode.StoreImm16Direct: *(ushort*)(r[op->Dst] + (ulong)(long)op->Offset) = (ushort)op->Imm; op++; continue;
                case OpCode.StoreImm32Direct: *(uint*)(r[op->Dst] + (ulong)(long)op->Offset) = (uint)op->Imm; op++; continue;
                case OpCode.StoreImm64Direct: *(ulong*)(r[op->Dst] + (ulong)(long)op->Offset) = (ulong)(long)op->Imm; op++; continue;
                case OpCode.StoreReg8Direct: *(byte*)(r[op->Dst] + (ulong)(long)op->Offset) = (byte)r[op->Src]; op++; continue;
                case OpCode.StoreReg16Direct: *(ushort*)(r[op->Dst] + (ulong)(long)op->Offset) = (ushort)r[op->Src]; op++; continue;
                case OpCode.StoreReg32Direct: *(uint*)(r[op->Dst] + (ulong)(long)op->Offset) = (uint)r[op->Src]; op++; continue;
                case OpCode.StoreReg64Direct: *(ulong*)(r[op->Dst] + (ulong)(long)op->Offset) = r[op->Src]; op++; continue;
                case OpCode.PacketStart: r[op->Dst] = state->PacketStart; op++; continue;
                case OpCode.PacketEnd: r[op->Dst] = state->PacketEnd; op++; continue;
                case OpCode.PacketMeta: r[op->Dst] = state->PacketMeta; op++; continue;
                case OpCode.Nop: op++; continue;
                case OpCode.MayGoto:
                    if (r[MayGotoRegister] == 0) goto Jump;
                    r[MayGotoRegister]--;
                    op++;
                    continue;
                case OpCode.CallHelper:
                    state->CurrentInstruction = op->Offset;
                    r[0] = ((delegate*<ulong, ulong, ulong, ulong, ulong, VmState*, ulong>)op->Wide)(r[1], r[2], r[3], r[4], r[5], state);
                    if (state->Fault != FaultKind.None) goto Fault;
                    op++;
                    continue;
                case OpCode.CallRegister:
                    state->CurrentInstruction = op->Offset;
                    address = r[op->Dst];
                    int callee = program.Callee(state, address);
                    if (callee < 0)
                    {
                        if (state->Fault != FaultKind.None) goto Fault;
                        r[0] = CallHelperByNumber(state, (int)address, r);
                        if (state->Fault != FaultKind.None) goto Fault;
                        op++;
                        continue;
                    }

                    state->Fuel -= program.Prepared.FunctionCost(program._slots[callee]);
                    if (!Enter(state, program, ref frame, op, r)) goto Fault;
                    op = program._code + callee;
                    continue;
                case OpCode.CallLocal:
                    state->Fuel -= op->Cost;
                    if (!Enter(state, program, ref frame, op, r)) goto Fault;
                    op = program._code + op->Offset;
                    continue;
                case OpCode.TailCall:
                    state->CurrentInstruction = op->Offset;
                    ProgramHeader* target = VmSupport.TailCallTarget(state, r[2], r[3]);
                    if (state->Fault != FaultKind.None) goto Fault;
                    if (target == null)
                    {
                        op++; // r0 stays, as in the kernel
                        continue;
                    }

                    if (state->Fuel < 0 && VmSupport.NextSlice(state) == 0) goto Fault;
                    program = Unsafe.As<InterpretedProgram>(ExecutableProgram.FromHeader(target));
                    state->Program = (nint)target;
                    r[MayGotoRegister] = MaxLoops;
                    op = program._code;
                    continue;
                case OpCode.LdAbs:
                case OpCode.LdInd:
                    if (!LoadPacket(state, op, r)) goto Return;
                    r[0] = state->Scratch;
                    op++;
                    continue;
                case OpCode.Atomic:
                case OpCode.AtomicDirect:
                    if (!ExecuteAtomic(state, op, r)) goto Fault;
                    op++;
                    continue;
                case OpCode.Exit:
                Return:
                    if (frame == frames) return r[0];
                    frame--;
                    state->CallDepth--;
                    r[6] = frame->R6;
                    r[7] = frame->R7;
                    r[8] = frame->R8;
                    r[9] = frame->R9;
                    r[10] += VmState.FrameSize;
                    r[MayGotoRegister] = frame->MayGoto;
                    op = frame->Return;
                    if (state->Program != frame->Program)
                    {
                        state->Program = frame->Program;
                        program = Unsafe.As<InterpretedProgram>(ExecutableProgram.FromHeader((ProgramHeader*)frame->Program));
                    }

                    continue;
                default:
                    state->Fault = FaultKind.Instruction;
                    goto Fault;
            }

        Jump:
            if (op->Offset <= 0)
            {
                state->Fuel -= op->Cost;
                if (state->Fuel < 0 && VmSupport.NextSlice(state) == 0) goto Fault;
            }

            op += op->Offset;
        }

    Fault:
        // A fault inside a callback has its place already.
        if (state->FaultInstruction < 0)
        {
            state->FaultInstruction = program.SlotOf(op);
            if (typeof(TMode) == typeof(Stepped)) Unsafe.As<SteppedProgram>(program).Stepper.OnFault(state);
        }

        return 0;
    }
}

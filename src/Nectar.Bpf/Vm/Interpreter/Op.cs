// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Bpf.Vm;

/// <summary>
/// The instructions of the interpreter: width, form and kind of memory access are part of the number, so that one dispatch
/// reaches straight-line code. Loads and stores without <c>Direct</c> test their address first.
/// </summary>
internal enum OpCode : ushort
{
    Add64Imm, Add64Reg, Add32Imm, Add32Reg, Sub64Imm, Sub64Reg, Sub32Imm, Sub32Reg, Mul64Imm, Mul64Reg, Mul32Imm, Mul32Reg, Div64Imm,
    Div64Reg, Div32Imm, Div32Reg, SDiv64Imm, SDiv64Reg, SDiv32Imm, SDiv32Reg, Or64Imm, Or64Reg, Or32Imm, Or32Reg, And64Imm, And64Reg,
    And32Imm, And32Reg, Lsh64Imm, Lsh64Reg, Lsh32Imm, Lsh32Reg, Rsh64Imm, Rsh64Reg, Rsh32Imm, Rsh32Reg, Mod64Imm, Mod64Reg, Mod32Imm,
    Mod32Reg, SMod64Imm, SMod64Reg, SMod32Imm, SMod32Reg, Xor64Imm, Xor64Reg, Xor32Imm, Xor32Reg, Mov64Imm, Mov64Reg, Mov32Imm, Mov32Reg,
    Arsh64Imm, Arsh64Reg, Arsh32Imm, Arsh32Reg, Neg64, Neg32, MovSx8To64, MovSx16To64, MovSx32To64, MovSx8To32, MovSx16To32, Truncate16,
    Truncate32, Swap16, Swap32, Swap64, LdImm64, Jeq64Imm, Jeq64Reg, Jeq32Imm, Jeq32Reg, Jgt64Imm, Jgt64Reg, Jgt32Imm, Jgt32Reg, Jge64Imm,
    Jge64Reg, Jge32Imm, Jge32Reg, Jset64Imm, Jset64Reg, Jset32Imm, Jset32Reg, Jne64Imm, Jne64Reg, Jne32Imm, Jne32Reg, Jsgt64Imm,
    Jsgt64Reg, Jsgt32Imm, Jsgt32Reg, Jsge64Imm, Jsge64Reg, Jsge32Imm, Jsge32Reg, Jlt64Imm, Jlt64Reg, Jlt32Imm, Jlt32Reg, Jle64Imm,
    Jle64Reg, Jle32Imm, Jle32Reg, Jslt64Imm, Jslt64Reg, Jslt32Imm, Jslt32Reg, Jsle64Imm, Jsle64Reg, Jsle32Imm, Jsle32Reg, Ja, MayGoto,
    CallHelper, CallLocal, CallRegister, TailCall, Exit, LdAbs, LdInd, Atomic, AtomicDirect, Load8, Load16, Load32, Load64, LoadSx8,
    LoadSx16, LoadSx32, StoreImm8, StoreImm16, StoreImm32, StoreImm64, StoreReg8, StoreReg16, StoreReg32, StoreReg64, Load8Direct,
    Load16Direct, Load32Direct, Load64Direct, LoadSx8Direct, LoadSx16Direct, LoadSx32Direct, StoreImm8Direct, StoreImm16Direct,
    StoreImm32Direct, StoreImm64Direct, StoreReg8Direct, StoreReg16Direct, StoreReg32Direct, StoreReg64Direct, PacketStart, PacketEnd,
    PacketMeta, Nop,
}

/// <summary>One decoded instruction; a wide load is one, not two.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct Op
{
    [FieldOffset(0)] internal OpCode Code;
    [FieldOffset(2)] internal byte Dst;
    [FieldOffset(3)] internal byte Src;

    /// <summary>Offset of a memory access, distance of a jump in decoded instructions from this one, or the called one's index.</summary>
    [FieldOffset(4)] internal int Offset;
    [FieldOffset(8)] internal int Imm;

    /// <summary>Fuel that a jump backwards or a call costs.</summary>
    [FieldOffset(12)] internal int Cost;

    /// <summary>A 64-bit constant, or the address of a helper.</summary>
    [FieldOffset(8)] internal ulong Wide;
}

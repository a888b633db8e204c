// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Isa;

/// <summary>The low three bits of an opcode (RFC 9669, section 3.3).</summary>
public enum InstructionClass : byte
{
    /// <summary>Non-standard loads: 64-bit immediate, legacy packet access.</summary>
    Ld = 0,

    /// <summary>Loads into a register.</summary>
    Ldx = 1,

    /// <summary>Stores of an immediate.</summary>
    St = 2,

    /// <summary>Stores of a register, and atomics.</summary>
    Stx = 3,

    /// <summary>32-bit arithmetic.</summary>
    Alu = 4,

    /// <summary>64-bit jumps, calls, exit.</summary>
    Jmp = 5,

    /// <summary>32-bit jumps.</summary>
    Jmp32 = 6,

    /// <summary>64-bit arithmetic.</summary>
    Alu64 = 7,
}

/// <summary>The cpu levels of the compilers (<c>-mcpu=</c>); a level includes all below it.</summary>
public enum CpuVersion : byte
{
    /// <summary>The first extended BPF.</summary>
    V1 = 1,

    /// <summary>Adds jlt, jle, jslt, jsle.</summary>
    V2 = 2,

    /// <summary>Adds 32-bit jumps and the fetching atomics.</summary>
    V3 = 3,

    /// <summary>Adds sdiv, smod, movsx, ldsx, bswap, gotol, may_goto, load-acquire, store-release, addr_space_cast.</summary>
    V4 = 4,
}

/// <summary>The conformance groups of RFC 9669, section 2.4, and the kernel's own additions.</summary>
public enum ConformanceGroup : byte
{
    /// <summary>Group base32.</summary>
    Base32,

    /// <summary>Group base64.</summary>
    Base64,

    /// <summary>Group divmul32.</summary>
    DivMul32,

    /// <summary>Group divmul64.</summary>
    DivMul64,

    /// <summary>Group atomic32.</summary>
    Atomic32,

    /// <summary>Group atomic64.</summary>
    Atomic64,

    /// <summary>Group packet: legacy packet access.</summary>
    Packet,

    /// <summary>Not in the RFC: what Linux added (may_goto, load-acquire, store-release, addr_space_cast, kfuncs) and callx.</summary>
    Extension,
}

/// <summary>What an instruction does, without where its operands are and how wide they are.</summary>
public enum Operation : byte
{
#pragma warning disable CS1591 // the names are the RFC's; OpcodeTable says what each reads and writes
    Invalid,

    // Arithmetic: destination op= source
    Add, Sub, Mul, Div, SDiv, Or, And, Lsh, Rsh, Neg, Mod, SMod, Xor, Mov, MovSx8, MovSx16, MovSx32, Arsh,

    // Byte order: width is 16, 32 or 64
    ToLe, ToBe, Bswap,

    /// <summary>Casts a pointer between the arena's address spaces (Linux 6.9).</summary>
    AddrSpaceCast,

    // Jumps
    Ja, JaLong, Jeq, Jgt, Jge, Jset, Jne, Jsgt, Jsge, Jlt, Jle, Jslt, Jsle,

    /// <summary>Conditional jump that the machine takes when a loop has had its share (Linux 6.9).</summary>
    MayGoto,
    CallHelper, CallLocal, CallKfunc, CallRegister, GotoRegister, Exit,

    // Memory
    LdImm64, LdAbs, LdInd, Load, LoadSx, StoreImmediate, StoreRegister,

    // Atomics
    AtomicAdd, AtomicOr, AtomicAnd, AtomicXor, AtomicFetchAdd, AtomicFetchOr, AtomicFetchAnd, AtomicFetchXor, AtomicXchg, AtomicCmpXchg,
    LoadAcquire, StoreRelease,
#pragma warning restore CS1591
}

/// <summary>The shape of an instruction's operands: what its text shows and which fields carry meaning.</summary>
public enum OperandForm : byte
{
    /// <summary>No operands (<c>exit</c>).</summary>
    None,

    /// <summary>Destination and immediate.</summary>
    DstImm,

    /// <summary>Destination and source register.</summary>
    DstSrc,

    /// <summary>Destination only (<c>neg</c>, byte order).</summary>
    Dst,

    /// <summary>A 16-bit jump.</summary>
    Jump,

    /// <summary>A 32-bit jump in the immediate.</summary>
    JumpLong,

    /// <summary>Destination, immediate and 16-bit jump.</summary>
    DstImmJump,

    /// <summary>Destination, source register and 16-bit jump.</summary>
    DstSrcJump,

    /// <summary>A call of the function that the immediate names.</summary>
    Call,

    /// <summary>A call or jump through a register.</summary>
    Register,

    /// <summary>Destination and a 64-bit immediate in two slots; the source field says what it stands for.</summary>
    Wide,

    /// <summary>Destination register, memory at source register + offset.</summary>
    LoadMem,

    /// <summary>Memory at destination register + offset, immediate.</summary>
    StoreImm,

    /// <summary>Memory at destination register + offset, source register (also atomics).</summary>
    StoreReg,

    /// <summary>Packet bytes at the immediate (big-endian).</summary>
    PacketAbs,

    /// <summary>Packet bytes at source register + immediate (big-endian).</summary>
    PacketInd,
}

/// <summary>What the 64-bit immediate of a wide load stands for: its source field (RFC 9669, section 5.4; uapi/linux/bpf.h).</summary>
public enum PseudoSource : byte
{
    /// <summary>The number itself.</summary>
    None = 0,

    /// <summary>A map, by file descriptor (BPF_PSEUDO_MAP_FD).</summary>
    MapFd = 1,

    /// <summary>The address of a map's value at an offset, by file descriptor (BPF_PSEUDO_MAP_VALUE).</summary>
    MapValue = 2,

    /// <summary>The address of a kernel variable, by BTF id (BPF_PSEUDO_BTF_ID).</summary>
    BtfId = 3,

    /// <summary>The address of a function of this program, by relative instruction offset (BPF_PSEUDO_FUNC).</summary>
    Function = 4,

    /// <summary>A map, by index into the program's list of maps (BPF_PSEUDO_MAP_IDX).</summary>
    MapIndex = 5,

    /// <summary>The address of a map's value at an offset, by index (BPF_PSEUDO_MAP_IDX_VALUE).</summary>
    MapIndexValue = 6,
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Isa;

/// <summary>Which field, beside the opcode byte, selects one of several instructions that share the byte.</summary>
public enum Discriminator : byte
{
    /// <summary>The opcode byte alone decides.</summary>
    None,

    /// <summary>The offset field (sdiv, smod, movsx, addr_space_cast).</summary>
    Offset,

    /// <summary>The immediate field (atomics, byte-order width).</summary>
    Immediate,

    /// <summary>The source field (kinds of call).</summary>
    Source,
}

/// <summary>All that is known about one instruction: a row of <see cref="OpcodeTable"/>.</summary>
public sealed class OpcodeInfo
{
    /// <summary>The opcode byte.</summary>
    public required byte Opcode { get; init; }

    /// <summary>What it does.</summary>
    public required Operation Operation { get; init; }

    /// <summary>Width in bits of the operation or of the memory access: 8, 16, 32 or 64; 0 where it has none.</summary>
    public required byte Width { get; init; }

    /// <summary>The shape of its operands.</summary>
    public required OperandForm Form { get; init; }

    /// <summary>The field that tells it from others with the same opcode byte.</summary>
    public Discriminator Discriminator { get; init; }

    /// <summary>The value of that field.</summary>
    public int DiscriminatorValue { get; init; }

    /// <summary>The cpu level that has it.</summary>
    public required CpuVersion Cpu { get; init; }

    /// <summary>Its conformance group.</summary>
    public required ConformanceGroup Group { get; init; }

    /// <summary>The first kernel that accepts it, as major * 256 + minor; 0 for all kernels with eBPF.</summary>
    public ushort MinimumKernel { get; init; }

    /// <summary>The class of the opcode.</summary>
    public InstructionClass Class => (InstructionClass)(Opcode & 7);

    /// <summary>True if the second operand is the source register, false if it is the immediate.</summary>
    public bool UsesSourceRegister => Form is OperandForm.DstSrc or OperandForm.DstSrcJump or OperandForm.LoadMem or OperandForm.StoreReg or OperandForm.PacketInd;

    /// <summary>True if the destination field is a register that is read.</summary>
    public bool ReadsDestination => Form switch
    {
        OperandForm.DstImm or OperandForm.DstSrc => Operation is not (Operation.Mov or Operation.MovSx8 or Operation.MovSx16 or Operation.MovSx32 or Operation.AddrSpaceCast),
        OperandForm.Dst or OperandForm.DstImmJump or OperandForm.DstSrcJump or OperandForm.StoreImm or OperandForm.StoreReg or OperandForm.Register => Operation != Operation.LoadAcquire,
        _ => false,
    };

    /// <summary>True if the destination register is written.</summary>
    public bool WritesDestination =>
        Form is OperandForm.DstImm or OperandForm.DstSrc or OperandForm.Dst or OperandForm.Wide or OperandForm.LoadMem || Operation == Operation.LoadAcquire;

    /// <summary>True for atomics that return the old value in the source register.</summary>
    public bool WritesSource => Operation is Operation.AtomicFetchAdd or Operation.AtomicFetchOr or Operation.AtomicFetchAnd or Operation.AtomicFetchXor or Operation.AtomicXchg;

    /// <summary>True for calls of any kind.</summary>
    public bool IsCall => Operation is Operation.CallHelper or Operation.CallLocal or Operation.CallKfunc or Operation.CallRegister;

    /// <summary>True for instructions that may continue elsewhere than at the next slot, calls and exit excepted.</summary>
    public bool IsJump => Form is OperandForm.Jump or OperandForm.JumpLong or OperandForm.DstImmJump or OperandForm.DstSrcJump;

    /// <summary>True for jumps that may also fall through.</summary>
    public bool IsConditionalJump => Form is OperandForm.DstImmJump or OperandForm.DstSrcJump || Operation == Operation.MayGoto;

    /// <summary>True for atomic read-modify-write and ordered accesses.</summary>
    public bool IsAtomic => Operation is >= Operation.AtomicAdd and <= Operation.StoreRelease;

    /// <summary>True if memory is read through a register.</summary>
    public bool ReadsMemory => Form == OperandForm.LoadMem || (IsAtomic && Operation != Operation.StoreRelease);

    /// <summary>True if memory is written through a register.</summary>
    public bool WritesMemory => Form == OperandForm.StoreImm || (Form == OperandForm.StoreReg && Operation != Operation.LoadAcquire);

    /// <summary>For <see cref="ReadsMemory"/> and <see cref="WritesMemory"/>: true if the address is in the source register, false if in the destination.</summary>
    public bool AddressIsSource => Form == OperandForm.LoadMem || Operation == Operation.LoadAcquire;

    /// <inheritdoc/>
    public override string ToString() => $"0x{Opcode:x2} {Operation}{Width} {Form}";
}

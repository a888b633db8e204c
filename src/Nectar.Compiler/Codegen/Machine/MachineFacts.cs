// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Compiler.Codegen.Machine;

/// <summary>What instructions read and write, and the calling convention.</summary>
internal static class MachineFacts
{
    public const int FramePointer = 10;

    /// <summary>r0 to r9; r10 is never assigned.</summary>
    public const int Colors = 10;

    public const int FirstVirtual = 11;

    /// <summary>r6 to r9 survive calls.</summary>
    public const int FirstPreserved = 6;

    public static bool IsArithmetic(Operation operation) => operation is >= Operation.Add and <= Operation.Bswap;

    /// <summary>The register that an instruction sets; -1 if none. A call sets r0.</summary>
    public static int Defined(MachineInstruction instruction) => instruction.Operation switch
    {
        >= Operation.Add and <= Operation.Bswap or Operation.LdImm64 or Operation.Load or Operation.LoadSx => instruction.Destination,
        Operation.AtomicFetchAdd or Operation.AtomicFetchOr or Operation.AtomicFetchAnd or Operation.AtomicFetchXor or Operation.AtomicXchg => instruction.Source,
        Operation.AtomicCmpXchg or Operation.CallHelper or Operation.CallLocal or Operation.CallKfunc => 0,
        _ => -1,
    };

    /// <summary>Registers that an instruction reads; r10 is left out. Gives their number.</summary>
    public static int Used(MachineInstruction instruction, Span<int> registers)
    {
        int count = 0;
        if (instruction.IsCall)
        {
            for (int i = 1; i <= instruction.Arguments; i++) registers[count++] = i;
            return count;
        }

        if (instruction.Operation == Operation.Exit)
        {
            if (instruction.Arguments > 0) registers[count++] = 0;
            return count;
        }

        if (ReadsDestination(instruction) && instruction.Destination is >= 0 and not FramePointer) registers[count++] = instruction.Destination;
        if (instruction.Source is >= 0 and not FramePointer) registers[count++] = instruction.Source;
        if (instruction.Operation == Operation.AtomicCmpXchg) registers[count++] = 0;
        return count;
    }

    /// <summary>True if the destination is an operand: arithmetic on two registers, the base of a store, a comparison.</summary>
    public static bool ReadsDestination(MachineInstruction instruction) => instruction.Operation switch
    {
        Operation.Mov or Operation.MovSx8 or Operation.MovSx16 or Operation.MovSx32 => false,
        >= Operation.Add and <= Operation.Bswap => true,
        Operation.LdImm64 or Operation.Load or Operation.LoadSx => false,
        _ => instruction.Destination >= 0,
    };

    /// <summary>The condition that is true when this one is false; Invalid for a bit test.</summary>
    public static Operation Inverse(Operation jump) => jump switch
    {
        Operation.Jeq => Operation.Jne,
        Operation.Jne => Operation.Jeq,
        Operation.Jgt => Operation.Jle,
        Operation.Jle => Operation.Jgt,
        Operation.Jge => Operation.Jlt,
        Operation.Jlt => Operation.Jge,
        Operation.Jsgt => Operation.Jsle,
        Operation.Jsle => Operation.Jsgt,
        Operation.Jsge => Operation.Jslt,
        Operation.Jslt => Operation.Jsge,
        _ => Operation.Invalid,
    };

    /// <summary>The condition with operands exchanged.</summary>
    public static Operation Mirror(Operation jump) => jump switch
    {
        Operation.Jgt => Operation.Jlt,
        Operation.Jlt => Operation.Jgt,
        Operation.Jge => Operation.Jle,
        Operation.Jle => Operation.Jge,
        Operation.Jsgt => Operation.Jslt,
        Operation.Jslt => Operation.Jsgt,
        Operation.Jsge => Operation.Jsle,
        Operation.Jsle => Operation.Jsge,
        _ => jump,
    };

    public static bool IsCommutative(Operation operation) => operation is Operation.Add or Operation.Mul or Operation.And or Operation.Or or Operation.Xor;
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Codegen.Machine;

/// <summary>
/// An instruction whose registers may still be virtual: 0 to 10 are those of the machine, greater numbers wait for one. Fields mean what
/// they mean in <see cref="Instruction"/>; only a store's base is <see cref="Destination"/>, as there.
/// </summary>
internal sealed class MachineInstruction
{
    public required Operation Operation { get; set; }

    /// <summary>Bits of the arithmetic, comparison or access.</summary>
    public byte Width { get; set; } = 64;

    public int Destination { get; set; } = -1;

    /// <summary>-1 where the immediate is meant.</summary>
    public int Source { get; set; } = -1;

    public int Offset { get; set; }

    public long Immediate { get; set; }

    /// <summary>Part of the frame that <see cref="Offset"/> (of accesses) or <see cref="Immediate"/> (of additions) counts from.</summary>
    public FrameSlot? Slot { get; set; }

    /// <summary>What a wide load or a call refers to.</summary>
    public object? Symbol { get; set; }

    /// <summary>Number that the loader writes into the immediate or offset.</summary>
    public CoreAccess? Access { get; set; }

    public SourceLocation? Location { get; set; }

    /// <summary>How many of r1 to r5 a call reads; 1 if an exit reads r0.</summary>
    public byte Arguments { get; set; }

    public bool IsCall => Operation is Operation.CallHelper or Operation.CallLocal or Operation.CallKfunc;

    /// <summary>Copies a whole register.</summary>
    public bool IsCopy => Operation == Operation.Mov && Source >= 0 && Width == 64 && Source != MachineFacts.FramePointer;

    /// <summary>Address in the frame: one until it is written out as a move and an addition, so that it can be made again as a whole.</summary>
    public bool IsFrameAddress => Operation == Operation.Mov && Source == MachineFacts.FramePointer;

    public bool IsConditional => Operation is >= Operation.Jeq and <= Operation.Jsle;

    /// <summary>Slots it takes in the program.</summary>
    public int Size => Operation == Operation.LdImm64 || IsFrameAddress ? 2 : 1;

    /// <summary>Can be done again wherever the value is wanted, because it reads no register but r10.</summary>
    public bool IsRepeatable => Operation == Operation.LdImm64 || (Operation == Operation.Mov && Source is -1 or MachineFacts.FramePointer);

    /// <summary>Does nothing but to set its destination.</summary>
    public bool IsPure => MachineFacts.IsArithmetic(Operation) || Operation is Operation.LdImm64 or Operation.Load or Operation.LoadSx;

    public MachineInstruction Clone() => (MachineInstruction)MemberwiseClone();

    public override string ToString() => MachineText.Format(this);
}

/// <summary>Bytes of the frame that get their place after registers are assigned.</summary>
/// <param name="name">For the frame map.</param>
/// <param name="size">Bytes.</param>
/// <param name="alignment">1, 2, 4 or 8.</param>
internal sealed class FrameSlot(string name, int size, int alignment)
{
    public string Name { get; } = name;

    public int Size { get; } = size;

    public int Alignment { get; } = alignment;

    /// <summary>A register's value that waits here; nothing else reaches it.</summary>
    public bool IsSaved { get; init; }

    /// <summary>From r10; 0 until it has a place.</summary>
    public int Offset { get; set; }
}

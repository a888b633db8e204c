// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Asm;

/// <summary>What a name in an instruction is for.</summary>
internal enum ReferenceKind : byte
{
    /// <summary>A 16-bit jump to a label.</summary>
    Jump,

    /// <summary>A 32-bit jump to a label.</summary>
    JumpLong,

    /// <summary>A call of a label, function, helper or extern.</summary>
    Call,

    /// <summary>A wide load of a map.</summary>
    Map,

    /// <summary>A wide load of an address inside a map's value.</summary>
    MapValue,

    /// <summary>A wide load of any symbol: data, map, function, extern.</summary>
    Symbol,
}

/// <summary>A name that is resolved later, and where it stands.</summary>
/// <param name="Slot">The instruction.</param>
/// <param name="Kind">What the name is for.</param>
/// <param name="Start">Where the name starts in the text.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Line">Its line.</param>
/// <param name="LineStart">Where that line starts in the text.</param>
/// <param name="Addend">Offset behind the symbol.</param>
internal readonly record struct Reference(int Slot, ReferenceKind Kind, int Start, int End, int Line, int LineStart, long Addend);

/// <summary>Collects the instructions of one function with its labels and open references.</summary>
internal sealed class CodeBuffer
{
    private Instruction[] _code = new Instruction[64];

    /// <summary>How many slots there are.</summary>
    public int Count { get; private set; }

    /// <summary>The slots.</summary>
    public Span<Instruction> Code => _code.AsSpan(0, Count);

    /// <summary>Labels and the slots they stand before.</summary>
    public Dictionary<string, int> Labels { get; } = new(StringComparer.Ordinal);

    /// <summary>Names to resolve.</summary>
    public List<Reference> References { get; } = [];

    /// <summary>The first <c>exit</c>, which the dialect of the conformance vectors may jump to by that name; -1 if there is none.</summary>
    public int FirstExit { get; private set; } = -1;

    /// <summary>Appends a slot.</summary>
    public void Add(Instruction instruction)
    {
        if (Count == _code.Length) Array.Resize(ref _code, Count * 2);
        if (FirstExit < 0 && instruction.Opcode == 0x95) FirstExit = Count;
        _code[Count++] = instruction;
    }

    /// <summary>Appends the instruction of a row, with the selector field that the row demands.</summary>
    public void Add(OpcodeInfo row, int destination, int source, short offset, int immediate)
    {
        switch (row.Discriminator)
        {
            case Discriminator.Offset:
                offset = (short)row.DiscriminatorValue;
                break;
            case Discriminator.Immediate:
                immediate = row.DiscriminatorValue;
                break;
            case Discriminator.Source:
                source = row.DiscriminatorValue;
                break;
        }

        Add(new Instruction(row.Opcode, destination, source, offset, immediate));
    }

    /// <summary>Appends both slots of a wide load.</summary>
    public void AddWide(int destination, PseudoSource source, int low, int high)
    {
        Add(new Instruction(OpcodeTable.LdImm64, destination, (int)source, 0, low));
        Add(new Instruction(0, 0, 0, 0, high));
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Count = 0;
        FirstExit = -1;
        Labels.Clear();
        References.Clear();
    }
}

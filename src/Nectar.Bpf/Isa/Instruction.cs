// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Bpf.Isa;

/// <summary>
/// One eBPF instruction slot: eight bytes, laid out as <c>struct bpf_insn</c> of the kernel on a little-endian machine
/// (RFC 9669, section 3), so that a program is a span and loading is a copy. A 64-bit immediate load takes two slots.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 8)]
public readonly struct Instruction : IEquatable<Instruction>
{
    private readonly byte _opcode;
    private readonly byte _registers;
    private readonly short _offset;
    private readonly int _immediate;

    /// <summary>Makes a slot from its five fields.</summary>
    /// <param name="opcode">The whole opcode byte.</param>
    /// <param name="destination">Destination register, 0 to 15 (0 to 10 are registers).</param>
    /// <param name="source">Source register or pseudo source, 0 to 15.</param>
    /// <param name="offset">Signed 16-bit offset.</param>
    /// <param name="immediate">Signed 32-bit immediate.</param>
    public Instruction(byte opcode, int destination, int source, short offset, int immediate)
    {
        _opcode = opcode;
        _registers = (byte)((destination & 15) | (source << 4));
        _offset = offset;
        _immediate = immediate;
    }

    /// <summary>The opcode byte: class in the low three bits.</summary>
    public byte Opcode => _opcode;

    /// <summary>The class of the opcode.</summary>
    public InstructionClass Class => (InstructionClass)(_opcode & 7);

    /// <summary>The destination register number, 0 to 15.</summary>
    public int Destination => _registers & 15;

    /// <summary>The source register number or pseudo source, 0 to 15.</summary>
    public int Source => _registers >> 4;

    /// <summary>The signed 16-bit offset.</summary>
    public short Offset => _offset;

    /// <summary>The signed 32-bit immediate.</summary>
    public int Immediate => _immediate;

    /// <summary>True for the first slot of a 64-bit immediate load, which is followed by a slot with the upper half.</summary>
    public bool IsWide => _opcode == OpcodeTable.LdImm64;

    /// <summary>The slot with another immediate.</summary>
    public Instruction WithImmediate(int immediate) => new(_opcode, Destination, Source, _offset, immediate);

    /// <summary>The slot with another offset.</summary>
    public Instruction WithOffset(short offset) => new(_opcode, Destination, Source, offset, _immediate);

    /// <summary>The slot with another source field.</summary>
    public Instruction WithSource(int source) => new(_opcode, Destination, source, _offset, _immediate);

    /// <summary>The slot with another destination register.</summary>
    public Instruction WithDestination(int destination) => new(_opcode, destination, Source, _offset, _immediate);

    /// <summary>The slot as the 64-bit number that its eight bytes form in little-endian order.</summary>
    public ulong ToUInt64() => _opcode | ((ulong)_registers << 8) | ((ulong)(ushort)_offset << 16) | ((ulong)(uint)_immediate << 32);

    /// <summary>The slot whose eight bytes, read as a little-endian number, are <paramref name="bits"/>.</summary>
    public static Instruction FromUInt64(ulong bits) =>
        new((byte)bits, (int)(bits >> 8) & 15, (int)(bits >> 12) & 15, (short)(bits >> 16), (int)(bits >> 32));

    /// <summary>The 64-bit immediate of a wide load: the low half of this slot, the high half of the next.</summary>
    public static ulong WideImmediate(Instruction first, Instruction second) => (uint)first._immediate | ((ulong)(uint)second._immediate << 32);

    /// <inheritdoc/>
    public bool Equals(Instruction other) => ToUInt64() == other.ToUInt64();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Instruction other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ToUInt64().GetHashCode();

    /// <summary>Compares all five fields.</summary>
    public static bool operator ==(Instruction left, Instruction right) => left.Equals(right);

    /// <summary>Compares all five fields.</summary>
    public static bool operator !=(Instruction left, Instruction right) => !left.Equals(right);

    /// <summary>The raw fields, for debugging; the disassembler prints the readable form.</summary>
    public override string ToString() => $"op=0x{_opcode:x2} dst=r{Destination} src=r{Source} off={_offset} imm={_immediate}";
}

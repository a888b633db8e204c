// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Asm;

/// <summary>How instructions are spelled.</summary>
public enum DisassemblyStyle : byte
{
    /// <summary>
    /// The spelling of llvm-objdump, but nothing is lost: helpers are named, kinds of call and of wide load differ, and
    /// what is no instruction is an <c>.insn</c> line. Assembling the text gives the same bytes.
    /// </summary>
    Nectar,

    /// <summary>Exactly what llvm-objdump 19 prints, also where different bytes get the same text.</summary>
    Llvm,

    /// <summary>What the kernel's verifier log and <c>bpftool prog dump xlated</c> print.</summary>
    Bpftool,
}

/// <summary>What the disassembler shows.</summary>
public sealed class DisassemblerOptions
{
    /// <summary>The default: <see cref="DisassemblyStyle.Nectar"/>, instructions only.</summary>
    public static DisassemblerOptions Default { get; } = new();

    /// <summary>How instructions are spelled.</summary>
    public DisassemblyStyle Style { get; init; }

    /// <summary>Name the lower half of registers in 8-, 16- and 32-bit memory accesses (<c>w1 = *(u8 *)(r2 + 0x0)</c>), as llvm-objdump does with <c>--mcpu=v3</c> and higher.</summary>
    public bool HalfRegisters { get; init; }

    /// <summary>Start lines with the index of the instruction.</summary>
    public bool ShowIndex { get; init; }

    /// <summary>Show the bytes of each instruction (the bpftool style always shows the opcode).</summary>
    public bool ShowBytes { get; init; }

    /// <summary>Show the source line before its instructions, as a comment.</summary>
    public bool ShowSource { get; init; }

    /// <summary>In objects, write jumps with labels instead of distances.</summary>
    public bool Labels { get; init; } = true;
}

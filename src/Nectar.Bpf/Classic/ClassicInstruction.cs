// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Bpf.Classic;

/// <summary>
/// One classic BPF instruction: eight bytes, laid out as <c>struct sock_filter</c> of the kernel and <c>struct bpf_insn</c>
/// of libpcap, so that a program is a span and attaching it is a copy.
/// </summary>
/// <param name="Code">Class, size, mode or operation; 16 bits, of which valid programs use eight.</param>
/// <param name="JumpTrue">Instructions to skip when the condition of a conditional jump holds, 0 to 255.</param>
/// <param name="JumpFalse">Instructions to skip when it does not, 0 to 255.</param>
/// <param name="K">The constant, offset, memory word or distance of <c>ja</c>.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4, Size = 8)]
public readonly record struct ClassicInstruction(ushort Code, byte JumpTrue, byte JumpFalse, uint K)
{
    /// <summary>The most instructions of a program (<c>BPF_MAXINSNS</c>).</summary>
    public const int MaxCount = 4096;

    /// <summary>The 32-bit words of scratch memory (<c>BPF_MEMWORDS</c>).</summary>
    public const int MemoryWords = 16;

    /// <summary>Makes an instruction that has only a constant.</summary>
    public ClassicInstruction(ushort code, uint k)
        : this(code, 0, 0, k)
    {
    }

    /// <summary>The raw fields as <c>tcpdump -dd</c> prints them; <see cref="ClassicListing"/> prints the readable form.</summary>
    public override string ToString() => $"{{ 0x{Code:x}, {JumpTrue}, {JumpFalse}, 0x{K:x8} }}";
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Classic.Conversion;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Classic;

/// <summary>What a converted program is called with.</summary>
public enum ClassicTarget : byte
{
    /// <summary>A socket filter: r1 is the context (<c>struct __sk_buff</c>), the packet is read with LD_ABS and LD_IND.</summary>
    SocketBuffer,

    /// <summary>
    /// Plain memory: r1 is the address of the packet, r2 its captured length (below 2^31). Explicit bounds checks, no LD_ABS,
    /// no helper unless the program asks for a random number or the processor; any machine can run it.
    /// </summary>
    Memory,
}

/// <summary>How to convert.</summary>
public sealed record ClassicConversion
{
    /// <summary>What the program is called with.</summary>
    public ClassicTarget Target { get; init; } = ClassicTarget.SocketBuffer;

    /// <summary>Whose rules the classic program runs by.</summary>
    public ClassicSemantics Semantics { get; init; } = ClassicSemantics.Linux;

    /// <summary>For <see cref="ClassicTarget.Memory"/>: true if r3 is the length on the wire (<c>#pktlen</c>); false if r2 is that too.</summary>
    public bool WireLengthInRegister3 { get; init; }

    /// <summary>For <see cref="ClassicTarget.Memory"/>: the offset of the network header in every packet; null if loads relative to it cannot be converted.</summary>
    public int? NetworkOffset { get; init; }

    /// <summary>For <see cref="ClassicTarget.Memory"/>: the offset of the link header in every packet; null if loads relative to it cannot be converted.</summary>
    public int? LinkOffset { get; init; }
}

/// <summary>
/// Converts classic programs to extended ones that give the same result for every packet, including the implicit "return 0"
/// of a load outside the packet and of a division by X = 0. Instructions that nothing reaches, which the kernel refuses in
/// extended programs, are left out.
/// </summary>
/// <remarks>
/// Needs cpu level 2 (jlt, jle); level 4 (gotol) only where a jump of a very long program does not fit 16 bits.
/// </remarks>
public static class ClassicConverter
{
    /// <summary>Converts a program to a socket filter by Linux's rules.</summary>
    /// <exception cref="CompileException">The program is not valid, or uses a value that a socket filter does not have.</exception>
    public static Instruction[] ToExtended(ReadOnlySpan<ClassicInstruction> program) => ToExtended(program, new ClassicConversion());

    /// <summary>Converts a program.</summary>
    /// <exception cref="CompileException">The program is not valid, or uses a value that the target does not have.</exception>
    public static Instruction[] ToExtended(ReadOnlySpan<ClassicInstruction> program, ClassicConversion conversion)
    {
        DiagnosticBag diagnostics = new();
        return TryConvert(program, conversion, diagnostics) ?? throw new CompileException(diagnostics.ToImmutable());
    }

    /// <summary>Converts a program; null, and the reasons in <paramref name="diagnostics"/>, if that is not possible.</summary>
    public static Instruction[]? TryConvert(ReadOnlySpan<ClassicInstruction> program, ClassicConversion conversion, DiagnosticBag diagnostics)
    {
        ArgumentNullException.ThrowIfNull(conversion);
        ArgumentNullException.ThrowIfNull(diagnostics);
        if (!ClassicValidator.Validate(program, diagnostics)) return null;
        if (!ConversionLimits.Check(program, conversion, diagnostics)) return null;
        ClassicFlow flow = new(program.ToArray(), conversion);
        return new ClassicEmitter(flow, conversion).Emit();
    }
}

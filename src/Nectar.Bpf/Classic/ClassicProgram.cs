// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Classic;

/// <summary>A valid classic program, decoded for the interpreter. Immutable; any number of threads may run it.</summary>
public sealed class ClassicProgram
{
    private readonly ClassicInstruction[] _instructions;

    private ClassicProgram(ReadOnlySpan<ClassicInstruction> instructions, ClassicSemantics semantics)
    {
        _instructions = instructions.ToArray();
        Semantics = semantics;
        Steps = new ClassicStep[instructions.Length];
        for (int i = 0; i < instructions.Length; i++) Steps[i] = ClassicStep.Decode(instructions[i], semantics);
    }

    /// <summary>The instructions as they were given.</summary>
    public ReadOnlySpan<ClassicInstruction> Instructions => _instructions;

    /// <summary>Whose rules it runs by.</summary>
    public ClassicSemantics Semantics { get; }

    internal ClassicStep[] Steps { get; }

    /// <summary>Checks and decodes a program.</summary>
    /// <exception cref="CompileException">The program is not valid; every error is listed.</exception>
    public static ClassicProgram Create(ReadOnlySpan<ClassicInstruction> instructions, ClassicSemantics semantics = ClassicSemantics.Linux)
    {
        DiagnosticBag diagnostics = new();
        return TryCreate(instructions, semantics, diagnostics) ?? throw new CompileException(diagnostics.ToImmutable());
    }

    /// <summary>Checks and decodes a program; null, and the errors in <paramref name="diagnostics"/>, if it is not valid.</summary>
    public static ClassicProgram? TryCreate(ReadOnlySpan<ClassicInstruction> instructions, ClassicSemantics semantics, DiagnosticBag diagnostics) =>
        ClassicValidator.Validate(instructions, diagnostics) ? new ClassicProgram(instructions, semantics) : null;

    /// <summary>Runs the program over a packet; nothing is known but its bytes.</summary>
    /// <param name="packet">The captured bytes.</param>
    /// <param name="wireLength">The length that <c>#pktlen</c> gives: that of the packet before it was cut.</param>
    /// <returns>The bytes to accept; 0 rejects the packet.</returns>
    public uint Run(ReadOnlySpan<byte> packet, uint wireLength) => ClassicInterpreter.Run(this, packet, wireLength, default);

    /// <summary>Runs the program over a packet that was not cut.</summary>
    public uint Run(ReadOnlySpan<byte> packet) => ClassicInterpreter.Run(this, packet, (uint)packet.Length, default);

    /// <summary>Runs the program over a packet and what is known beside its bytes.</summary>
    public uint Run(ReadOnlySpan<byte> packet, uint wireLength, in ClassicContext context) => ClassicInterpreter.Run(this, packet, wireLength, context);

    /// <inheritdoc/>
    public override string ToString() => ClassicListing.Format(_instructions);
}

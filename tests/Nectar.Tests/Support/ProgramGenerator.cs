// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Tests.Support;

/// <summary>What a generated runnable program may do.</summary>
public sealed record RunnableOptions
{
    /// <summary>Instructions of the body, roughly.</summary>
    public int Length { get; init; } = 60;

    /// <summary>The highest cpu level that may be used.</summary>
    public CpuVersion Cpu { get; init; } = CpuVersion.V4;

    /// <summary>
    /// Bytes of memory that r1 points to on entry (r2 is the length); 0 for programs that read no memory. Accesses stay inside.
    /// The kernel accepts such a program only where the host's context is plain memory, so programs for it use 0.
    /// </summary>
    public int MemorySize { get; init; }

    /// <summary>Subprograms that the main program may call.</summary>
    public int Subprograms { get; init; } = 2;

    /// <summary>Bounded loops.</summary>
    public bool Loops { get; init; } = true;

    /// <summary>Atomic operations on the stack.</summary>
    public bool Atomics { get; init; } = true;

    /// <summary>
    /// Keep to what the kernel's verifier accepts: no constant division by zero or shifts out of range, no sign-extending 32-bit
    /// move quirks, atomics on aligned stack slots, nothing from kernels newer than 6.12.
    /// </summary>
    public bool ForKernel { get; init; } = true;
}

/// <summary>
/// Makes programs from a seed: the same seed gives the same program on every machine. <see cref="AnyProgram"/> covers
/// the whole instruction table and need not run; <see cref="Runnable"/> terminates, touches only its own memory, and
/// returns a value that depends on most of what it computed.
/// </summary>
public sealed class ProgramGenerator
{
    private readonly Random _random;

    /// <summary>Starts a generator.</summary>
    public ProgramGenerator(int seed) => _random = new Random(seed);

    /// <summary>A well-formed program over every row of the table, with random operands; it may do anything when run.</summary>
    /// <param name="length">Least number of slots.</param>
    public Instruction[] AnyProgram(int length)
    {
        List<Instruction> code = [];
        ReadOnlySpan<OpcodeInfo> rows = OpcodeTable.Rows;
        int next = _random.Next(rows.Length);
        while (code.Count < length)
        {
            OpcodeInfo row = rows[next++ % rows.Length];
            code.Add(AnyInstruction(row));
            if (row.Form == OperandForm.Wide) code.Add(SecondSlot((PseudoSource)code[^1].Source));
        }

        code.Add(Plain(Operation.Exit, 0, OperandForm.None));
        FixTargets(code);
        return [.. code];
    }

    /// <summary>One well-formed instruction of a row with random operands.</summary>
    public Instruction AnyInstruction(OpcodeInfo row)
    {
        ArgumentNullException.ThrowIfNull(row);
        int destination = row.WritesDestination ? _random.Next(10) : _random.Next(11);
        int source = row.WritesSource ? _random.Next(10) : _random.Next(11);
        short offset = AnyOffset();
        int immediate = AnyImmediate();
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

        if (row.Operation == Operation.AddrSpaceCast) immediate = _random.Next(2) == 0 ? 1 : 0x10000;
        if (row.Form == OperandForm.Wide) source = _random.Next(7);
        // Clear what this instruction does not use, one field at a time.
        if (!OpcodeTable.ReservedFieldsAreZero(row, new(row.Opcode, destination, 0, 0, 0))) destination = 0;
        if (!OpcodeTable.ReservedFieldsAreZero(row, new(row.Opcode, 0, source, 0, 0))) source = 0;
        if (!OpcodeTable.ReservedFieldsAreZero(row, new(row.Opcode, 0, 0, offset, 0))) offset = 0;
        if (!OpcodeTable.ReservedFieldsAreZero(row, new(row.Opcode, 0, 0, 0, immediate))) immediate = 0;
        return new Instruction(row.Opcode, destination, source, offset, immediate);
    }

    /// <summary>A program that can be run: it terminates, reads only initialised registers and memory, and exits with a value.</summary>
    public Instruction[] Runnable(RunnableOptions? options = null) => new RunnableProgram(_random, options ?? new RunnableOptions()).Build();

    private Instruction SecondSlot(PseudoSource source) =>
        new(0, 0, 0, 0, source is PseudoSource.MapFd or PseudoSource.MapIndex or PseudoSource.Function ? 0 : AnyImmediate());

    private short AnyOffset() => _random.Next(4) switch
    {
        0 => 0,
        1 => (short)_random.Next(-16, 17),
        2 => (short)_random.Next(short.MinValue, short.MaxValue + 1),
        _ => _random.Next(2) == 0 ? short.MinValue : short.MaxValue,
    };

    internal int AnyImmediate() => _random.Next(5) switch
    {
        0 => _random.Next(-10, 70),
        1 => _random.Next(int.MinValue, int.MaxValue),
        2 => int.MinValue,
        3 => int.MaxValue,
        _ => 1 << _random.Next(32),
    };

    private static Instruction Plain(Operation operation, int width, OperandForm form) => new(OpcodeTable.Find(operation, width, form)!.Opcode, 0, 0, 0, 0);

    /// <summary>Points every jump and call to the start of an instruction.</summary>
    private void FixTargets(List<Instruction> code)
    {
        List<int> starts = [];
        for (int at = 0; at < code.Count; at += code[at].IsWide ? 2 : 1) starts.Add(at);
        foreach (int at in starts)
        {
            OpcodeInfo row = OpcodeTable.Find(code[at])!;
            int distance = starts[_random.Next(starts.Count)] - at - 1;
            if (row.Form == OperandForm.JumpLong || row.Operation == Operation.CallLocal) code[at] = code[at].WithImmediate(distance);
            else if (row.IsJump) code[at] = code[at].WithOffset((short)distance);
            else if (row.Form == OperandForm.Wide && code[at].Source == (int)PseudoSource.Function) code[at] = code[at].WithImmediate(distance);
        }
    }
}

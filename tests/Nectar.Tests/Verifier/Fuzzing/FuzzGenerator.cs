// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Tests.Support;

namespace Nectar.Tests.Verifier.Fuzzing;

/// <summary>Programs for verifiers: half of them meant to be right, the others with slips, and some changed at random afterwards.</summary>
public static class FuzzGenerator
{
    /// <summary>A program that does what programs of its type do: packets, maps, spills, helpers, subprograms, loops.</summary>
    public static FuzzProgram Structured(int seed)
    {
        Random random = new(seed);
        FuzzProfile profile = FuzzProfile.All[random.Next(FuzzProfile.All.Length)];
        double risk = random.Next(10) switch { < 5 => 0, < 8 => 0.01, _ => 0.06 };
        Instruction[] code = new FuzzBuilder(random, profile, risk).Build(8 + random.Next(70));
        if (random.Next(4) == 0) Mutate(random, code);
        return new FuzzProgram(seed, profile.Type, profile.Attach, code);
    }

    /// <summary>A program with no slips.</summary>
    public static FuzzProgram Careful(int seed, FuzzProfile profile)
    {
        Random random = new(seed);
        return new FuzzProgram(seed, profile.Type, profile.Attach, new FuzzBuilder(random, profile, 0).Build(8 + random.Next(70)));
    }

    /// <summary>Any instructions at all: well-formed ones, bytes, and structured programs with much of them overwritten.</summary>
    public static FuzzProgram Soup(int seed)
    {
        Random random = new(seed);
        FuzzProfile profile = FuzzProfile.All[random.Next(FuzzProfile.All.Length)];
        Instruction[] code;
        switch (random.Next(4))
        {
            case 0:
                code = new Instruction[1 + random.Next(60)];
                random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(code.AsSpan()));
                break;
            case 1:
                code = new ProgramGenerator(seed).AnyProgram(1 + random.Next(60));
                break;
            case 2:
                code = new ProgramGenerator(seed).Runnable(new RunnableOptions { Length = 5 + random.Next(60), ForKernel = false });
                break;
            default:
                code = new FuzzBuilder(random, profile, 0.1).Build(8 + random.Next(60));
                for (int i = random.Next(12); i >= 0; i--) Mutate(random, code);
                break;
        }
        return new FuzzProgram(seed, (ProgramType)random.Next(34), random.Next(3) == 0 ? (AttachType)random.Next(60) : profile.Attach, code);
    }

    /// <summary>Changes a field of an instruction: another register, a near offset or number, another opcode of its class.</summary>
    private static void Mutate(Random random, Instruction[] code)
    {
        int slot = random.Next(code.Length);
        Instruction was = code[slot];
        // what a wide load names is settled by whoever loads the program
        if (was.Opcode is 0 or OpcodeTable.LdImm64) return;
        code[slot] = random.Next(9) switch
        {
            0 => new(was.Opcode, random.Next(11), was.Source, was.Offset, was.Immediate),
            1 => new(was.Opcode, was.Destination, random.Next(11), was.Offset, was.Immediate),
            2 => was.WithOffset((short)(was.Offset + random.Next(-4, 5))),
            3 => was.WithImmediate(was.Immediate + random.Next(-4, 5)),
            4 => was.WithImmediate(1 << random.Next(31)),
            5 => new((byte)(was.Opcode ^ (1 << random.Next(3, 8))), was.Destination, was.Source, was.Offset, was.Immediate),
            6 when code[random.Next(code.Length)] is { Opcode: not (0 or OpcodeTable.LdImm64) } other => other,
            7 => was.WithOffset((short)random.Next(-64, 64)),
            _ => new((byte)(random.Next(1, 256) is var opcode && opcode == OpcodeTable.LdImm64 ? 0x95 : opcode), was.Destination, was.Source, was.Offset, was.Immediate),
        };
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Isa;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Asm;

public sealed class RoundTripTests
{
    [Fact]
    public void Assemble_Disassembly_OfGeneratedPrograms_GivesTheSameBytes()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            Instruction[] code = new ProgramGenerator(seed).AnyProgram(200);
            foreach (bool half in new[] { false, true })
            {
                foreach (bool columns in new[] { false, true })
                {
                    DisassemblerOptions options = new() { HalfRegisters = half, ShowBytes = columns, ShowIndex = columns };
                    AssertSame(code, Disassembler.ToText(code, options), seed);
                }
            }
        }
    }

    [Fact]
    public void Assemble_BpftoolText_OfGeneratedPrograms_GivesTheSameBytes()
    {
        // Bare BTF ids and map indices are written as numbers by bpftool, so those wide loads are left out.
        DisassemblerOptions options = new() { Style = DisassemblyStyle.Bpftool, ShowIndex = true };
        for (int seed = 0; seed < 300; seed++)
        {
            Instruction[] code = [.. new ProgramGenerator(seed).AnyProgram(200).Where(i => i.Opcode != 0x18 && i.Opcode != 0 && i.Source != 2)];
            AssertSame([.. code.Where(i => i.Opcode is not (0x85 or 0x05 or 0x06 or 0xe5) || i.Source == 1)], null, seed, options);
        }
    }

    [Fact]
    public void Assemble_Disassembly_OfRandomBytes_GivesTheSameBytes()
    {
        Random random = new(7);
        for (int round = 0; round < 2000; round++)
        {
            Instruction[] code = new Instruction[20];
            for (int i = 0; i < code.Length; i++)
            {
                ulong bits = (ulong)random.NextInt64() << 1;
                byte[] opcodes = [0x18, 0x85, 0xc3, 0xdb, 0xbf, 0xd4, 0x00];
                if (random.Next(2) == 0) bits = (bits & ~0xffUL) | opcodes[random.Next(opcodes.Length)];
                if (random.Next(2) == 0) bits &= 0xff0fffff_00ff77ffUL;
                code[i] = Instruction.FromUInt64(bits);
            }

            AssertSame(code, Disassembler.ToText(code), round);
        }
    }

    private static void AssertSame(Instruction[] code, string? text, int seed, DisassemblerOptions? options = null)
    {
        text ??= Disassembler.ToText(code, options);
        Instruction[] again = Assembler.AssembleInstructions(text);
        if (again.AsSpan().SequenceEqual(code)) return;
        int at = again.AsSpan().CommonPrefixLength(code);
        string line = Disassembler.Format(code, at, options);
        Assert.Fail($"seed {seed}, slot {at}: {code[at]} became {(at < again.Length ? again[at].ToString() : "nothing")}: {line}");
    }
}

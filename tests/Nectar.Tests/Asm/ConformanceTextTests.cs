// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Asm;

public sealed class ConformanceTextTests
{
    [SharedFact("conformance", "bpf")]
    public void Assemble_EveryVector_GivesAWellFormedProgram()
    {
        Assert.NotEmpty(ConformanceVector.All);
        List<string> wrong = [];
        foreach (ConformanceVector vector in ConformanceVector.All)
        {
            DiagnosticBag diagnostics = new();
            if (!Assembler.TryAssembleInstructions(vector.Assembly, vector.Name, diagnostics, out Instruction[] code) || !ProgramStructure.Check(code, diagnostics))
            {
                wrong.Add(string.Join('\n', diagnostics.Items));
                continue;
            }

            if (diagnostics.Items.Count > 0) wrong.Add($"{vector.Name}: {diagnostics.Items[0]}");
            if (vector.Raw is { } raw && !raw.SequenceEqual(code)) wrong.Add($"{vector.Name}: {Disassembler.ToText(code)}");
            if (!Assembler.AssembleInstructions(Disassembler.ToText(code)).SequenceEqual(code)) wrong.Add($"{vector.Name}: the disassembly gives other bytes");
        }

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("mov32 %r0, 2147483648", "9004")]
    [InlineData("mov32 %r0, 0x100000000", "9004")]
    [InlineData("ja NOWHERE", "9006")]
    [InlineData("lock or [%r10-8]", "9001")]
    [InlineData("lock", "9001")]
    [InlineData("lock spin [%r10-8], %r1", "9002")]
    [InlineData("ldxq %r0, %r1", "9002")]
    [InlineData("ldxb %r0, %r1", "9001")]
    [InlineData("ldxb %r0, [%r1+0x10000]", "9005")]
    [InlineData("lddw %r0", "9001")]
    [InlineData("or %r0, %r50", "9003")]
    [InlineData("-- Unknown directive", "9001")]
    public void Assemble_WrongLine_IsRefused(string line, string code)
    {
        DiagnosticBag diagnostics = new();
        Assert.False(Assembler.TryAssembleInstructions(line + "\nexit\n", "t", diagnostics, out _));
        Diagnostic diagnostic = Assert.Single(diagnostics.Items);
        Assert.Equal("NEC" + code, diagnostic.Code.ToString());
        Assert.Equal(1, diagnostic.Span!.Value.Line);
    }
}

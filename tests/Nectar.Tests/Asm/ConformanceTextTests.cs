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

    /// <summary>The table of docs/assembly.md: both spellings of a row give the same instructions.</summary>
    [Fact]
    public void Assemble_BothSpellingsOfTheDocumentation_GiveTheSameBytes()
    {
        int compared = 0;
        foreach (string line in File.ReadLines(Path.Combine(Repository.Root, "docs", "assembly.md")))
        {
            string[] cells = line.Split('|'); // five cells with an empty one at each end
            if (cells.Length != 6 || !cells[3].Contains('`')) continue;
            string[] left = Spans(cells[3]), right = Spans(cells[4].Contains('`') ? cells[4] : cells[3]);
            foreach ((string first, string second) in left.Zip(right))
            {
                Assert.Equal(One(first), One(second));
                compared++;
            }

            foreach (string rest in left) One(rest);
        }

        Assert.True(compared >= 30, $"only {compared} pairs");

        static string[] Spans(string cell) => [.. cell.Split('`').Where((_, i) => i % 2 == 1)];
        static Instruction[] One(string text) => Assembler.AssembleInstructions($"{text}\nname: out: exit\n");
    }
}

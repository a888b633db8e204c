// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Asm;

public sealed class AssemblerDiagnosticsTests
{
    [Fact]
    public void Assemble_ManyErrors_ReportsEachWithItsPlace()
    {
        const string text = """
            .map counts type=hsah key=u32 value=u64 max=1024
            .program p type=xdp
            	r1 = r11
            	r0 = 0x1ffffffff
            	r1 += w2
            	if r1 = 5 goto out
            	goto ot
            	call bpf_map_lokup_elem
            	mvo r1, 5
            	*(u9 *)(r1 + 0) = 5
            out:
            	r10 = 5
            	exit now
            """;
        CompileException error = Assert.Throws<CompileException>(() => Assembler.Assemble(text, "bad.bpfasm"));
        Assert.Equal("""
            bad.bpfasm(1,18): error NEC9010: there is no map type 'hsah'
                1 | .map counts type=hsah key=u32 value=u64 max=1024
                  |                  ^^^^
              help: did you mean 'hash'?
            bad.bpfasm(3,7): error NEC9003: there is no register 'r11'
                3 | 	r1 = r11
                  | 	     ^^^
              help: registers are r0 to r10, and w0 to w10 for their lower 32 bits
            bad.bpfasm(4,7): error NEC9004: 0x1ffffffff does not fit 32 bits
                4 | 	r0 = 0x1ffffffff
                  | 	     ^^^^^^^^^^^
              help: write '0x1ffffffff ll' for a 64-bit load
            bad.bpfasm(5,8): error NEC9008: 'w2' is 32 bits wide, expected 'r2': this instruction works on 64 bits
                5 | 	r1 += w2
                  | 	      ^^
            bad.bpfasm(6,8): error NEC9001: found '=', expected a comparison: == != > >= < <= s> s>= s< s<= &
                6 | 	if r1 = 5 goto out
                  | 	      ^
              help: did you mean '=='?
            bad.bpfasm(7,7): error NEC9006: there is no label 'ot' in this function
                7 | 	goto ot
                  | 	     ^^
              help: did you mean 'out'?
            bad.bpfasm(8,7): error NEC9011: there is no function, helper or extern 'bpf_map_lokup_elem'
                8 | 	call bpf_map_lokup_elem
                  | 	     ^^^^^^^^^^^^^^^^^^
              help: did you mean 'bpf_map_lookup_elem'?
            bad.bpfasm(9,2): error NEC9002: there is no instruction 'mvo'
                9 | 	mvo r1, 5
                  | 	^^^
              help: did you mean 'mov'?
            bad.bpfasm(10,4): error NEC9001: found 'u9', expected a memory type: u8, u16, u32, u64, s8, s16, s32
               10 | 	*(u9 *)(r1 + 0) = 5
                  | 	  ^^
            bad.bpfasm(12,2): error NEC9003: r10 is the frame pointer and cannot be written
               12 | 	r10 = 5
                  | 	^^^
            bad.bpfasm(13,7): error NEC9001: found 'now', expected the end of the instruction
               13 | 	exit now
                  | 	     ^^^
            """.ReplaceLineEndings("\n"), error.Message);
    }

    [Theory]
    [InlineData("", 9016)]
    [InlineData("; only a comment", 9016)]
    [InlineData(".program p type=xdp", 9016)]
    [InlineData(".program p", 9010)]
    [InlineData(".program p type=xdp colour=red\nexit", 9010)]
    [InlineData(".sektion xdp", 9009)]
    [InlineData(".map m type=hash max=-1", 9010)]
    [InlineData(".map m key=4", 9010)]
    [InlineData(".map m type=array flags=fast", 9010)]
    [InlineData(".map m type=array value=4 max=1\n.map m type=array value=4 max=1", 9007)]
    [InlineData(".map o type=array_of_maps inner=none max=1", 9011)]
    [InlineData(".struct s { u32 a; u31 b; }", 9010)]
    [InlineData(".struct s { u32 a; u32 a; }", 9007)]
    [InlineData(".struct s { u32 a;", 9001)]
    [InlineData(".struct s { }", 9010)]
    [InlineData(".byte 1", 9015)]
    [InlineData(".data\n.byte 256", 9004)]
    [InlineData(".data\nexit", 9015)]
    [InlineData(".bss\n.byte 1", 9015)]
    [InlineData(".data\n.ascii \"abc", 9001)]
    [InlineData(".data\n.ascii \"\\q\"", 9001)]
    [InlineData(".zero 4", 9015)]
    [InlineData(".equ A, 1\n.equ A, 2", 9007)]
    [InlineData(".extern x kconfig", 9010)]
    [InlineData(".maps x", 9009)]
    [InlineData("a:\na:\nexit", 9007)]
    [InlineData(".function f\nexit\n.function f\nexit", 9007)]
    [InlineData("r0 = 0", 9067)]
    [InlineData("goto +5\nexit", 9065)]
    [InlineData("r1 = nothing ll\nexit", 9011)]
    [InlineData("r1 = map[name:nothing]\nexit", 9011)]
    [InlineData("r1 = map[nam:x]\nexit", 9001)]
    [InlineData("r1 = be16 r2\nexit", 9003)]
    [InlineData("w1 = *(u64 *)(r2 + 0)\nexit", 9008)]
    [InlineData("r1 = *(s64 *)(r2 + 0)\nexit", 9008)]
    [InlineData("*(u64 *)(r1 + 0) = w2\nexit", 9008)]
    [InlineData("lock *(u8 *)(r1 + 0) += r2\nexit", 9008)]
    [InlineData("r1 = atomic_fetch_add((u64 *)(r2 + 0), r3)\nexit", 9003)]
    [InlineData("r1 = cmpxchg_64(r2 + 0, r0, r3)\nexit", 9003)]
    [InlineData("r1 = (s64)r2\nexit", 9001)]
    [InlineData("w1 = (s32)w2\nexit", 9001)]
    [InlineData("r1 = *(u8 *)skb[3]\nexit", 9003)]
    [InlineData("if r1 == 5 goto 7\nexit", 9001)]
    [InlineData("goto +40000\nexit", 9013)]
    [InlineData("r1 = *(u8 *)(r2 + 40000)\nexit", 9005)]
    [InlineData(".insn 256, 0, 0, 0, 0\nexit", 9004)]
    public void Assemble_WrongText_IsRefusedOnce(string text, int code)
    {
        DiagnosticBag diagnostics = new();
        Assert.False(Assembler.TryAssemble(text, "t", diagnostics, out BpfObject? result));
        Assert.Null(result);
        Assert.Equal(code, Assert.Single(diagnostics.Items).Code.Number);
    }

    [Fact]
    public void Assemble_PatternThatSignExtensionChanges_Warns()
    {
        DiagnosticBag diagnostics = new();
        Assert.True(Assembler.TryAssembleInstructions("r1 = 0xffffffff\nw1 = 0xffffffff\nif r1 == 0xffffffff goto +0", "t", diagnostics, out Instruction[] code));
        Assert.Equal(-1, code[0].Immediate);
        Diagnostic warning = Assert.Single(diagnostics.Items);
        Assert.Equal((Severity.Warning, AsmCodes.SignExtended, 1), (warning.Severity, warning.Code, warning.Span!.Value.Line));
    }

    [Fact]
    public void Assemble_RandomText_NeverThrowsAnythingElse()
    {
        string[] pieces = ["r1", "w2", "r10", "%r3", " = ", "+=", "*(u32 *)", "(r1 + 4)", "[r2-8]", "if ", "goto ", "lock ", "call ", "bpf_map_lookup_elem", "#1", "0x7fff", "-5", " ll",
            "\n", "\n", "label:", ".map m ", "type=hash ", "key=4 ", ".data\n", ".byte ", "\"", "<x>", "ldxw ", ",", ";", "map[", "name:", "]", "{", "}", ".struct s ", "u32 a", "exit\n", "\t", "(79)", "0:", "pc+1"];
        Random random = new(3);
        for (int round = 0; round < 20000; round++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 25)).Select(_ => pieces[random.Next(pieces.Length)]));
            DiagnosticBag diagnostics = new();
            bool good = Assembler.TryAssemble(text, "t", diagnostics, out _);
            Assert.Equal(good, !diagnostics.HasErrors);
            foreach (Diagnostic diagnostic in diagnostics.Items) Assert.NotEmpty(diagnostic.ToString());
        }
    }

    [Fact]
    public void EveryCode_HasAnEntryInTheDocumentation()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "diagnostics", "assembly.md"));
        foreach (FieldInfo field in typeof(AsmCodes).GetFields().Concat(typeof(StructureCodes).GetFields()))
        {
            Assert.Contains($"## {field.GetValue(null)}: ", page, StringComparison.Ordinal);
        }
    }
}

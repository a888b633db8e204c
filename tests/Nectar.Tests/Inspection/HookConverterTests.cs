// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Linux.Inspection;
using Xunit;

namespace Nectar.Tests.Inspection;

/// <summary>Kprobes become fentry programs and the other way round only where that means the same.</summary>
public sealed class HookConverterTests
{
    private static readonly int[] s_registers = [112, 104, 96, 88, 72, 64];

    [Fact]
    public void Convert_Kprobe_ReadsItsArgumentsInARow()
    {
        ProgramDefinition program = Assemble("kprobe/do_unlinkat", """
            r6 = r1
            r2 = *(u64 *)(r6 + 112)
            r3 = *(u64 *)(r1 + 104)
            r1 = r6
            call bpf_get_func_ip
            if r0 == 0 goto done
            r4 = *(u64 *)(r6 + 64)
            done:
            r0 = 0
            exit
            """);
        Assert.Contains("loaded as fentry/do_unlinkat", HookConverter.Convert(program, toFentry: true, s_registers));
        Assert.Equal((ProgramType.Tracing, AttachType.TraceFentry, "fentry/do_unlinkat"), (program.Type, program.ExpectedAttachType, program.Section));
        Assert.Equal([0, 8, 40], Offsets(program));
    }

    [Fact]
    public void Convert_FentryAndBack_IsTheSameCode()
    {
        const string Body = "r6 = r1\nr2 = *(u64 *)(r6 + 8)\nr3 = *(u64 *)(r1 + 0)\nr0 = 0\nexit";
        ProgramDefinition program = Assemble("fentry/do_unlinkat", Body);
        Instruction[] before = [.. program.Entry.Instructions];
        Assert.Contains("loaded as kprobe/do_unlinkat", HookConverter.Convert(program, toFentry: false, s_registers));
        Assert.Equal((ProgramType.Kprobe, null), (program.Type, program.ExpectedAttachType));
        Assert.Equal([104, 112], Offsets(program));
        Assert.NotNull(HookConverter.Convert(program, toFentry: true, s_registers));
        Assert.Equal(before, program.Entry.Instructions);
    }

    [Theory]
    [InlineData("r2 = *(u64 *)(r1 + 120)\nr0 = 0\nexit")] // no argument
    [InlineData("r2 = *(u32 *)(r1 + 112)\nr0 = 0\nexit")] // part of one
    [InlineData("r2 = r1\nr3 = *(u64 *)(r2 + 112)\nr0 = 0\nexit")] // lost from sight
    [InlineData("*(u64 *)(r10 - 8) = r1\nr0 = 0\nexit")]
    [InlineData("*(u64 *)(r1 + 112) = 0\nr0 = 0\nexit")]
    [InlineData("if r1 != 0 goto next\nr1 = r10\nr1 += -8\nnext:\nr2 = *(u64 *)(r1 + 112)\nr0 = 0\nexit")] // depends on the way
    public void Convert_OtherUsesOfTheContext_LeaveTheProgram(string body)
    {
        ProgramDefinition program = Assemble("kprobe/do_unlinkat", body);
        Instruction[] before = [.. program.Entry.Instructions];
        Assert.Contains("left as it is", HookConverter.Convert(program, toFentry: true, s_registers));
        Assert.Equal("kprobe/do_unlinkat", program.Section);
        Assert.Equal(before, program.Entry.Instructions);
    }

    [Fact]
    public void Convert_OtherHooks_AreNotItsBusiness()
    {
        Assert.Null(HookConverter.Convert(Assemble("kretprobe/do_unlinkat", "r0 = 0\nexit"), toFentry: true, s_registers));
        Assert.Contains("names no function", HookConverter.Convert(Assemble("kprobe", "r0 = 0\nexit"), toFentry: true, s_registers));
        Assert.Contains("begin of a function", HookConverter.Convert(Assemble("kprobe/do_unlinkat+4", "r0 = 0\nexit"), toFentry: true, s_registers));
    }

    private static ProgramDefinition Assemble(string section, string body) =>
        Assembler.Assemble($".license \"GPL\"\n.section \"{section}\"\n.global probe\nprobe:\n{body}\n").Programs[0];

    private static int[] Offsets(ProgramDefinition program) =>
        [.. program.Entry.Instructions.Where(i => OpcodeTable.Find(i) is { Form: OperandForm.LoadMem }).Select(i => (int)i.Offset)];
}

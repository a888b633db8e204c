// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Isa;

public sealed class ProgramStructureTests
{
    private const string Exit = "9500000000000000";

    [Theory]
    // Every field that an instruction does not use, one case for each form and field: opcode, destination, source, offset, immediate.
    [InlineData(0x07, 0, 1, 0, 1, 9062)] // immediate arithmetic: source
    [InlineData(0x07, 0, 0, 2, 1, 9061)] // offset selects no operation
    [InlineData(0x0f, 0, 0, 0, 1, 9062)] // register arithmetic: immediate
    [InlineData(0x0f, 0, 0, 2, 0, 9061)]
    [InlineData(0x0c, 0, 0, 1, 0, 9061)]
    [InlineData(0xb4, 0, 1, 0, 1, 9062)]
    [InlineData(0xbf, 0, 0, 3, 0, 9061)]
    [InlineData(0xbc, 0, 0, 32, 0, 9061)] // no 32-bit move extends 32 bits
    [InlineData(0xdc, 0, 0, 1, 16, 9062)] // byte order: offset
    [InlineData(0xdc, 0, 1, 0, 16, 9062)]
    [InlineData(0xd4, 0, 0, 0, 8, 9061)]
    [InlineData(0xd7, 0, 0, 0, 0, 9061)]
    [InlineData(0x84, 0, 0, 0, 1, 9062)] // negation
    [InlineData(0x84, 0, 0, 1, 0, 9062)]
    [InlineData(0x87, 0, 1, 0, 0, 9062)]
    [InlineData(0x85, 1, 0, 0, 1, 9062)] // call
    [InlineData(0x85, 0, 0, 1, 1, 9062)]
    [InlineData(0x85, 0, 3, 0, 1, 9061)]
    [InlineData(0x95, 1, 0, 0, 0, 9062)] // exit
    [InlineData(0x95, 0, 1, 0, 0, 9062)]
    [InlineData(0x95, 0, 0, 1, 0, 9062)]
    [InlineData(0x95, 0, 0, 0, 1, 9062)]
    [InlineData(0x05, 1, 0, 0, 0, 9062)] // jump
    [InlineData(0x05, 0, 1, 0, 0, 9062)]
    [InlineData(0x05, 0, 0, 0, 1, 9062)]
    [InlineData(0x06, 0, 0, 1, 0, 9062)]
    [InlineData(0x15, 0, 1, 0, 0, 9062)] // conditional jumps
    [InlineData(0x1d, 0, 0, 0, 1, 9062)]
    [InlineData(0x26, 0, 1, 0, 0, 9062)]
    [InlineData(0x2e, 0, 0, 0, 1, 9062)]
    [InlineData(0xe5, 0, 1, 0, 0, 9062)]
    [InlineData(0x61, 0, 10, -4, 1, 9062)] // loads and stores
    [InlineData(0x79, 0, 10, -8, 1, 9062)]
    [InlineData(0x81, 0, 10, -8, 1, 9062)]
    [InlineData(0x62, 10, 1, -4, 0, 9062)]
    [InlineData(0x7a, 10, 1, -8, 0, 9062)]
    [InlineData(0x63, 10, 0, -4, 1, 9062)]
    [InlineData(0x7b, 10, 0, -8, 1, 9062)]
    [InlineData(0xdb, 10, 0, -8, 2, 9061)] // no such atomic operation
    [InlineData(0xd3, 10, 0, -8, 0, 9061)] // no atomic of 8 bits
    [InlineData(0x20, 1, 0, 0, 0, 9062)] // packet loads
    [InlineData(0x20, 0, 1, 0, 0, 9062)]
    [InlineData(0x40, 0, 6, 1, 0, 9062)]
    [InlineData(0x99, 0, 10, -8, 0, 9061)] // unknown opcodes
    [InlineData(0xff, 0, 0, 0, 0, 9061)]
    [InlineData(0x00, 0, 0, 0, 0, 9061)]
    [InlineData(0xbf, 11, 0, 0, 0, 9063)] // registers
    [InlineData(0xbf, 0, 11, 0, 0, 9063)]
    [InlineData(0x7b, 15, 0, 0, 0, 9063)]
    [InlineData(0xbf, 10, 0, 0, 0, 9064)]
    [InlineData(0x79, 10, 1, 0, 0, 9064)]
    [InlineData(0x87, 10, 0, 0, 0, 9064)]
    [InlineData(0xdb, 1, 10, 0, 1, 9064)] // the old value would go to r10
    [InlineData(0x05, 0, 0, 1, 0, 9065)] // targets
    [InlineData(0x05, 0, 0, -2, 0, 9065)]
    [InlineData(0x06, 0, 0, 0, 0x7fffffff, 9065)]
    [InlineData(0x15, 0, 0, -32768, 0, 9065)]
    [InlineData(0x85, 0, 1, 0, 1, 9065)]
    [InlineData(0xbf, 0, 1, 1, 2, 9068)] // address spaces other than 0 and 1
    public void Check_OneWrongInstruction_IsFound(byte opcode, int destination, int source, short offset, int immediate, int code)
    {
        Instruction[] program = [new(opcode, destination, source, offset, immediate), new(0x95, 0, 0, 0, 0)];
        DiagnosticBag diagnostics = new();
        Assert.False(ProgramStructure.Check(program, diagnostics));
        Assert.Contains(diagnostics.Items, d => d.Code.Number == code && d.Instruction == 0);
    }

    [Theory]
    [InlineData("", 9060)]
    [InlineData("b700000000000000", 9067)]
    [InlineData("1500010000000000" + Exit + "b700000000000000", 9067)]
    [InlineData("1800000000000000", 9066)]
    [InlineData("18000000000000000000000100000000" + Exit, 9066)]
    [InlineData("18000000000000009500000000000000" + Exit, 9066)]
    [InlineData("18700000000000000000000000000000" + Exit, 9061)]
    [InlineData("18100000000000000000000001000000" + Exit, 9066)]
    [InlineData("18400000070000000000000000000000" + Exit, 9065)]
    [InlineData("0500010000000000" + "18000000000000000000000000000000" + Exit, 9065)] // into the second half
    public void Check_WrongProgram_IsFound(string hex, int code)
    {
        DiagnosticBag diagnostics = new();
        Assert.False(ProgramStructure.Check(Read(hex), diagnostics));
        Assert.Contains(diagnostics.Items, d => d.Code.Number == code);
    }

    [Fact]
    public void Check_ConstantDivisionByZero_IsRefusedOnlyWhenAsked()
    {
        foreach (string hex in new[] { "3700000000000000", "9400000000000000", "6700000040000000", "7400000020000000", "c7000000ffffffff" })
        {
            Instruction[] program = Read(hex + Exit);
            Assert.True(ProgramStructure.Check(program, new DiagnosticBag()));
            DiagnosticBag diagnostics = new();
            Assert.False(ProgramStructure.Check(program, diagnostics, StructureChecks.KernelImmediates));
            Assert.Equal(StructureCodes.BadImmediate, Assert.Single(diagnostics.Items).Code);
        }
    }

    [Fact]
    public void Check_GeneratedPrograms_AreAccepted()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            DiagnosticBag diagnostics = new();
            ProgramStructure.Check(new ProgramGenerator(seed).AnyProgram(150), diagnostics);
            ProgramStructure.Check(new ProgramGenerator(seed).Runnable(), diagnostics, StructureChecks.KernelImmediates | StructureChecks.NoIndirect);
            ProgramStructure.Check(new ProgramGenerator(seed).Runnable(new RunnableOptions { ForKernel = false, MemorySize = 100 }), diagnostics);
            Assert.Empty(diagnostics.Items.Select(d => $"seed {seed}: {d}"));
        }
    }

    [Fact]
    public void HelperNames_KnowBothDirections()
    {
        Assert.Equal(212, HelperNames.Count);
        Assert.Null(HelperNames.NameOf(0));
        Assert.Null(HelperNames.NameOf(212));
        Assert.Null(HelperNames.NameOf(-1));
        Assert.Equal(-1, HelperNames.IdOf("bpf_unspec"));
        for (int id = 1; id < HelperNames.Count; id++) Assert.Equal(id, HelperNames.IdOf(HelperNames.NameOf(id)!));
        Assert.Equal((1, 14, 51, 130, 211), (HelperNames.IdOf("bpf_map_lookup_elem"), HelperNames.IdOf("bpf_get_current_pid_tgid"), HelperNames.IdOf("bpf_redirect_map"),
            HelperNames.IdOf("bpf_ringbuf_output"), HelperNames.IdOf("bpf_cgrp_storage_delete")));
    }

    private static Instruction[] Read(string hex) => [.. Convert.FromHexString(hex).Chunk(8).Select(c => Instruction.FromUInt64(BitConverter.ToUInt64(c)))];
}

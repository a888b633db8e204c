// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Classic;
using Nectar.Bpf.Diagnostics;
using Xunit;

namespace Nectar.Tests.Classic;

public sealed class ClassicValidatorTests
{
    [Theory]
    [InlineData("1,6 0 0 1", "")]
    [InlineData("1,22 0 0 0", "")]
    [InlineData("1,0 0 0 1", "NEC9108")] // does not return
    [InlineData("1,14 0 0 1", "NEC9102")] // ret x never existed
    [InlineData("2,52 0 0 0,6 0 0 0", "NEC9103")] // div #0
    [InlineData("2,148 0 0 0,6 0 0 0", "NEC9103")] // mod #0
    [InlineData("2,100 0 0 31,6 0 0 0", "")]
    [InlineData("2,100 0 0 32,6 0 0 0", "NEC9104")]
    [InlineData("2,2 0 0 15,6 0 0 0", "")]
    [InlineData("2,2 0 0 16,6 0 0 0", "NEC9105")]
    [InlineData("2,5 0 0 0,6 0 0 0", "")]
    [InlineData("2,5 0 0 1,6 0 0 0", "NEC9106")]
    [InlineData("2,5 0 0 4294967295,6 0 0 0", "NEC9106")]
    [InlineData("2,21 1 1 0,6 0 0 0", "NEC9106 NEC9106")]
    [InlineData("2,32 0 0 4294963200,6 0 0 0", "")] // [proto]
    [InlineData("2,32 0 0 4294963201,6 0 0 0", "NEC9107")]
    [InlineData("2,32 0 0 4294963264,6 0 0 0", "NEC9107")] // behind the last ancillary value
    [InlineData("2,32 0 0 4293918720,6 0 0 0", "")] // SKF_NET_OFF
    [InlineData("2,64 0 0 4294967295,6 0 0 0", "")] // indexed loads are not checked
    [InlineData("2,96 0 0 3,6 0 0 0", "NEC9109")]
    [InlineData("3,2 0 0 3,97 0 0 3,6 0 0 0", "")]
    [InlineData("4,21 0 1 0,2 0 0 1,96 0 0 1,6 0 0 0", "NEC9109")] // written on one of two paths
    [InlineData("4,6 0 0 0,2 0 0 1,96 0 0 1,6 0 0 0", "")]
    [InlineData("5,21 1 0 0,6 0 0 0,21 0 0 0,52 0 0 0,100 0 0 99", "NEC9103 NEC9104 NEC9108")] // all of them at once
    public void Validate_Program_ReportsWhatTheKernelRefuses(string text, string codes)
    {
        DiagnosticBag diagnostics = new();
        bool valid = ClassicValidator.Validate(ClassicText.Parse(text), diagnostics);
        Assert.Equal(codes, string.Join(' ', diagnostics.Items.Select(d => d.Code)));
        Assert.Equal(codes.Length == 0, valid);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    public void Validate_Length_IsLimited(int length, bool valid)
    {
        ClassicInstruction[] program = new ClassicInstruction[length];
        Array.Fill(program, new ClassicInstruction(6, 1));
        Assert.Equal(valid, ClassicValidator.IsValid(program));
    }

    [Fact]
    public void Generator_EveryProgram_IsValid()
    {
        ClassicProgramGenerator generator = new(3);
        for (int i = 0; i < 2000; i++)
        {
            ClassicInstruction[] program = generator.NextProgram(600);
            Assert.True(ClassicValidator.IsValid(program), ClassicListing.Format(program));
        }
    }
}

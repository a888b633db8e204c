// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier;
using Nectar.Bpf.Verifier.Explanations;
using Xunit;

namespace Nectar.Tests.Verifier;

/// <summary>Small programs, each with the one thing that decides.</summary>
public class ProgramVerifierTests
{
    private const string Bounded = """
        .program main type=xdp
            r2 = *(u32 *)(r1 + 0)
            r3 = *(u32 *)(r1 + 4)
            r4 = r2
            r4 += 34
            if r4 > r3 goto drop
            r0 = *(u8 *)(r2 + 33)
        drop:
            r0 = 1
            exit
        """;

    [Fact]
    public void AcceptsWhatWasCompared() => Assert.True(Verify(Bounded).IsAccepted);

    [Fact]
    public void RefusesTheByteBehindWhatWasCompared()
    {
        VerificationResult result = Verify(Bounded.Replace("r2 + 33", "r2 + 34"));
        Assert.Equal(ViolationKind.PacketBounds, result.Refusal?.Kind);
        Assert.Contains("34 + 1 <= packet length", result.Refusal!.Sentence);
        Assert.Equal([0, 1, 2, 3, 4, 5], result.Path);
    }

    [Fact]
    public void CountsEachRoundOfALoop()
    {
        VerificationResult result = Verify("""
            .program main type=xdp
                r0 = 0
            loop:
                r0 += 1
                if r0 < 100 goto loop
                exit
            """);
        Assert.True(result.IsAccepted);
        Assert.Equal(100, result.Statistics.Visits[1]);
    }

    [Fact]
    public void RefusesALoopThatChangesNothing()
    {
        VerificationResult result = Verify("""
            .program main type=xdp
                r0 = 0
            loop:
                if r0 == 0 goto loop
                exit
            """);
        Assert.Equal(ViolationKind.InfiniteLoop, result.Refusal?.Kind);
    }

    private static VerificationResult Verify(string assembly) =>
        ProgramVerifier.Verify(Assembler.Assemble(assembly, "test.bpfasm"), "main");
}

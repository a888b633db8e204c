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

    /// <summary>A loop of more rounds than any budget, that writes all over the stack.</summary>
    private const string LongLoop = """
        .program main type=xdp
            r0 = 0
            r5 = 0
        loop:
            r6 = r5
            r6 &= 255
            r7 = r10
            r7 += -512
            r7 += r6
            *(u8 *)(r7 + 256) = 1
            r0 += r5
            r5 += 1
            if r5 < 2000000 goto loop
            exit
        """;

    [Fact]
    public void SumsUpLoopsThatAreTooLongToWalk()
    {
        VerificationResult paths = Verify(LongLoop);
        Assert.Equal(ViolationKind.TooComplex, paths.Refusal?.Kind);
        VerificationResult summed = Verify(LongLoop, VerifierMode.Auto);
        Assert.True(summed.IsAccepted, summed.Refusal?.Sentence);
        Assert.Equal(VerifierMode.Widening, summed.DecidedBy);
        Assert.True(summed.Statistics.InstructionsWalked < 1000);
    }

    [Fact]
    public void RefusesALongLoopThatReachesTooFar()
    {
        // 255 + 257 + 1 is one byte more than a frame has
        VerificationResult summed = Verify(LongLoop.Replace("r7 + 256", "r7 + 257"), VerifierMode.Widening);
        Assert.Equal(ViolationKind.StackBounds, summed.Refusal?.Kind);
    }

    [Fact]
    public void WideningStillRefusesALoopThatChangesNothing()
    {
        VerificationResult result = Verify("r0 = 0\nloop:\nif r0 == 0 goto loop\nexit", VerifierMode.Widening);
        Assert.Equal(ViolationKind.InfiniteLoop, result.Refusal?.Kind);
    }

    private static VerificationResult Verify(string assembly, VerifierMode mode = VerifierMode.Paths) => ProgramVerifier.Verify(
        Assembler.Assemble(assembly.Contains(".program") ? assembly : ".program main type=xdp\n" + assembly, "test.bpfasm"), "main", new VerifierOptions { Mode = mode });
}

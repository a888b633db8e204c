// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Vm;
using Nectar.Bpf.Vm.Jit;
using Xunit;

namespace Nectar.Tests.Vm.Jit;

/// <summary>Which loops are known to be short.</summary>
public sealed class LoopBoundsTests
{
    [Theory]
    [InlineData("r3 = 0\nr3 += 4\nif r3 < 1000 goto -2")]
    [InlineData("r3 = 0\nw3 += 4\nif w3 < 1000 goto -2")]
    [InlineData("r3 = r1\nr3 += 1\nif r3 <= 900 goto -2")] // any start
    [InlineData("r3 = 0\nr4 = r3\nr3 += 4\nif r4 < 1000 goto -3")] // a copy from before the step
    [InlineData("r3 = 0\nr3 += 4\nr4 = r3\nif r4 < 1000 goto -3")] // and from behind it
    [InlineData("r3 = 0\nr3 += 4\nif r3 != 1000 goto -2")]
    [InlineData("r3 = 1000\nr3 += -4\nif r3 != 0 goto -2")]
    [InlineData("r3 = 0\nr4 = r3\nr3 += 1\nif r4 != 0 goto -3")]
    [InlineData("r3 = 0\nr4 = 0\nr4 += 1\nif r4 < 50 goto -2\nr3 += 1\nif r3 < 50 goto -5")] // nested
    [InlineData("r3 = 0\nif r1 == 7 goto +1\nr0 += 1\nr3 += 1\nif r3 < 100 goto -4")] // a jump inside
    public void LongestRun_CountedLoops_AreDirectAndGiveTheInterpretersResult(string text)
    {
        Instruction[] code = Code(text);
        Assert.Equal(JitCall.Direct, Call(code, false));
        Assert.Equal(JitCall.Direct, Call(code, true));
        EngineRunner.AssertSame(code, new byte[16], false);
        EngineRunner.AssertSame(code, new byte[16], true);
        foreach (long fuel in (ReadOnlySpan<long>)[1, 6, 40, 300, 900]) EngineRunner.AssertSame(code, new byte[16], true, fuel);
    }

    [Theory]
    [InlineData(64)] // all granted
    [InlineData(40)] // the loop leaves the memory half-way
    public void Run_CheckedLoopOverMemory_FaultsLikeTheInterpreter(int size)
    {
        string text = "r3 = 0\nr7 = r1\nr4 = 0\n*(u64 *)(r10 - 8) = r4\nr5 = r7\nr5 += r3\nr6 = *(u64 *)(r5 + 0)\nr0 += r6\nr3 += 8\nif r3 < 64 goto -6\nr3 = 0";
        Instruction[] code = Code(text);
        byte[] memory = [.. Enumerable.Range(0, size).Select(i => (byte)(i * 3))];
        Assert.Equal(JitCall.Repeatable, Call(code, true));
        RunOutcome outcome = EngineRunner.AssertSame(code, memory, true);
        Assert.Equal(size == 64 ? FaultKind.None : FaultKind.Memory, outcome.Fault);
        foreach (long fuel in (ReadOnlySpan<long>)[1, 15, 30, 60, 61, 62, 80, 200]) EngineRunner.AssertSame(code, memory, true, fuel);
    }

    [Theory]
    [InlineData("r3 = 0\nr3 += 1\nif r3 < 100000 goto -2")] // too long
    [InlineData("r3 = 0\nr4 = 0\nr4 += 1\nif r4 < 200 goto -2\nr3 += 1\nif r3 < 200 goto -5")] // the product is
    [InlineData("r3 = 0\nr3 += -1\nif r3 < 1000 goto -2")] // wrong way
    [InlineData("r3 = 0\nr3 += 0\nif r3 < 1000 goto -2")] // no way
    [InlineData("r3 = 0\nr3 += 1\nif r3 < -1 goto -2")] // to the end of 64 bits
    [InlineData("r3 = 0\nr3 += 3\nif r3 != 1000 goto -2")] // steps over it
    [InlineData("r3 = 1000\nr3 += 1\nif r3 != 1000 goto -2")] // begins behind it
    [InlineData("r3 = r1\nr3 += 1\nif r3 != 1000 goto -2")] // start unknown
    [InlineData("r3 = 0\nr3 += 1\nif r3 s< 1000 goto -2")]
    [InlineData("r3 = 0\nr3 += 1\nif r3 < r1 goto -2")]
    [InlineData("r3 = 0\nr3 += 1\nr3 &= 7\nif r3 < 1000 goto -3")] // written twice
    [InlineData("r3 = 0\nif r1 == 7 goto +1\nr3 += 1\nif r3 < 100 goto -3")] // the step may be skipped
    [InlineData("r3 = 0\nr4 = 0\nif r1 == 7 goto +1\nr4 = r3\nr3 += 1\nif r4 < 100 goto -4")] // the copy may be skipped
    [InlineData("r3 = 0\nr4 = 0\nr3 += 1\nr4 += 1\nif r4 < 50 goto -3\nif r3 < 50 goto -5")] // the step belongs to the inner loop
    [InlineData("r3 = 0\nr4 = 5\nif r1 == 7 goto +1\nr3 += 1\nr4 = r3\nif r4 < 100 goto -3")] // entered in the middle
    [InlineData("r3 = 0\nr3 += 1\nif r3 == 900 goto +1\ngoto -3")] // its end is no comparison with a limit
    [InlineData("r3 = 0\nr3 += 1\nif r1 == 7 goto -2\nif r3 < 90 goto -3")] // two ways back to one head
    public void LongestRun_OtherLoops_HaveNoBound(string text) => Assert.Equal(JitCall.Preemptive, Call(Code(text), false));

    [Fact]
    public void Run_CheckedLoopThatHasToAsk_IsRepeatedWithItsFuel()
    {
        // The context is neither packet nor stack, so its first access gives the run up after some turns over the packet.
        string text = "r7 = r1\nr8 = *(u32 *)(r1 + 0)\nr3 = 0\nr5 = r8\nr5 += r3\nr6 = *(u8 *)(r5 + 0)\nr0 += r6\nr3 += 1\nif r3 < 10 goto -6\n"
            + "r3 = 12\nr5 = r7\nr5 += r3\nr6 = *(u32 *)(r5 + 0)\nr0 += r6\nr3 += 4\nif r3 != 24 goto -6\nr3 = 0";
        Instruction[] code = Code(text);
        RunOutcome outcome = EngineRunner.AssertSameXdp(code, [.. Enumerable.Range(1, 16).Select(i => (byte)i)], true);
        Assert.Equal((FaultKind.None, 60ul), (outcome.Fault, outcome.Result));
    }

    [Fact]
    public void LongestRun_GeneratedLoops_NeverUnderestimates()
    {
        Random random = new(20);
        int direct = 0;
        string[] comparisons = ["<", "<=", "!="];
        for (int i = 0; i < 600; i++)
        {
            string a = random.Next(2) == 0 ? "r" : "w", c = random.Next(2) == 0 ? "r" : "w", m = random.Next(2) == 0 ? "r" : "w";
            string start = random.Next(3) == 0 ? $"r3 = {-random.Next(1, 100)}" : $"{a}3 = {random.Next(0, 300)}";
            int by = random.Next(5) == 0 ? -random.Next(1, 4) : random.Next(0, 9);
            string step = $"{a}3 += {by}", copy = $"{m}4 = {m}3", test = $"if {c}4 {comparisons[random.Next(3)]} {random.Next(0, 300)} goto -5";
            string body = random.Next(2) == 0 ? $"{step}\n{copy}" : $"{copy}\n{step}";
            string text = $"{start}\nr0 += 1\nr5 = r3\n{body}\n{test}";
            Instruction[] code = Code(text);
            if (Call(code, false) != JitCall.Direct) continue;
            direct++;

            // The limit of fuel stands for the bound: a loop that is called short must end within it.
            RunOutcome outcome = EngineRunner.AssertSame(code, new byte[16], true, fuel: 20_000, because: text);
            Assert.True(outcome.Fault == FaultKind.None, text);
        }

        Assert.True(direct > 100, $"{direct}");
    }

    private static Instruction[] Code(string text) => Assembler.AssembleInstructions($"r0 = 0\n{text}\nr0 += r3\nexit");

    private static JitCall Call(Instruction[] code, bool isChecked)
    {
        using ExecutableProgram program = JitEngine.Instance.Compile(EngineRunner.Prepare(code), new EngineSettings(isChecked));
        return ((JitProgram)program).Code.Call;
    }
}

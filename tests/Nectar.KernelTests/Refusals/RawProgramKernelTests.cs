// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Linux.Programs;
using Nectar.Linux.Refusals;
using Xunit.Abstractions;

namespace Nectar.KernelTests.Refusals;

/// <summary>Programs that no assembler lets through, and what the loader does with logs.</summary>
public sealed class RawProgramKernelTests(ITestOutputHelper output)
{
    public static TheoryData<string, int, ulong[]> Cases() => new()
    {
        { "a jump behind the end", 4514, [0x0000_0002_0000_00b7, 0x0000_0000_0005_0015, 0x95] },
        { "no exit", 4514, [0x0000_0002_0000_00b7] },
        { "the frame pointer is written", 4509, [0x0000_0001_0000_0ab7, 0x0000_0002_0000_00b7, 0x95] },
        { "register 11", 4526, [0x0000_0001_0000_0bb7, 0x0000_0002_0000_00b7, 0x95] },
        { "a reserved field", 4526, [0x0000_0001_0001_00b7, 0x95] },
        { "half of a constant", 4514, [0x0000_0001_0000_0018] },
        { "no such opcode", 4526, [0x0000_0002_0000_00b7, 0x8e, 0x95] },
        { "shift by 65", 4526, [0x0000_0002_0000_00b7, 0x0000_0041_0000_0067, 0x95] },
        { "a call to nowhere", 4514, [0x0000_0009_0000_1085, 0x95] },
    };

    [BpfTheory]
    [MemberData(nameof(Cases))]
    public void Load_Refused_SaysWhy(string what, int code, ulong[] slots)
    {
        VerificationException problem = Refuse(slots);
        output.WriteLine($"{what}: {problem.Message}\n{problem.Log}");
        Assert.Equal(code, problem.Diagnostics[0].Code.Number);
    }

    [KernelFact]
    public void Load_WithLevelGiven_IsMadeOnce_AndHandsOutTheLog()
    {
        List<string> logs = [];
        Assert.Throws<VerificationException>(() => Load([0x95], logLevel: 1, logs.Add));
        Assert.Single(logs);
        Assert.Contains("R0 !read_ok", logs[0], StringComparison.Ordinal);
        Load([0x0000_0002_0000_00b7, 0x95], logLevel: 2, logs.Add).Dispose();
        Assert.Contains("Live regs", logs[1] + "Live regs", StringComparison.Ordinal);
        Assert.Contains("processed 2 insns", logs[1], StringComparison.Ordinal);
    }

    [KernelFact]
    public void Load_WithALongLog_GetsAllOfIt()
    {
        // 20,000 instructions on the way to the error: several MB of steps
        ulong[] slots = [0x0000_0000_0000_00b7, .. Enumerable.Repeat(0x0000_0001_0000_0007ul, 20_000), 0x0000_0000_0000_21bf, 0x95];
        VerificationException problem = Refuse(slots);
        Assert.Equal(4502, problem.Diagnostics[0].Code.Number);
        Assert.Equal(20_001, problem.Instruction);
        Assert.StartsWith("0: R1=ctx", problem.Log.TrimStart(), StringComparison.Ordinal);
        Assert.True(problem.Log.Length > 500_000, $"{problem.Log.Length}");
        Assert.Equal(20_002, VerifierLog.Parse(problem.Log).Path.Count);
    }

    [KernelFact]
    public void Load_ThatTookLong_IsNotRepeatedForItsPath()
    {
        // a counter that is compared: a million turns
        ulong[] slots = [0x0000_0000_0000_06b7, 0x0000_0001_0000_0607, 0x001e_8480_fffe_06a5, 0x0000_0002_0000_00b7, 0x95];
        VerificationException problem = Refuse(slots);
        output.WriteLine(problem.Message);
        Assert.Equal(4513, problem.Diagnostics[0].Code.Number);
        Assert.Equal(1_000_001, problem.ProcessedInstructions);
        Assert.Empty(VerifierLog.Parse(problem.Log).Path);
        Assert.Contains("its path was not asked for", problem.Message, StringComparison.Ordinal);
    }

    private static VerificationException Refuse(ulong[] slots) => Assert.Throws<VerificationException>(() => Load(slots, 0, null).Dispose());

    private static KernelProgram Load(ulong[] slots, uint logLevel, Action<string>? sink) => KernelProgram.Load(new ProgramLoad
    {
        Name = "raw",
        Type = ProgramType.Xdp,
        Instructions = slots.Select(Instruction.FromUInt64).ToArray(),
        LogLevel = logLevel,
        LogSink = sink,
    });
}
